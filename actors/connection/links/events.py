"""What connection's core takes in (past tense) and asks for (verbs)."""

from dataclasses import dataclass

from airhail.actors.connection.ladder.events import LadderEffect, LadderEvent
from airhail.actors.connection.links.quick import RadiosSeen, SetPowerSave
from airhail.actors.connection.links.rendezvous_events import RendezvousEffect, RendezvousEvent
from airhail.actors.connection.links.world import Device, Host, Stack
from airhail.actors.reasons import Problem
from airhail.actors.verdicts import Finding, Verdict


@dataclass(frozen=True, slots=True)
class PeerWanted:
    """A user wants a link to *peer*, or such an intent was read back after a restart.

    With *allow_wifi_drop* a rung that drops the user's own Wi-Fi needs no further word. *invited* when the wish is
    the peer's, whose call was accepted.
    """

    peer: str
    name: str = ""
    allow_wifi_drop: bool = False
    invited: bool = False


@dataclass(frozen=True, slots=True)
class PeerUnwanted:
    """A user withdrew the intent."""

    peer: str


@dataclass(frozen=True, slots=True)
class HostSeen:
    """Discovery's state has changed; *host* is None while discovery does not answer."""

    host: Host | None


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """The P2P device was looked at afresh."""

    device: Device


@dataclass(frozen=True, slots=True)
class DeviceFell:
    """The P2P device left an activation or a link, and NetworkManager said why."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class AirLent:
    """Discovery lent us the air for *peer*."""

    peer: str


@dataclass(frozen=True, slots=True)
class AirRefused:
    """Discovery did not lend the air in time, or the lease broke before it was used."""

    peer: str


@dataclass(frozen=True, slots=True)
class ActivationAccepted:
    """NetworkManager took our activation and named it."""

    peer: str
    active: str


@dataclass(frozen=True, slots=True)
class ActivationRefused:
    """NetworkManager refused our activation outright."""

    peer: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class DeactivationRefused:
    """NetworkManager did not take the activation *active* down."""

    active: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class PeerRang:
    """A peer asked this host to negotiate a group (wpa_supplicant's GONegotiationRequest)."""

    peer: str


@dataclass(frozen=True, slots=True)
class NegotiationSucceeded:
    """This host and *peer* agreed who owns the group."""

    peer: str


@dataclass(frozen=True, slots=True)
class NegotiationFailed:
    """wpa_supplicant gave the negotiation with *peer* up, long before NetworkManager notices."""

    peer: str
    detail: str


@dataclass(frozen=True, slots=True)
class FormationFailed:
    """wpa_supplicant gave the group's formation up."""

    detail: str


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """The group stands; *role* is "GO" or "client"."""

    role: str


@dataclass(frozen=True, slots=True)
class PeerAnswered:
    """The peer answered at *address* on the link's interface."""

    peer: str
    address: str


@dataclass(frozen=True, slots=True)
class StackSeen:
    """The kernel's interfaces and wpa_supplicant were looked at afresh."""

    stack: Stack


@dataclass(frozen=True, slots=True)
class VerdictChanged:
    """Liveness judges the link to *peer* on *interface* otherwise than before."""

    peer: str
    interface: str
    verdict: Verdict
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline in the state has passed."""


Event = (
    PeerWanted
    | PeerUnwanted
    | HostSeen
    | DeviceSeen
    | DeviceFell
    | AirLent
    | AirRefused
    | ActivationAccepted
    | ActivationRefused
    | DeactivationRefused
    | PeerRang
    | NegotiationSucceeded
    | NegotiationFailed
    | FormationFailed
    | GroupStarted
    | PeerAnswered
    | StackSeen
    | RadiosSeen
    | VerdictChanged
    | Tick
    | LadderEvent
    | RendezvousEvent
)


@dataclass(frozen=True, slots=True)
class WantFind:
    """Have discovery find peers until `WantListen` or `DropFind`."""


@dataclass(frozen=True, slots=True)
class WantListen:
    """Have discovery let this host be found, and look for nobody, until `WantFind` or `DropFind`."""


@dataclass(frozen=True, slots=True)
class DropFind:
    """Let discovery rest."""


@dataclass(frozen=True, slots=True)
class BorrowAir:
    """Ask discovery for the air, to link *peer*, and to have groups formed at *frequency* (MHz; 0: anywhere)."""

    peer: str
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class ReturnAir:
    """Give the air back, or stop asking for it."""


@dataclass(frozen=True, slots=True)
class Activate:
    """Have NetworkManager link *peer* on *device*; *path* is the peer's object, "/" when it has none.

    *address* is this host's fixed address on the link, "" when the pair has none.
    """

    peer: str
    device: str
    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Deactivate:
    """Have NetworkManager take the activation *active* down, after a goodbye to the peer *farewell*; "": without."""

    active: str
    farewell: str = ""


@dataclass(frozen=True, slots=True)
class SeekPeer:
    """Find out where *peer* answers on *interface*."""

    peer: str
    interface: str


Effect = (
    WantFind
    | WantListen
    | DropFind
    | BorrowAir
    | ReturnAir
    | Activate
    | Deactivate
    | SeekPeer
    | SetPowerSave
    | LadderEffect
    | RendezvousEffect
)
