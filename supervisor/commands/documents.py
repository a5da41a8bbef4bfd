"""What the commands read of the actors' state documents; what else is in them passes by unread."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus


class ActorState(Struct, frozen=True):
    """One actor, as the supervisor publishes it."""

    state: str
    since: float
    restarts: int = 0
    pid: int | None = None
    last_exit: str | None = None
    status: str | None = None
    next_start: float | None = None


class SupervisorState(Struct, frozen=True):
    """The supervisor's document."""

    state: str
    pid: int
    since: float
    version: str
    actors: dict[str, ActorState]


class Problem(Struct, frozen=True):
    """What keeps an actor from its work."""

    reason: str
    sentence: str = ""
    advice: str = ""


class Radio(Struct, frozen=True):
    """The P2P device."""

    interface: str = ""
    parent: str = ""
    address: str = ""


class Find(Struct, frozen=True):
    """What the P2P engine does about finding peers."""

    state: str = "off"
    since: float = 0.0


class PeerState(Struct, frozen=True):
    """One peer, as discovery publishes it."""

    address: str
    name: str = ""
    manufacturer: str = ""
    last_seen: float = 0.0
    present: bool = False
    signal: int | None = None


class DiscoveryState(Struct, frozen=True):
    """Discovery's document."""

    tier: str = ""
    services: dict[str, str] = field(default_factory=dict)
    radio: Radio | None = None
    problem: Problem | None = None
    find: Find = Find()
    peers: dict[str, PeerState] = field(default_factory=dict)


class PairingState(Struct, frozen=True):
    """One pairing, as ble tells it to whoever asked for it."""

    step: str
    peer: str = ""
    name: str = ""
    digits: str = ""
    bonded: bool = False
    already: bool = False
    reason: str = ""
    sentence: str = ""
    advice: str = ""
    detail: str = ""

    @property
    def who(self) -> str:
        """Name the other device."""
        return f"{self.name} ({self.peer})" if self.name else self.peer or "the other device"


class BleState(Struct, frozen=True):
    """Ble's document: `bonds` are the names of the bonded hosts that have airhail, by Bluetooth address."""

    bonds: dict[str, str] = field(default_factory=dict)


class LinkRadio(Struct, frozen=True):
    """What the radio does for a link: MHz, and what is known."""

    channel: int | None = None
    frequency: int | None = None
    width: int | None = None
    power_save: bool | None = None


class LinkState(Struct, frozen=True):
    """One link, as connection publishes it."""

    peer: str
    wanted: bool
    phase: str
    since: float
    attempt: int = 1
    name: str = ""
    interface: str = ""
    role: str = ""
    addresses: list[str] = field(default_factory=list)
    peer_address: str = ""
    reason: str = ""
    sentence: str = ""
    advice: str = ""
    needs_person: bool = False
    symptoms: list[str] = field(default_factory=list)
    rungs: list[str] = field(default_factory=list)
    next_attempt: float | None = None
    radio: LinkRadio = LinkRadio()


class RoundTrip(Struct, frozen=True):
    """How long probes took there and back, in seconds."""

    p50: float
    p99: float
    samples: int = 0


class Loss(Struct, frozen=True):
    """Which share of the probes was lost on the way to the peer, and back."""

    to_peer: float | None = None
    from_peer: float | None = None


class JudgedLink(Struct, frozen=True):
    """One link, as liveness judges it."""

    interface: str = ""
    verdict: str = ""
    since: float = 0.0
    finding: str = ""
    mode: str = ""
    rtt: RoundTrip | None = None
    loss: Loss | None = None


class LivenessState(Struct, frozen=True):
    """Liveness' document."""

    problem: Problem | None = None
    links: dict[str, JudgedLink] = field(default_factory=dict)


class Caller(Struct, frozen=True):
    """A peer that rang while nobody here wants a link with it."""

    since: float


class Seen(Struct, frozen=True):
    """Something that is wrong with the radio stack of this host."""

    symptom: str
    sentence: str = ""


class RungInUse(Struct, frozen=True):
    """What is being done to get the radio stack unstuck; `peer` is empty when it is for the host itself."""

    rung: str
    since: float
    peer: str = ""


class Question(Struct, frozen=True):
    """What waits for the user's word."""

    rung: str
    sentence: str


class Incoming(Struct, frozen=True):
    """A peer's call that waits for this host's user; `until` in monotonic seconds."""

    peer: str
    until: float
    name: str = ""
    address: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.name else self.address or self.peer


class TrustedPeer(Struct, frozen=True):
    """A peer that can be hailed: its P2P device addresses, the newest first."""

    name: str = ""
    addresses: list[str] = field(default_factory=list)


class ConnectionState(Struct, frozen=True):
    """Connection's document."""

    problem: Problem | None = None
    symptoms: list[Seen] = field(default_factory=list)
    rung: RungInUse | None = None
    question: Question | None = None
    links: dict[str, LinkState] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    incoming: list[Incoming] = field(default_factory=list)
    trusted: dict[str, TrustedPeer] = field(default_factory=dict)

    def link_to(self, address: str) -> LinkState | None:
        """Return the link to the peer with an address; a trusted one may be linked at another of its own."""
        own = next((one.addresses for one in self.trusted.values() if address in one.addresses), [])
        found = (self.links[one] for one in (address, *own) if one in self.links)
        return next(found, None)


Document = TypeVar(
    "Document",
    SupervisorState,
    DiscoveryState,
    ConnectionState,
    LivenessState,
    PairingState,
    BleState,
)


def understand(document: Mapping[str, Any], kind: type[Document]) -> Document:
    """Return a document as what it should be; CommandError when it is not."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise CommandError(
            ExitStatus.FAILED,
            f"what airhail published cannot be read ({error}): restart airhail if it was just updated",
        ) from error
