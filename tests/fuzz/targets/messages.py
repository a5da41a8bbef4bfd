"""Whatever the bytes are, each side makes of them a message of the other side's, or RemoteProtocolError; never
any other error. No bytes are a message of both sides. A message that was accepted can be sent on, and is the
same message then."""

from collections.abc import Callable

import msgspec

from airhail.ipc.codec import pack
from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.framing import FrameReader
from airhail.ipc.messages import (
    Answer,
    Call,
    Cancel,
    Delta,
    Failure,
    Hello,
    Reply,
    Request,
    Snapshot,
    Subscribe,
    decode_answer,
    decode_request,
    encode,
)
from tests.fuzz.targets.codec import check_too_long

EXAMPLES: tuple[Request | Answer, ...] = (
    Call(1, "connect", {"peer": "02:00:00:00:00:01", "name": "beta"}, 5000),
    Cancel(2**63 - 1),
    Subscribe(2),
    Hello(1, "connection", 17, "0123456789abcdef"),
    Reply(1, {"done": True, "nested": {"list": [1, 2.5, "three"]}}),
    Failure(ErrorName.BUSY, "lent to another", 1),
    Failure(ErrorName.BAD_FRAME, "no frame"),
    Snapshot(2, 0, {"links": {}}),
    Delta(2, 1, {"links": {"aa": None}}),
)

SEEDS = (
    *(pack(msgspec.to_builtins(example)) for example in EXAMPLES),
    pack({"type": "cancel", "id": -1}),
    pack({"type": "call", "id": True, "method": "m" * 65, "args": [], "deadline_ms": 0}),
    pack({"type": "failure", "name": "oops", "sentence": ""}),
    pack({"type": 3}),
)


def check(data: bytes) -> None:
    """Let both sides read *data*, and send on what they read."""
    request = understood(data, decode_request)
    answer = understood(data, decode_answer)
    assert request is None or answer is None
    sides: tuple[tuple[Request | Answer | None, Callable[[bytes], Request | Answer]], ...]
    sides = ((request, decode_request), (answer, decode_answer))
    for message, decode in sides:
        if message is not None and (body := body_of(message, data)) is not None:
            assert decode(body) == message


def understood(data: bytes, decode: Callable[[bytes], Request | Answer]) -> Request | Answer | None:
    """Return what one side makes of *data*, None when it refuses it as it should."""
    try:
        return decode(data)
    except RemoteProtocolError as error:
        check_refusal(error)
        return None


def check_refusal(error: RemoteProtocolError) -> None:
    """Hold a refusal to what the other side is told."""
    assert error.name in (ErrorName.BAD_FRAME, ErrorName.BAD_MESSAGE)
    assert error.sentence


def body_of(message: Request | Answer, data: bytes) -> bytes | None:
    """Return the body that *message*, read from *data*, is sent in; None when it has grown too long."""
    reader = FrameReader()
    try:
        reader.add_data(encode(message))
    except LocalProtocolError as error:
        check_too_long(data, error)
        return None
    return reader.next_frame()
