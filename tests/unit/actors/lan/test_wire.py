"""The bytes of `lan`: what fits is understood, and what was said elsewhere, before or by others is not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airhail.actors.carrier import MAX_BODY
from airhail.actors.lan.wire import (
    ANSWER,
    CALL,
    HEAD,
    Frame,
    Kind,
    Wire,
    answer_is_good,
    call_is_good,
    confirmation,
    decode_answer,
    decode_call,
    encode_answer,
    encode_call,
    rest_of,
)

KEY = bytes(range(32))
OTHER = bytes(32)
TOKEN = b"token..."
NONCE = bytes([1]) * 16
FRESH = bytes([2]) * 16
HERE = bytes([10, 0, 0, 1])
THERE = bytes([10, 0, 0, 2])

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=MAX_BODY))


def pair() -> tuple[Wire, Wire]:
    return Wire(KEY, NONCE, FRESH, from_caller=True), Wire(KEY, NONCE, FRESH, from_caller=True)


def decode(wire: Wire, data: bytes) -> Frame | None:
    head = data[: HEAD.size]
    assert rest_of(head) == len(data) - HEAD.size
    return wire.decode(head, data[HEAD.size :])


def test_a_call_counts_from_where_it_was_made_alone() -> None:
    call = decode_call(encode_call(KEY, TOKEN, 4000, NONCE, HERE))
    assert call is not None
    assert (call.token, call.port, call.nonce) == (TOKEN, 4000, NONCE)
    assert call_is_good(KEY, call, HERE)
    assert not call_is_good(KEY, call, THERE)
    assert not call_is_good(OTHER, call, HERE)


def test_a_call_to_no_port_is_none() -> None:
    call = decode_call(encode_call(KEY, TOKEN, 0, NONCE, HERE))
    assert call is not None
    assert not call_is_good(KEY, call, HERE)


@given(st.data())
def test_a_changed_call_is_none(data: st.DataObject) -> None:
    datagram = bytearray(encode_call(KEY, TOKEN, 4000, NONCE, HERE))
    datagram[data.draw(st.integers(0, len(datagram) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    call = decode_call(bytes(datagram))
    assert call is None or not call_is_good(KEY, call, HERE)


@given(st.binary(max_size=2 * CALL.size))
def test_noise_is_no_call(noise: bytes) -> None:
    call = decode_call(noise)
    assert call is None or not call_is_good(KEY, call, HERE)


def test_an_answer_is_for_one_call() -> None:
    data = encode_answer(KEY, TOKEN, NONCE, FRESH)
    assert len(data) == ANSWER.size
    answer = decode_answer(data)
    assert answer is not None
    assert answer_is_good(KEY, answer)
    assert not answer_is_good(OTHER, answer)
    assert decode_answer(b"AHC1" + data[4:]) is None


@given(st.data())
def test_a_changed_answer_is_none(data: st.DataObject) -> None:
    changed = bytearray(encode_answer(KEY, TOKEN, NONCE, FRESH))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    answer = decode_answer(bytes(changed))
    assert answer is None or not answer_is_good(KEY, answer)


def test_a_confirmation_is_for_one_answer() -> None:
    assert (
        len({confirmation(KEY, NONCE, FRESH), confirmation(KEY, FRESH, NONCE), confirmation(OTHER, NONCE, FRESH)})
        == 3
    )


@given(st.lists(FRAMES, max_size=5))
def test_frames_come_as_they_were_sent(frames: list[Frame]) -> None:
    sender, receiver = pair()
    assert [decode(receiver, sender.encode(frame)) for frame in frames] == frames


@given(FRAMES, FRAMES)
def test_a_frame_that_is_repeated_overtaken_or_sent_back_is_none(first: Frame, second: Frame) -> None:
    sender, receiver = pair()
    one, two = sender.encode(first), sender.encode(second)
    assert decode(pair()[1], two) is None
    assert decode(receiver, one) == first
    assert decode(receiver, one) is None
    assert decode(Wire(KEY, NONCE, FRESH, from_caller=False), one) is None
    assert decode(Wire(KEY, FRESH, NONCE, from_caller=True), one) is None


@given(FRAMES, st.data())
def test_a_changed_frame_is_none(frame: Frame, data: st.DataObject) -> None:
    sender, receiver = pair()
    changed = bytearray(sender.encode(frame))
    # Not its length: with another one other bytes would be read.
    changed[data.draw(st.integers(2, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert decode(receiver, bytes(changed)) is None


@given(st.integers(0, 2**16 - 1))
def test_no_more_is_read_than_there_may_be(length: int) -> None:
    rest = rest_of(HEAD.pack(length, 1, 1))
    assert rest == (None if length > MAX_BODY else length + 16)


def test_a_body_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="401 bytes"):
        pair()[0].encode(Frame(Kind.BODY, 1, bytes(MAX_BODY + 1)))


@given(st.integers(0, 255))
def test_a_kind_that_nobody_knows_is_none(kind: int) -> None:
    assume(kind not in list(Kind))
    wire = pair()[0]
    head = HEAD.pack(0, kind, 1)
    # As somebody would make it who has the keys, and a later version.
    made = wire._mac(head, b"")
    assert pair()[1].decode(head, made) is None
