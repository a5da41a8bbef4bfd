import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.inspection.blackbox import BlackBox
from airhail.ipc.inspection.feed import Feed
from airhail.ipc.inspection.trace import IN, OUT, Message, Trace, other_end, read_message
from airhail.ipc.limits import TRACE_BODY, TRACE_NAME
from airhail.ipc.messages import Call, Delta, encode

HEADER = 4


def traced(body: bytes, direction: int = IN) -> Message:
    box = BlackBox.own()
    Trace(Feed(box.messages)).record(direction, other_end("process 7"), body)
    payload = box.messages.newest()
    assert payload is not None
    return read_message(payload)


def test_a_message_is_shown_as_it_is() -> None:
    body = encode(Call(3, "connect", {"peer": "02:00:00:00:00:01"}, 500))[HEADER:]
    shown = traced(body)
    assert (shown.direction, shown.other, shown.size) == ("in", "process 7", len(body))
    assert json.loads(shown.text) == msgpack.unpackb(body)


def test_what_is_removed_is_shown() -> None:
    shown = traced(encode(Delta(1, 2, {"problem": None}))[HEADER:], OUT)
    assert shown.direction == "out"
    assert '"problem": null' in shown.text


def test_of_a_long_message_the_first_entries_are_shown() -> None:
    body: bytes = msgpack.packb({"type": "snapshot", "seq": 5, "state": {"x": "y" * 2 * TRACE_BODY}})
    shown = traced(body)
    assert shown.size == len(body)
    assert shown.text == '{"type": "snapshot", "seq": 5, …}'


@pytest.mark.parametrize("body", [b"\xc1", b"\x93\x01", msgpack.packb([1]), msgpack.packb("x")])
def test_what_is_no_message_is_shown_as_nothing(body: bytes) -> None:
    assert traced(body).text == "{…}"


@given(st.binary(max_size=2 * TRACE_BODY))
def test_whatever_the_bytes_are_they_can_be_shown(body: bytes) -> None:
    msgpack.packb(traced(body).text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary() | st.integers(-(2**63), 2**64 - 1),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.binary() | st.integers(0, 9), inner),
    )
)
def test_whatever_msgpack_says_it_can_be_shown(value: object) -> None:
    msgpack.packb(traced(msgpack.packb({"value": value})).text)


def test_keys_are_left_out_wherever_they_stand() -> None:
    body = encode(Call(3, "meet", {"peers": [{"peer": "beta", "key": "5e" * 32}], "key": {"x": "5e"}}, 500))[HEADER:]
    assert "5e" not in traced(body).text
    assert "beta" in traced(body).text


def test_what_is_deeper_than_any_message_is_cut() -> None:
    assert "…" in traced(b"\x81\xa1x" + b"\x91" * 900 + b"\x01").text


def test_a_long_name_is_cut() -> None:
    assert len(other_end("é" * 100)) <= TRACE_NAME
