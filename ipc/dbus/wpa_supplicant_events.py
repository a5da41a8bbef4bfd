"""wpa_supplicant's P2P signals as typed events.

Members and arguments: wpa_supplicant 2.10, dbus/dbus_new.c, wpas_dbus_interface_signals and the
wpas_dbus_signal_p2p_* functions. Every peer path ends in the peer's P2P device address without colons.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airhail.ipc.dbus.signals import Signal


@dataclass(frozen=True, slots=True)
class SupplicantPeer:
    """One peer as wpa_supplicant knows it; `level` is the signal in dBm at the last frame heard."""

    path: str
    address: str
    name: str
    manufacturer: str
    model: str
    level: int | None


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """A peer was heard, newly or with other properties."""

    interface: str
    peer: SupplicantPeer


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A peer was not heard for a minute and is forgotten."""

    interface: str
    address: str


@dataclass(frozen=True, slots=True)
class FindStopped:
    """The engine left the find, by itself or because it was told."""

    interface: str


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """An interface began to scan for networks, because somebody asked or for reasons of its own."""

    interface: str


@dataclass(frozen=True, slots=True)
class GONegotiationRequest:
    """A peer asks for a group, and nobody here has asked for one with it: it rings.

    `password_id` is the WPS device password id (4: push button), `go_intent` 0 to 15.
    """

    interface: str
    address: str
    password_id: int
    go_intent: int


@dataclass(frozen=True, slots=True)
class GONegotiationSuccess:
    """Both sides agreed; `role` is ours, "GO" or "client", `frequency` in MHz."""

    interface: str
    address: str
    role: str
    frequency: int


@dataclass(frozen=True, slots=True)
class GONegotiationFailure:
    """The negotiation failed; `status` is the P2P status code, negative when wpa_supplicant gave up."""

    interface: str
    address: str
    status: int


@dataclass(frozen=True, slots=True)
class GroupStarted:
    """A group is there; `group_interface` is the path of the interface it runs on, `role` ours."""

    interface: str
    group_interface: str
    role: str


@dataclass(frozen=True, slots=True)
class GroupFinished:
    """A group is gone."""

    interface: str
    group_interface: str
    role: str


@dataclass(frozen=True, slots=True)
class GroupFormationFailure:
    """The group did not come about after the negotiation; `reason` is often empty."""

    interface: str
    reason: str


@dataclass(frozen=True, slots=True)
class WpsFailed:
    """The exchange of the group's key failed; numbers as in wps/wps_defs.h."""

    interface: str
    message: int
    config_error: int


@dataclass(frozen=True, slots=True)
class ProvisionDiscovery:
    """A peer asked for, answered or refused a way of pairing; `step` is the end of the signal's name."""

    interface: str
    address: str
    step: str


SupplicantEvent = (
    DeviceFound
    | DeviceLost
    | FindStopped
    | GONegotiationRequest
    | GONegotiationSuccess
    | GONegotiationFailure
    | GroupStarted
    | GroupFinished
    | GroupFormationFailure
    | WpsFailed
    | ProvisionDiscovery
)

PROVISION_DISCOVERY: Final = "ProvisionDiscovery"
PEER_PATH: Final = re.compile(r"/Peers/([0-9a-f]{12})$")


def event_of(signal: Signal) -> SupplicantEvent | None:
    """Read a P2PDevice signal; None for one that means nothing here. Raises ValueError on an odd one.

    `interface` of the event is the path the signal came on: mostly the parent's, a group's for failures.
    """
    read = READERS.get(signal.member)
    if read is None and signal.member.startswith(PROVISION_DISCOVERY):
        read = provision_discovery
    if read is None:
        return None
    try:
        return read(signal)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise ValueError(f"its arguments {signal.body!r} are not those known: {error!r}") from error


def scan_of(signal: Signal) -> ScanStarted | None:
    """Read a change of an interface's properties; None when it tells of no scan that began."""
    match signal.body:
        case ({"Scanning": True}, *_):
            return ScanStarted(signal.path)
    return None


def address_of(path: str) -> str:
    """Return the P2P device address that a peer's path ends in, `aa:bb:cc:dd:ee:ff`; raises ValueError."""
    found = PEER_PATH.search(path)
    if found is None:
        raise ValueError(f"{path!r} is not the path of a peer")
    return ":".join(re.findall("..", found[1]))


def peer_of(path: str, properties: Mapping[str, Any]) -> SupplicantPeer:
    """Return the peer that an object's properties describe."""
    return SupplicantPeer(
        path=path,
        address=address_of(path),
        name=properties.get("DeviceName", ""),
        manufacturer=properties.get("Manufacturer", ""),
        model=properties.get("ModelName", ""),
        # Nothing is heard at 0 dBm: the driver did not measure.
        level=properties.get("level") or None,
    )


def provision_discovery(signal: Signal) -> ProvisionDiscovery:
    """Read any of the seven ProvisionDiscovery* signals."""
    step = signal.member.removeprefix(PROVISION_DISCOVERY)
    return ProvisionDiscovery(signal.path, address_of(signal.body[0]), step)


def negotiation_success(signal: Signal) -> GONegotiationSuccess:
    """Read GONegotiationSuccess(a{sv})."""
    (told,) = signal.body
    return GONegotiationSuccess(signal.path, address_of(told["peer_object"]), told["role_go"], told["frequency"])


def negotiation_failure(signal: Signal) -> GONegotiationFailure:
    """Read GONegotiationFailure(a{sv})."""
    (told,) = signal.body
    return GONegotiationFailure(signal.path, address_of(told["peer_object"]), told["status"])


def group_started(signal: Signal) -> GroupStarted:
    """Read GroupStarted(a{sv})."""
    (told,) = signal.body
    return GroupStarted(signal.path, told["interface_object"], told["role"])


def group_finished(signal: Signal) -> GroupFinished:
    """Read GroupFinished(a{sv})."""
    (told,) = signal.body
    return GroupFinished(signal.path, told["interface_object"], told["role"])


def wps_failed(signal: Signal) -> WpsFailed:
    """Read WpsFailed(s, a{sv})."""
    _, told = signal.body
    return WpsFailed(signal.path, told["msg"], told["config_error"])


def negotiation_request(signal: Signal) -> GONegotiationRequest:
    """Read GONegotiationRequest(o, q, y)."""
    peer, password_id, go_intent = signal.body
    return GONegotiationRequest(signal.path, address_of(peer), password_id, go_intent)


# DeviceFound is left out: DeviceFoundProperties follows each and says more.
READERS: Final[dict[str, Callable[[Signal], SupplicantEvent]]] = {
    "DeviceFoundProperties": lambda signal: DeviceFound(signal.path, peer_of(*signal.body)),
    "DeviceLost": lambda signal: DeviceLost(signal.path, address_of(signal.body[0])),
    "FindStopped": lambda signal: FindStopped(signal.path),
    "GONegotiationRequest": negotiation_request,
    "GONegotiationSuccess": negotiation_success,
    "GONegotiationFailure": negotiation_failure,
    "GroupStarted": group_started,
    "GroupFinished": group_finished,
    "GroupFormationFailure": lambda signal: GroupFormationFailure(signal.path, signal.body[0]),
    "WpsFailed": wps_failed,
}
