"""The rotating tokens by which two trusted hosts know each other on the air, and nobody else knows either.

A token says "I look for you" to the one host that has the same beacon key. It is another one every quarter of an
hour, so that to a stranger no two of them belong together; one that is replayed proves nothing but that it was heard:
whoever acts on a token acts as if anybody could have sent it.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

KEY_BYTES = 32
"""Bytes of a beacon key: what HKDF-SHA256 gives the pair, of which nothing else can be derived."""

TOKEN_BYTES = 8
"""Bytes of a token: one of 64 bits fits in the 31 bytes of an advertisement, and a stranger who guesses a thousand a
second hits one of a hundred peers once in a million years."""

EPOCH_S = 900
"""Seconds for which a token stays the same: as long as a Bluetooth private address does by default (Core
Specification, Vol 3, Part C, Appendix A: TGAP(private_addr_int))."""

LABEL = b"airhail beacon 1"


@dataclass(frozen=True, slots=True)
class Beacon:
    """What a carrier knows of a pair: the peer's trust id, the pair's key, and whether this host is the lower end.

    The lower end is the one whose public key sorts lower.
    """

    peer: str
    key: bytes
    lower: bool


def epoch_of(unix: float) -> int:
    """Return the number of the epoch in which a Unix time lies."""
    return int(unix // EPOCH_S)


def token(key: bytes, epoch: int, direction: int) -> bytes:
    """Return the token of an epoch; direction 0 is that of the lower end, 1 that of the other."""
    message = LABEL + epoch.to_bytes(8, "big") + bytes([direction])
    return hmac.digest(key, message, "sha256")[:TOKEN_BYTES]


def outgoing(beacon: Beacon, unix: float) -> bytes:
    """Return the token with which this host calls the peer now."""
    return token(beacon.key, epoch_of(unix), 0 if beacon.lower else 1)


def incoming(beacon: Beacon, unix: float) -> tuple[bytes, ...]:
    """Return the tokens with which the peer may call this host: two clocks may be an epoch apart."""
    now = epoch_of(unix)
    return tuple(
        token(beacon.key, epoch, 1 if beacon.lower else 0) for epoch in (now - 1, now, now + 1) if epoch >= 0
    )


def expected(beacons: Iterable[Beacon], unix: float) -> dict[bytes, str]:
    """Return who is meant by each token that may be heard now; it is the same until `next_epoch`."""
    return {one: beacon.peer for beacon in beacons for one in incoming(beacon, unix)}


def next_epoch(unix: float) -> float:
    """Return the Unix time at which all tokens change."""
    return float((epoch_of(unix) + 1) * EPOCH_S)
