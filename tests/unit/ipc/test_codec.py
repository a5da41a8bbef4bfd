import math
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from airhail.ipc.codec import document, pack, unpack
from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.limits import MAX_DEPTH, MAX_DOCUMENT_DEPTH, MAX_FRAME, MAX_ITEMS

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
maps = st.dictionaries(st.text(max_size=8), values, max_size=5)


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"": value}
    return value


@given(maps)
def test_round_trip(message: dict[str, Any]) -> None:
    assert unpack(pack(message)) == message


def outcome(body: bytes) -> object:
    """What reading *body* ends in: a map, or the name of the one error; any other error comes through."""
    try:
        return type(unpack(body))
    except RemoteProtocolError as error:
        return error.name


@given(st.binary(max_size=300))
def test_random_bytes_give_a_map_or_the_one_error(body: bytes) -> None:
    assert outcome(body) in (dict, ErrorName.BAD_FRAME)


@given(maps, st.data())
def test_damaged_bytes_give_a_map_or_the_one_error(message: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(pack(message))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    assert outcome(bytes(body)) in (dict, ErrorName.BAD_FRAME)


def test_truncated_at_each_byte() -> None:
    body = pack({"a": [1, 2.5, "three"], "b": {"c": None}})
    for end in range(len(body)):
        with pytest.raises(RemoteProtocolError):
            unpack(body[:end])


BOMBS = {
    "deep arrays": b"\x91" * 60_000 + b"\x90",
    "deep arrays that msgpack itself accepts": b"\x81\xa1a" + b"\x91" * 400 + b"\x90",
    "deep maps": b"\x81\xa1a" * 10_000 + b"\x80",
    "array claims four billion": b"\xdd\xff\xff\xff\xff",
    "map claims four billion": b"\xdf\xff\xff\xff\xff",
    "array too long": msgpack.packb({"a": [None] * (MAX_ITEMS + 1)}),
    "map too long": msgpack.packb({str(n): None for n in range(MAX_ITEMS + 1)}),
    "array of empty maps": b"\xdc\xff\xff" + b"\x80" * 65_535,
    "string claims four billion": b"\xdb\xff\xff\xff\xff",
}


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS.keys())
def test_bombs(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        unpack(body)


FOREIGN = {
    "no map": [1],
    "a bare number": 7,
    "bytes": {"a": b"raw"},
    "bytes as key": {b"a": 1},
    "number as key": {1: "a"},
    "not a number": {"a": math.nan},
    "infinity": {"a": [-math.inf]},
    "extension": {"a": msgpack.ExtType(5, b"data")},
    "timestamp": {"a": msgpack.Timestamp(1, 0)},
}


@pytest.mark.parametrize("value", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        unpack(msgpack.packb(value))
    assert caught.value.name is ErrorName.BAD_FRAME


@pytest.mark.parametrize("body", [b"\x81\xa1a\xa1\xff", b"\x80\x80", b"", b"\xc1"])
def test_bad_text_extra_bytes_nothing_and_the_unused_byte(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        unpack(body)


OURS = {
    "bytes": {"a": b"raw"},
    "number as key": {1: "a"},
    "not a number": {"a": math.nan},
    "an object": {"a": object()},
    "too large a number": {"a": 2**64},
    "half a character": {"a": "\ud800"},
    "too deep": nested(MAX_DEPTH + 1),
    "too long": {"a": [0] * (MAX_ITEMS + 1)},
    "too large": {"a": "x" * MAX_FRAME},
}


@pytest.mark.parametrize("value", OURS.values(), ids=OURS.keys())
def test_we_do_not_send_what_we_would_refuse(value: Any) -> None:
    with pytest.raises(LocalProtocolError):
        pack(value)


def test_limits_are_reached_exactly() -> None:
    for message in (nested(MAX_DEPTH), {"a": [0] * MAX_ITEMS}):
        assert unpack(pack(message)) == message


class Link(Struct):
    peer: str
    role: str | None = None
    addresses: tuple[str, ...] = ()


def test_document_is_plain_and_without_nulls() -> None:
    given_value = {"links": {"a": Link("a"), "b": Link("b", "GO", ("10.0.0.1/24",))}, "problem": None}
    assert document(given_value) == {
        "links": {
            "a": {"peer": "a", "addresses": []},
            "b": {"peer": "b", "role": "GO", "addresses": ["10.0.0.1/24"]},
        }
    }
    assert document(Link("a")) == {"peer": "a", "addresses": []}


def test_document_keeps_null_in_lists() -> None:
    assert document({"a": [None, {"b": None}]}) == {"a": [None, {}]}


@pytest.mark.parametrize("value", [[1], "text", {1: 2}, {"a": b""}, {"a": object()}, nested(MAX_DOCUMENT_DEPTH + 1)])
def test_no_document(value: Any) -> None:
    with pytest.raises(LocalProtocolError):
        document(value)


def test_document_within_itself() -> None:
    value: dict[str, Any] = {}
    value["a"] = value
    with pytest.raises(LocalProtocolError):
        document(value)
