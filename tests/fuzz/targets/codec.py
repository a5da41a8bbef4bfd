"""Whatever the bytes are, decoding them gives a map within the limits, or RemoteProtocolError with the name
bad_frame and a sentence that is short; never any other error. A map that was accepted can be said again, unless
it has grown too long, and means the same then."""

import msgpack

from airhail.ipc.codec import check_shape, pack, unpack
from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.limits import MAX_DEPTH, MAX_FRAME, MAX_ITEMS, MAX_SENTENCE

SEEDS = (
    pack({"type": "call", "id": 1, "method": "connect", "args": {"peer": "02:00:00:00:00:01"}, "deadline_ms": 5000}),
    pack({"a": [1, -1, 2**63, 1.5, True, False, None, "text", {"b": []}]}),
    msgpack.packb({"a": b"raw", "b": msgpack.ExtType(1, b"x"), "c": msgpack.Timestamp(1, 0)}),
    msgpack.packb({"a": 1.5}, use_single_float=True),
    b"\x81\xa1a" + b"\x91" * MAX_DEPTH + b"\x90",
    b"\xdd\xff\xff\xff\xff",
    b"\xde\x00\x01\xa1a\xdc\x00\x02\xc0\xc0",
    msgpack.packb({"a": [None] * (MAX_ITEMS + 1)}),
)


def check(data: bytes) -> None:
    """Decode *data*, and say again what it said."""
    try:
        message = unpack(data)
    except RemoteProtocolError as error:
        check_refusal(error)
        return
    assert type(message) is dict
    check_shape(message, MAX_DEPTH)
    try:
        again = pack(message)
    except LocalProtocolError as error:
        check_too_long(data, error)
        return
    assert unpack(again) == message


def check_refusal(error: RemoteProtocolError) -> None:
    """Hold a refusal to what the other side is told."""
    assert error.name is ErrorName.BAD_FRAME
    assert 0 < len(error.sentence) <= MAX_SENTENCE


def check_too_long(data: bytes, error: LocalProtocolError) -> None:
    """Let only what was long already be too long: short floats, twice as long now."""
    assert 2 * len(data) > MAX_FRAME, error
