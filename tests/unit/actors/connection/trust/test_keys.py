"""Both ends derive the same keys, each for one purpose, and nobody else does."""

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from airhail.actors.connection.trust.identity import Identity
from airhail.actors.connection.trust.keys import BadKeyError, PairKeys, pair_keys
from tests.unit.actors.connection.trust.hosts import ALPHA, BETA, IDENTITIES, SALT

SALTS = st.binary(min_size=32, max_size=32)
# The points of order 1, 2, 4 and 8, and what is congruent to them (https://cr.yp.to/ecdh.html#validate).
LOW_ORDER = [
    *(number.to_bytes(32, "little") for number in (0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18)),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
]


def secrets_of(keys: PairKeys) -> list[bytes]:
    return [value for value in dataclasses.astuple(keys) if isinstance(value, bytes)]


@given(IDENTITIES, IDENTITIES, SALTS)
def test_both_ends_derive_the_same(one: Identity, other: Identity, salt: bytes) -> None:
    assume(one.public != other.public)
    ours, theirs = pair_keys(one, other.public, salt), pair_keys(other, one.public, salt)
    assert (ours.out, ours.into) == (theirs.into, theirs.out)
    assert (ours.prove_out, ours.prove_into) == (theirs.prove_into, theirs.prove_out)
    assert (ours.beacon, ours.probe, ours.address) == (theirs.beacon, theirs.probe, theirs.address)
    assert ours.lower is not theirs.lower
    assert ours.lower is (one.public < other.public)


@given(IDENTITIES, IDENTITIES, IDENTITIES, SALTS, SALTS)
def test_no_key_serves_two_purposes_pairs_or_introductions(
    one: Identity, other: Identity, third: Identity, salt: bytes, again: bytes
) -> None:
    assume(len({one.public, other.public, third.public}) == 3)
    assume(salt != again)
    made = [
        *secrets_of(pair_keys(one, other.public, salt)),
        *secrets_of(pair_keys(one, third.public, salt)),
        *secrets_of(pair_keys(one, other.public, again)),
    ]
    assert len(set(made)) == len(made) == 21


@pytest.mark.parametrize("key", [ALPHA.public, *LOW_ORDER, b"", bytes(31)], ids=lambda key: key.hex()[:8] or "none")
def test_a_key_with_which_nothing_can_be_shared_is_refused(key: bytes) -> None:
    with pytest.raises(BadKeyError):
        pair_keys(ALPHA, key, SALT)


def test_no_secret_is_printed() -> None:
    keys = pair_keys(ALPHA, BETA.public, SALT)
    shown = repr(keys) + repr(ALPHA)
    assert not any(repr(secret)[2:-1] in shown for secret in [*secrets_of(keys), ALPHA.private])


def test_the_derivation_does_not_change() -> None:
    keys = pair_keys(ALPHA, BETA.public, SALT)
    assert keys.out.hex() == "f0746562cb1632a18eb36a24ec9ca7d85a16da0e9116402a5cc079ec08d9c247"
    assert keys.beacon.hex() == "741a5b39281d640cfaf3075de3d04cd7c7bd32148d68bcd2e3b14c19281941b8"
