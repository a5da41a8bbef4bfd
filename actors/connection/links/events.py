"""What connection's core takes in (past tense) and asks for (verbs)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.connection.ladder.case import Outcome
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.quick import RadiosSeen, SetPowerSave
from airhail.actors.connection.links.rendezvous_events import RendezvousEffect, RendezvousEvent
from airhail.actors.reasons import Problem, Reason
from airhail.actors.symptoms import Symptom
from airhail.actors.verdicts import Finding, Verdict
from airhail.ipc.dbus.networkmanager_enums import DeviceState


@dataclass(frozen=True, slots=True)
class Near:
    """A peer in NetworkManager's list; *path* is its object there."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """This host as discovery publishes it."""

    device: str = ""
    address: str = ""
    # Whether wpa_supplicant tells us of incoming requests (the netdev tier).
    rings: bool = False
    problem: Problem | None = None
    near: Mapping[str, Near] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """NetworkManager's P2P device and what is active on it; in state UNKNOWN there is none.

    *peer* is set when the active connection is this airhail's own, *stranger* names anybody else's. *parent* is the
    Wi-Fi interface it belongs to, *wifi* are those on which the user has a connection.
    """

    path: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    active: str = ""
    peer: str = ""
    stranger: str = ""
    interface: str = ""
    addresses: tuple[str, ...] = ()
    parent: str = ""
    wifi: tuple[str, ...] = ()


# How wpa_supplicant names the interface that it makes for a group alone (p2p_supplicant.c,
# wpas_p2p_add_group_interface). A driver that can make none has its groups on the adapter's own, which stays.
GROUP_INTERFACE = re.compile(r"p2p-(?!dev-)")


@dataclass(frozen=True, slots=True)
class GroupInterface:
    """The network interface of a group, as the kernel shows it."""

    name: str
    up: bool


@dataclass(frozen=True, slots=True)
class Stack:
    """The two truths beside NetworkManager's: the kernel's interfaces of groups, and wpa_supplicant.

    *listed* are the groups' interfaces that wpa_supplicant knows, none when it does not talk to us. *admin* tells
    whether this process may end wpa_supplicant.
    """

    groups: tuple[GroupInterface, ...] = ()
    supplicant: bool = True
    silent: bool = False
    listed: tuple[str, ...] = ()
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history; *rung* is None for an attempt without one, *peer* "" for the host itself."""

    peer: str
    reason: Reason | None
    symptoms: tuple[Symptom, ...]
    rung: Rung | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history as it is told: *at* in seconds since 1970, "" for what an `Entry` leaves open."""

    at: float
    peer: str
    reason: str
    symptoms: tuple[str, ...]
    rung: str
    outcome: str


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
class RungAnswered:
    """The work of a rung was done; *problem* says why not, or nothing."""

    rung: Rung
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """A person answered the question whether the Wi-Fi may be dropped for a rung."""

    allow: bool


@dataclass(frozen=True, slots=True)
class VerdictChanged:
    """Liveness judges the link to *peer* on *interface* otherwise than before."""

    peer: str
    interface: str
    verdict: Verdict
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The history was written; *latest* are its last lines."""

    latest: tuple[Line, ...]


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
    | RungAnswered
    | QuestionAnswered
    | VerdictChanged
    | Remembered
    | Tick
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


@dataclass(frozen=True, slots=True)
class ResetEngine:
    """Have discovery reset the P2P engine for *rung*: stop its find, or flush it. Answered by `RungAnswered`."""

    rung: Rung
    flush: bool = False


@dataclass(frozen=True, slots=True)
class RemoveGroups:
    """Remove the interfaces *names* of groups, by wpa_supplicant or else by the kernel. Answered."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisconnectDevice:
    """Have NetworkManager end whatever *device* does. Answered."""

    device: str


@dataclass(frozen=True, slots=True)
class Remanage:
    """Have NetworkManager let the Wi-Fi interface *adapter* go, and take it again. Answered."""

    adapter: str


@dataclass(frozen=True, slots=True)
class RestartSupplicant:
    """End wpa_supplicant, which NetworkManager then starts again. Answered."""


@dataclass(frozen=True, slots=True)
class Remember:
    """Write a line into the history."""

    entry: Entry


Effect = (
    WantFind
    | WantListen
    | DropFind
    | BorrowAir
    | ReturnAir
    | Activate
    | Deactivate
    | SeekPeer
    | ResetEngine
    | RemoveGroups
    | DisconnectDevice
    | Remanage
    | RestartSupplicant
    | SetPowerSave
    | Remember
    | RendezvousEffect
)
