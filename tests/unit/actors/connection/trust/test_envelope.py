"""Only the pair makes an envelope, each opens once, and all else is silence."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airhail.actors.connection.trust.envelope import (
    HEADER,
    MAX_CLEAR,
    MAX_COUNTER,
    MAX_ENVELOPE,
    VERSION,
    Silence,
    open_envelope,
    seal,
)
from airhail.actors.connection.trust.keys import pair_keys
from tests.unit.actors.connection.trust.hosts import ALPHA, BETA, MALLORY, SALT

OURS = pair_keys(ALPHA, BETA.public, SALT)
THEIRS = pair_keys(BETA, ALPHA.public, SALT)
CLEAR = st.binary(max_size=MAX_CLEAR)
COUNTERS = st.integers(1, MAX_COUNTER)


@given(CLEAR, COUNTERS)
def test_what_one_end_seals_the_other_opens(clear: bytes, counter: int) -> None:
    envelope = seal(OURS.out, counter, clear)
    assert len(envelope) <= MAX_ENVELOPE <= 400
    assert open_envelope(THEIRS.into, counter - 1, envelope) == (counter, clear)


@given(CLEAR, COUNTERS, st.integers(0, 1000))
def test_what_was_heard_or_overtaken_is_old(clear: bytes, counter: int, later: int) -> None:
    envelope = seal(OURS.out, counter, clear)
    assert open_envelope(THEIRS.into, min(counter + later, MAX_COUNTER), envelope) is Silence.OLD


@given(CLEAR, COUNTERS, st.data())
def test_a_flipped_bit_is_silence(clear: bytes, counter: int, data: st.DataObject) -> None:
    envelope = bytearray(seal(OURS.out, counter, clear))
    envelope[data.draw(st.integers(0, len(envelope) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert isinstance(open_envelope(THEIRS.into, 0, bytes(envelope)), Silence)


@given(CLEAR, COUNTERS, st.data())
def test_a_truncated_or_extended_envelope_is_silence(clear: bytes, counter: int, data: st.DataObject) -> None:
    envelope = seal(OURS.out, counter, clear)
    short = envelope[: data.draw(st.integers(0, len(envelope) - 1))]
    assert isinstance(open_envelope(THEIRS.into, 0, short), Silence)
    assert isinstance(open_envelope(THEIRS.into, 0, envelope + data.draw(st.binary(min_size=1))), Silence)


@given(CLEAR, COUNTERS)
def test_another_pair_direction_or_introduction_is_silence(clear: bytes, counter: int) -> None:
    envelope = seal(OURS.out, counter, clear)
    for key in (
        OURS.into,
        pair_keys(MALLORY, ALPHA.public, SALT).into,
        pair_keys(MALLORY, BETA.public, SALT).into,
        pair_keys(BETA, ALPHA.public, bytes(32)).into,
        THEIRS.beacon,
    ):
        assert open_envelope(key, 0, envelope) is Silence.FORGED


@given(CLEAR, COUNTERS, st.integers(0, 255))
def test_another_version_is_silence(clear: bytes, counter: int, version: int) -> None:
    assume(version != VERSION)
    envelope = bytes([version]) + seal(OURS.out, counter, clear)[1:]
    assert open_envelope(THEIRS.into, 0, envelope) is Silence.VERSION


@given(CLEAR, COUNTERS, COUNTERS)
def test_a_counter_that_was_raised_is_silence(clear: bytes, counter: int, other: int) -> None:
    assume(counter != other)
    envelope = seal(OURS.out, counter, clear)
    raised = envelope[:1] + other.to_bytes(8, "big") + envelope[HEADER:]
    assert open_envelope(THEIRS.into, 0, raised) is Silence.FORGED


@given(st.binary(max_size=2 * MAX_ENVELOPE))
def test_noise_is_silence(noise: bytes) -> None:
    assert isinstance(open_envelope(THEIRS.into, 0, noise), Silence)


@pytest.mark.parametrize(("counter", "length"), [(0, 1), (MAX_COUNTER + 1, 1), (-1, 1), (1, MAX_CLEAR + 1)])
def test_what_cannot_be_sealed_is_an_error(counter: int, length: int) -> None:
    with pytest.raises(ValueError, match=r"counter|message"):
        seal(OURS.out, counter, bytes(length))
