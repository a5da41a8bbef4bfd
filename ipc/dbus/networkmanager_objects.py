"""NetworkManager's objects: their names on the bus, and what of each is told to the rest of the house.

Names and types are those of NetworkManager's introspection files, the same in 1.42 and 1.52
(org.freedesktop.NetworkManager*.xml of Debian's network-manager-dev).
"""

from dataclasses import dataclass
from typing import Final

from airhail.ipc.dbus.networkmanager_enums import ActiveConnectionState, DeviceState, DeviceStateReason
from airhail.ipc.dbus.objects import Properties
from airhail.ipc.dbus.signals import Signal

SERVICE: Final = "org.freedesktop.NetworkManager"
MANAGER_PATH: Final = "/org/freedesktop/NetworkManager"
TREE_ROOT: Final = "/org/freedesktop"
"""Where NetworkManager has its object manager: one above its own objects."""

MANAGER: Final = "org.freedesktop.NetworkManager"
DEVICE: Final = "org.freedesktop.NetworkManager.Device"
WIFI_P2P: Final = "org.freedesktop.NetworkManager.Device.WifiP2P"
PEER: Final = "org.freedesktop.NetworkManager.WifiP2PPeer"
ACTIVE_CONNECTION: Final = "org.freedesktop.NetworkManager.Connection.Active"
IP4_CONFIG: Final = "org.freedesktop.NetworkManager.IP4Config"
IP6_CONFIG: Final = "org.freedesktop.NetworkManager.IP6Config"

NO_OBJECT: Final = "/"
"""NetworkManager's path for "none"."""

P2P_INTERFACE_PREFIX: Final = "p2p-dev-"
"""NetworkManager names a P2P device after its parent Wi-Fi interface (nm-device-wifi.c, 1.42 and 1.52)."""


@dataclass(frozen=True, slots=True)
class P2PDevice:
    """One P2P device of NetworkManager; `interface` is its management interface, `p2p-dev-wlan0`.

    `ip_interface` is the group's, empty without a link. `parent` is the Wi-Fi interface it was named
    after, None when no such device is there.
    """

    path: str
    interface: str
    ip_interface: str
    state: DeviceState
    reason: DeviceStateReason
    managed: bool
    active_connection: str | None
    peers: tuple[str, ...]
    address: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class WifiDevice:
    """One ordinary Wi-Fi device of NetworkManager."""

    path: str
    interface: str
    state: DeviceState
    reason: DeviceStateReason
    managed: bool
    active_connection: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer as NetworkManager lists it; `address` is its P2P device address.

    `strength` (percent) is that of the first sight and never renewed; `name` is empty while the peer
    does not tell one.
    """

    path: str
    address: str
    name: str
    manufacturer: str
    model: str
    strength: int


@dataclass(frozen=True, slots=True)
class ActiveConnection:
    """One activation; `connection` is the path of its profile, `specific_object` of the peer."""

    path: str
    connection: str | None
    specific_object: str | None
    id: str
    uuid: str
    type: str
    state: ActiveConnectionState
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A device went from one state into another; the only place where every reason is told."""

    device: str
    new: DeviceState
    old: DeviceState
    reason: DeviceStateReason


def path_or_none(path: str | None) -> str | None:
    """Return the path, None when it stands for no object."""
    return None if path == NO_OBJECT else path


def reason_of(device: Properties) -> DeviceStateReason:
    """Return why a device is in its state; StateReason is (state, reason)."""
    _, reason = device.get("StateReason", (0, 0))
    return DeviceStateReason(reason)


def state_changed(signal: Signal) -> StateChanged:
    """Read NetworkManager's StateChanged(new, old, reason) signal; raises ValueError."""
    match signal.body:
        case (int(new), int(old), int(reason)):
            return StateChanged(signal.path, DeviceState(new), DeviceState(old), DeviceStateReason(reason))
    raise ValueError(f"its arguments are {signal.body!r}, not three numbers")
