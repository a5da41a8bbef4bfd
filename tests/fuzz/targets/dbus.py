"""Whatever comes from a bus, in one chunk, byte by byte or in any pieces, the same messages come out of it, odd
ones with their trouble told, and then either silence or StreamBroken; never any other error."""

from itertools import accumulate, pairwise

from jeepney import DBusAddress, new_signal

from airhail.ipc.dbus.wire import (
    Incoming,
    MessageReader,
    StreamBroken,
    decode,
    encode_call,
    encode_error,
    encode_return,
)

PIECES = 8

PROPERTIES = {
    "P2PDevice": ("o", "/a/b"),
    "Strength": ("y", 70),
    "Ies": ("ay", b"\x00\x01"),
    "Deep": ("av", [("i", 1)]),
}
SIGNAL = new_signal(DBusAddress("/a", interface="b.c"), "D", "sa{sv}as", ("x", PROPERTIES, ["y"]))
CALL = encode_call("org.example.A", "/a", "b.c", "StartFind", "a{sv}", ({"timeout": ("i", 60)},), 1)
MESSAGES = (
    SIGNAL.serialise(2),
    CALL,
    encode_return(decode(CALL), "(tdb)", ((1, 2.5, True),), 3),
    encode_error(decode(CALL), "org.example.Failed", "why", 4),
)

SEEDS = tuple(bytes(range(PIECES)) + message for message in (*MESSAGES, b"".join(MESSAGES)))


def check(data: bytes) -> None:
    """Read the stream three ways; its first bytes say where the random pieces end."""
    lengths, stream = data[:PIECES], data[PIECES:]
    whole = read([stream])
    assert whole == read([stream[at : at + 1] for at in range(len(stream))])
    edges = [0, *(min(end, len(stream)) for end in accumulate(lengths)), len(stream)]
    assert whole == read([stream[start:end] for start, end in pairwise(edges)])


def read(chunks: list[bytes]) -> tuple[list[str], str | None]:
    """Return what a reader makes of *chunks*: the messages in words, and the sentence that ended it."""
    reader = MessageReader()
    found: list[Incoming] = []
    for chunk in chunks:
        reader.add_data(chunk)
        try:
            while (message := reader.next_message()) is not None:
                found.append(message)
        except StreamBroken as error:
            return told(found), str(error)
    return told(found), None


def told(messages: list[Incoming]) -> list[str]:
    """Return messages as text: NaN, which a message may hold, is not equal to itself."""
    return [repr(message) for message in messages]
