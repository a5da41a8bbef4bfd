"""Tokens: the pair resolves them, within an epoch of each other's clock; to anybody else they are noise."""

import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from airhail.actors.beacons import (
    EPOCH_S,
    KEY_BYTES,
    TOKEN_BYTES,
    Beacon,
    epoch_of,
    expected,
    incoming,
    next_epoch,
    outgoing,
    token,
)

KEYS = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
TIMES = st.floats(EPOCH_S, 2**40)


def test_a_token_is_what_the_page_says() -> None:
    key = bytes(range(32))
    message = b"airhail beacon 1" + b"\x00\x00\x00\x00\x00\x1e\x84\x80" + b"\x01"
    assert token(key, 2_000_000, 1) == hmac.new(key, message, hashlib.sha256).digest()[:8]
    assert token(key, 2_000_000, 1).hex() == "dceb2c98b8a84ca2"


@given(KEYS, TIMES, st.floats(-EPOCH_S, EPOCH_S), st.booleans())
def test_the_peer_resolves_the_token_though_its_clock_is_an_epoch_off(
    key: bytes, unix: float, off: float, lower: bool
) -> None:
    heard = outgoing(Beacon("beta", key, lower), unix)
    assert len(heard) == TOKEN_BYTES
    assert expected([Beacon("alpha", key, not lower)], unix + off)[heard] == "alpha"


@given(KEYS, KEYS, TIMES)
def test_a_stranger_resolves_nothing(key: bytes, other: bytes, unix: float) -> None:
    assume(key != other)
    heard = outgoing(Beacon("beta", key, lower=True), unix)
    assert heard not in expected([Beacon("alpha", other, lower=False)], unix)


@given(KEYS, TIMES, st.booleans())
def test_a_token_that_is_sent_back_is_nobodys(key: bytes, unix: float, lower: bool) -> None:
    beacon = Beacon("beta", key, lower)
    assert outgoing(beacon, unix) not in incoming(beacon, unix)


@given(KEYS, TIMES)
def test_an_old_token_is_nobodys(key: bytes, unix: float) -> None:
    heard = outgoing(Beacon("beta", key, lower=True), unix)
    assert heard not in incoming(Beacon("alpha", key, lower=False), unix + 2 * EPOCH_S)


@given(TIMES)
def test_all_tokens_change_at_the_next_epoch(unix: float) -> None:
    change = next_epoch(unix)
    assert 0 < change - unix <= EPOCH_S
    assert epoch_of(change) == epoch_of(unix) + 1
