"""The envelope around each message of the hail: only the pair can make one, and each is opened once.

    version (1 byte) | counter (8 bytes, big-endian) | what ChaCha20-Poly1305 (RFC 8439) makes of the message

There is a key for each pair and direction, so an envelope of another pair, or one that is sent back, does not open.
The counter makes the nonce. It rises with every envelope, through restarts too, and whoever opens one keeps it:
nothing at or below it is opened again.
"""

import enum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

VERSION = 1
HEADER = 1 + 8
TAG = 16

MAX_CLEAR = 340
"""Bytes of a message: with its envelope it fits a carrier's 400, and so an attribute of GATT (512)."""

MAX_ENVELOPE = HEADER + MAX_CLEAR + TAG

MAX_COUNTER = 2**63 - 1
"""As far as every reader of JSON can keep it. In microseconds that is some 292,000 years: no clock comes so far."""


class Silence(enum.StrEnum):
    """Why an envelope was not opened. It is counted, and the sender is told nothing."""

    LENGTH = "length"
    VERSION = "version"
    OLD = "old"
    """Replayed, or overtaken by a later one."""
    BEYOND = "beyond"
    """Its counter is higher than any that is kept."""
    FORGED = "forged"
    """Damaged, or sealed with another key."""
    STRANGER = "stranger"
    """From nobody who is trusted."""


def seal(key: bytes, counter: int, clear: bytes) -> bytes:
    """Return the envelope around *clear*; no counter may be used twice with one key.

    Raises ValueError when the message is too long, or the counter is not one that can follow another.
    """
    if len(clear) > MAX_CLEAR:
        raise ValueError(f"a message of {len(clear)} bytes; at most {MAX_CLEAR} go into an envelope")
    if not 0 < counter <= MAX_COUNTER:
        raise ValueError(f"{counter} is no counter")
    head = bytes([VERSION])
    number = counter.to_bytes(8, "big")
    return head + number + ChaCha20Poly1305(key).encrypt(bytes(4) + number, clear, head)


def open_envelope(key: bytes, highest: int, envelope: bytes) -> tuple[int, bytes] | Silence:
    """Return the counter and the message of an envelope, or why it is passed over in silence.

    *highest* is the counter of the last one that was opened with this key.
    """
    if not HEADER + TAG <= len(envelope) <= MAX_ENVELOPE:
        return Silence.LENGTH
    head, number, sealed = envelope[:1], envelope[1:HEADER], envelope[HEADER:]
    if head[0] != VERSION:
        return Silence.VERSION
    counter = int.from_bytes(number, "big")
    if counter <= highest:
        return Silence.OLD
    if counter > MAX_COUNTER:
        return Silence.BEYOND
    try:
        return counter, ChaCha20Poly1305(key).decrypt(bytes(4) + number, sealed, head)
    except InvalidTag:
        return Silence.FORGED
