"""What connection's core takes in (past tense) and asks for (verbs)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.reasons import Problem
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

    *peer* is set when the active connection is this airhail's own, *stranger* names anybody else's.
    """

    path: str = ""
    state: DeviceState = DeviceState.UNKNOWN
    active: str = ""
    peer: str = ""
    stranger: str = ""
    interface: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeerWanted:
    """A user wants a link to *peer*, or such an intent was read back after a restart."""

    peer: str
    name: str = ""


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
    | Tick
)


@dataclass(frozen=True, slots=True)
class WantFind:
    """Have discovery find peers until `DropFind`."""


@dataclass(frozen=True, slots=True)
class DropFind:
    """Let discovery rest."""


@dataclass(frozen=True, slots=True)
class BorrowAir:
    """Ask discovery for the air, to link *peer*."""

    peer: str


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
    """Have NetworkManager take the activation *active* down."""

    active: str


@dataclass(frozen=True, slots=True)
class SeekPeer:
    """Find out where *peer* answers on *interface*, by asking at *expected* ("" when the pair has none)."""

    peer: str
    interface: str
    expected: str


@dataclass(frozen=True, slots=True)
class ClearLeftovers:
    """End the groups that run on without NetworkManager, as far as wpa_supplicant lets us."""


Effect = WantFind | DropFind | BorrowAir | ReturnAir | Activate | Deactivate | SeekPeer | ClearLeftovers
