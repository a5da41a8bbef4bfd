from typing import Any

import pytest

from airhail.ipc.codec import pack, unpack
from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.framing import FrameReader
from airhail.ipc.limits import MAX_CALL_DEADLINE, MAX_FRAME, MAX_METHOD
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

REQUESTS: list[Request] = [Call(1, "connect", {"peer": "aa"}, 5000), Cancel(1), Subscribe(2)]
ANSWERS: list[Answer] = [
    Hello(1, "connection", 17, "abc"),
    Reply(1, {"done": True}),
    Failure(ErrorName.BUSY, "lent to another", 1),
    Failure(ErrorName.BAD_FRAME, "no frame"),
    Snapshot(2, 0, {"links": {}}),
    Delta(2, 1, {"links": {"aa": None}}),
]


def body_of(message: Request | Answer) -> bytes:
    reader = FrameReader()
    reader.add_data(encode(message))
    body = reader.next_frame()
    assert body is not None
    return body


@pytest.mark.parametrize("message", REQUESTS)
def test_requests_round_trip(message: Request) -> None:
    assert decode_request(body_of(message)) == message


@pytest.mark.parametrize("message", ANSWERS)
def test_answers_round_trip(message: Answer) -> None:
    assert decode_answer(body_of(message)) == message


def test_words_on_the_wire() -> None:
    assert unpack(body_of(Call(1, "connect", {}, 10))) == {
        "type": "call",
        "id": 1,
        "method": "connect",
        "args": {},
        "deadline_ms": 10,
    }
    assert unpack(body_of(Failure(ErrorName.BAD_FRAME, "why"))) == {
        "type": "failure",
        "name": "bad_frame",
        "sentence": "why",
    }


def test_each_side_understands_only_the_other() -> None:
    for request in REQUESTS:
        with pytest.raises(RemoteProtocolError):
            decode_answer(body_of(request))
    for answer in ANSWERS:
        with pytest.raises(RemoteProtocolError):
            decode_request(body_of(answer))


def test_unknown_fields_are_left_to_newer_versions() -> None:
    assert decode_request(pack({"type": "cancel", "id": 1, "reason": "new"})) == Cancel(1)


WRONG: dict[str, dict[str, Any]] = {
    "no type": {"id": 1},
    "unknown type": {"type": "shout", "id": 1},
    "type of the wrong type": {"type": 3, "id": 1},
    "no id": {"type": "cancel"},
    "negative id": {"type": "cancel", "id": -1},
    "huge id": {"type": "cancel", "id": 2**63},
    "text id": {"type": "cancel", "id": "1"},
    "true for an id": {"type": "cancel", "id": True},
    "no deadline": {"type": "call", "id": 1, "method": "a", "args": {}},
    "deadline of zero": {"type": "call", "id": 1, "method": "a", "args": {}, "deadline_ms": 0},
    "deadline too far": {
        "type": "call",
        "id": 1,
        "method": "a",
        "args": {},
        "deadline_ms": int(MAX_CALL_DEADLINE * 1000) + 1,
    },
    "long method": {
        "type": "call",
        "id": 1,
        "method": "m" * (MAX_METHOD + 1),
        "args": {},
        "deadline_ms": 1,
    },
    "arguments in a list": {"type": "call", "id": 1, "method": "a", "args": [], "deadline_ms": 1},
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG.keys())
def test_wrong_schema_is_a_bad_message(message: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode_request(pack(message))
    assert caught.value.name is ErrorName.BAD_MESSAGE


def test_error_names_are_a_closed_list() -> None:
    with pytest.raises(RemoteProtocolError):
        decode_answer(pack({"type": "failure", "name": "oops", "sentence": ""}))


def test_too_large_a_message_is_our_error() -> None:
    with pytest.raises(LocalProtocolError):
        encode(Reply(1, {"a": "x" * MAX_FRAME}))
