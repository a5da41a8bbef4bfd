"""What `liveness` says on a link, byte by byte; pure.

    probe: "AHP" | version (1) | flags (1) | address (16) | session (8) | counter (4)
           | echo: session (8) | counter (4) | received (4) | held (4) | mac (16, if it is authenticated)

Numbers are big-endian. The mac is the beginning of an HMAC-SHA256 with the pair's probe key over the direction and
all that stands before it, so no probe can be made by others or sent back. That an old one does not count, `echo` sees
to.
"""

import hmac
import ipaddress
import struct
from dataclasses import dataclass

MAGIC = b"AHP"
VERSION = 1
MAC_BYTES = 16
KEY_BYTES = 32
LABEL = b"airhail probe 1 "

ASK = 1
"""Answer at once."""
AWAY = 2
"""The sender's radio leaves the channel for a while, to scan."""
BYE = 4
"""The sender takes the link down."""
KEYED = 128
"""There is a mac."""
KNOWN_FLAGS = ASK | AWAY | BYE | KEYED

BODY = struct.Struct(">3sBB16sQIQIII")
MAX_COUNT = 2**32 - 1
NOWHERE = "::"


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe, the `counter`-th of its sender's `session`; `address` is the sender's own on the link, or "::".

    The echo tells what the sender has heard: of which session, up to which counter, how many of those came, and for
    how many microseconds it has held that since.
    """

    session: int
    counter: int
    echo_session: int = 0
    echo_counter: int = 0
    echo_received: int = 0
    held_us: int = 0
    flags: int = 0
    address: str = NOWHERE


def encode(probe: Probe, key: bytes | None, *, lower: bool) -> bytes:
    """Pack a probe, with a mac if there is a key; *lower* tells whether the sender is the pair's lower end."""
    flags = probe.flags | (KEYED if key else 0)
    body = BODY.pack(
        MAGIC,
        VERSION,
        flags,
        ipaddress.IPv6Address(probe.address).packed,
        probe.session,
        probe.counter,
        probe.echo_session,
        probe.echo_counter,
        probe.echo_received,
        min(probe.held_us, MAX_COUNT),
    )
    return body + mac(key, body, lower=lower) if key else body


def decode(datagram: bytes) -> Probe | None:
    """Return what a datagram says, whoever made it; None when it is no probe.

    What follows from its being authenticated is for `made_by_peer` to tell; flags of later versions are passed over.
    """
    if len(datagram) not in (BODY.size, BODY.size + MAC_BYTES):
        return None
    magic, version, flags, address, session, counter, *said = BODY.unpack_from(datagram)
    echo_session, echo_counter, echo_received, held_us = said
    whole = BODY.size + (MAC_BYTES if flags & KEYED else 0)
    if magic != MAGIC or version != VERSION or len(datagram) != whole or session == 0 or counter == 0:
        return None
    return Probe(
        session,
        counter,
        echo_session,
        echo_counter,
        echo_received,
        held_us,
        flags & KNOWN_FLAGS,
        str(ipaddress.IPv6Address(address)),
    )


def made_by_peer(key: bytes, datagram: bytes, *, lower: bool) -> bool:
    """Tell whether the other end of the pair made a datagram; *lower* tells whether this host is the lower end."""
    body, made = datagram[: BODY.size], datagram[BODY.size :]
    return hmac.compare_digest(mac(key, body, lower=not lower), made)


def mac(key: bytes, body: bytes, *, lower: bool) -> bytes:
    """Return the mac over a body that the lower or the other end has made."""
    return hmac.digest(key, LABEL + bytes([lower]) + body, "sha256")[:MAC_BYTES]
