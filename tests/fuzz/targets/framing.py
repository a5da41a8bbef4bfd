"""Whatever bytes come, in one chunk, byte by byte or in any pieces, the same bodies come out of them, and then
either silence or one RemoteProtocolError, never any other error; and the bodies, framed again, are the bytes
that were read."""

from itertools import accumulate, pairwise

from airhail.ipc.errors import RemoteProtocolError
from airhail.ipc.framing import FrameReader, encode_frame
from airhail.ipc.limits import MAX_FRAME

PIECES = 8

SEEDS = (
    bytes(PIECES) + encode_frame(b"a") + encode_frame(b"body" * 9),
    bytes(range(PIECES)) + encode_frame(bytes(100)) + bytes(4),
    bytes(PIECES) + MAX_FRAME.to_bytes(4, "big") + bytes(50),
    bytes(PIECES) + (MAX_FRAME + 1).to_bytes(4, "big"),
    bytes(PIECES) + b"\xff" * 8,
)

Outcome = tuple[list[bytes], str | None]


def check(data: bytes) -> None:
    """Read the stream three ways; its first bytes say where the random pieces end."""
    lengths, stream = data[:PIECES], data[PIECES:]
    found, error = read([stream])
    assert (found, error) == read([stream[at : at + 1] for at in range(len(stream))])
    edges = [0, *(min(end, len(stream)) for end in accumulate(lengths)), len(stream)]
    assert (found, error) == read([stream[start:end] for start, end in pairwise(edges)])
    assert stream.startswith(b"".join(map(encode_frame, found)))


def read(chunks: list[bytes]) -> Outcome:
    """Return what a reader makes of *chunks*: the bodies, and the sentence of the error that ended it."""
    reader = FrameReader()
    found: list[bytes] = []
    for chunk in chunks:
        reader.add_data(chunk)
        try:
            while (body := reader.next_frame()) is not None:
                found.append(body)
        except RemoteProtocolError as error:
            return found, error.sentence
    return found, None
