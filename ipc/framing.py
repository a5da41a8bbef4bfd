"""Frames: a 4-byte big-endian length, then that many bytes.

Whatever bytes arrive, in whatever pieces, reading either yields bodies or raises RemoteProtocolError,
never any other error; and the pieces make no difference.
"""

from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.limits import HEADER, MAX_FRAME


def encode_frame(body: bytes) -> bytes:
    """Put the length before *body*; LocalProtocolError for an empty or too long one."""
    if not 0 < len(body) <= MAX_FRAME:
        raise LocalProtocolError(f"a frame of {len(body)} bytes cannot be sent: 1 to {MAX_FRAME} are allowed")
    return len(body).to_bytes(HEADER, "big") + body


class FrameReader:
    """Cuts a stream of bytes into bodies; after an error every further step raises it again."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._error: RemoteProtocolError | None = None

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and not ended (after next_frame returned None)."""
        return bool(self._buffer)

    def add_data(self, data: bytes | bytearray) -> None:
        """Take bytes as they came from the stream."""
        self._buffer += data

    def next_frame(self) -> bytes | None:
        """Return the next whole body, None when more bytes are needed.

        Raises RemoteProtocolError for a length of 0 or above MAX_FRAME, before the body has come.
        """
        if self._error is not None:
            raise self._error
        if len(self._buffer) < HEADER:
            return None
        length = int.from_bytes(self._buffer[:HEADER], "big")
        if not 0 < length <= MAX_FRAME:
            self._error = RemoteProtocolError(
                ErrorName.BAD_FRAME, f"a frame claims {length} bytes: 1 to {MAX_FRAME} are allowed"
            )
            self._buffer.clear()
            raise self._error
        end = HEADER + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[HEADER:end])
        del self._buffer[:end]
        return body
