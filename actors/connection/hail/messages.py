"""The messages of the hail, and their bytes: one msgpack map each, at most 340 bytes.

Whoever reads them has opened a sealed envelope, so they are a trusted peer's; what a trusted peer says is
validated all the same. `docs/hail.md` specifies them for other implementations.
"""

import enum
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from airhail.actors.connection.hail.networks import usable
from airhail.actors.names import Address, fit

VERSION = 1
# A GATT write takes 512 bytes at most (Bluetooth Core 5.4, Vol 3, Part F, 3.2.9), a carrier's body 400; the envelope
# needs 25 of them, and the rest is room for what a carrier puts around it.
MAX_BYTES = 340
SESSION_BYTES = 8
# Of a host's name: what a person can read at a glance, and what fits beside everything else.
MAX_NAME = 48
MAX_TRIED = 3
MAX_NETWORKS = 4
MAX_WORD = 24
# Longer than any stagger that anybody measured; an end that would wait longer is of no use to the other.
MAX_WAIT_MS = 10_000
# Above every channel of IEEE 802.11, those at 60 GHz too; which of them is of use, the plan knows.
MAX_MHZ = 100_000

Session = Annotated[bytes, Meta(min_length=SESSION_BYTES, max_length=SESSION_BYTES)]
"""Random, made by the proposer; every message belongs to one."""
Word = Annotated[str, Meta(max_length=MAX_WORD, pattern=r"^[a-z0-9-]*$")]
"""A reason or a rung. One that the reader does not know counts as none, so that lists may grow."""
Milliseconds = Annotated[int, Meta(ge=0, le=MAX_WAIT_MS)]
Megahertz = Annotated[int, Meta(ge=0, le=MAX_MHZ)]


class Tier(enum.StrEnum):
    """How far the rights of an end reach."""

    USER = "user"
    NETDEV = "netdev"
    ADMIN = "admin"


class Refusal(enum.StrEnum):
    """Why a proposal is refused."""

    DECLINED = "declined"
    NO_ANSWER = "no-answer"
    NEVER = "never"
    BUSY = "busy"
    NO_RADIO = "no-radio"
    WITHDRAWN = "withdrawn"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an end brings to a link.

    *tried* are the reasons why its last attempts failed, the newest last; *rung* is what it would like both ends to
    do first, or "". *frequency* is where its ordinary Wi-Fi is, in MHz, 0 when it is in no network.
    """

    address: Address
    name: Annotated[str, Meta(max_length=MAX_NAME)]
    tier: Tier
    tried: Annotated[tuple[Word, ...], Meta(max_length=MAX_TRIED)] = ()
    rung: Word = ""
    frequency: Megahertz = 0


@dataclass(frozen=True, slots=True)
class Propose:
    """The proposer wants the link; *networks* are free at its end, the one it likes best first."""

    session: Session
    offer: Offer
    networks: Annotated[tuple[str, ...], Meta(max_length=MAX_NETWORKS)] = ()


@dataclass(frozen=True, slots=True)
class Ringing:
    """The other end is asking its user."""

    session: Session


@dataclass(frozen=True, slots=True)
class Accept:
    """The other end agrees; *network* is one of those proposed, or "" when none is free at its end too."""

    session: Session
    offer: Offer
    network: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The other end does not agree."""

    session: Session
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Go:
    """The proposer's plan. With *first* the receiver moves first; the other one follows.

    The follower moves *after_ms* after it heard `Moved`, or *ring_ms* after wpa_supplicant told it of the first one's
    request, whatever is sooner. Both perform *rung* before they are ready. With *ready* the proposer is.
    """

    session: Session
    first: bool
    after_ms: Milliseconds
    ring_ms: Milliseconds
    rung: Word = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """The answerer has the air and the peer in sight, and has performed the rung."""

    session: Session


@dataclass(frozen=True, slots=True)
class Moved:
    """The sender has begun to activate."""

    session: Session


@dataclass(frozen=True, slots=True)
class Over:
    """The sender's attempt has ended; *reason* is "" when it is linked."""

    session: Session
    reason: Word = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The sender does not want the link any more."""

    session: Session


Message = Propose | Ringing | Accept | Refuse | Go | Ready | Moved | Over | Withdraw

TYPES: dict[str, type[Any]] = {
    kind.__name__.lower(): kind for kind in (Propose, Ringing, Accept, Refuse, Go, Ready, Moved, Over, Withdraw)
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are none of the messages.

    *session* is set when they propose one in a version that is not ours: that alone is worth an answer.
    """

    why: str
    session: bytes = field(default=b"")


def encode(message: Message) -> bytes:
    """Return the bytes of *message*; ValueError when it is too long, which the bounds of its parts exclude."""
    entries = {one.name: getattr(message, one.name) for one in fields(message)}
    if offer := entries.pop("offer", None):
        said = {one.name: getattr(offer, one.name) for one in fields(offer)}
        entries |= {name: value for name, value in said.items() if name != "frequency" or value}
    body = msgspec.msgpack.encode({"v": VERSION, "type": type(message).__name__.lower(), **entries})
    if len(body) > MAX_BYTES:
        raise ValueError(f"a message of {len(body)} bytes: at most {MAX_BYTES} fit: {message}")
    return body


def decode(body: bytes) -> Message | Unreadable:
    """Return what *body* says; entries that are not known are passed over."""
    if len(body) > MAX_BYTES:
        return Unreadable(f"{len(body)} bytes: at most {MAX_BYTES} are a message")
    try:
        entries = msgspec.msgpack.decode(body, type=dict[str, Any])
        kind = TYPES.get(str(entries.get("type")))
        # How a refusal looks is the same in every version, since it is how one tells of another.
        if entries.get("v") != VERSION and kind is not Refuse:
            return _of_another_version(entries)
        if kind is None:
            return Unreadable(f"no message is called {entries.get('type')!r:.40}")
        if kind in (Propose, Accept):
            entries["offer"] = entries
        message: Message = msgspec.convert(entries, kind)
        _check(message)
    # Beside msgspec's own errors: text that is not UTF-8, and maps nested without end.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Unreadable(f"{error}")
    return message


def _check(message: Message) -> None:
    """Raise ValueError for what a type cannot say: a name that cannot be shown, a network that is not for pairs."""
    match message:
        case Propose(_, offer, networks):
            named = networks
        case Accept(_, offer, network):
            named = (network,) if network else ()
        case _:
            return
    if offer.name != fitting_name(offer.name):
        raise ValueError(f"the name {offer.name!r} is longer than {MAX_NAME} bytes or cannot be printed")
    if not all(map(usable, named)):
        raise ValueError(f"{named} are not all networks that a pair may use")


def _of_another_version(entries: dict[str, Any]) -> Unreadable:
    session = entries.get("session")
    asks = entries.get("type") == "propose" and isinstance(session, bytes) and len(session) == SESSION_BYTES
    return Unreadable(f"version {entries.get('v')!r:.20}, not {VERSION}", session if asks and session else b"")


def fitting_name(name: str) -> str:
    """Return as much of *name* as a message carries, without what cannot be printed."""
    printable = "".join(letter for letter in name if letter.isprintable())
    return fit(printable, MAX_NAME)
