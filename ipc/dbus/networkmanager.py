"""NetworkManager, as far as Wi-Fi Direct needs it: a typed view of its objects, and the calls."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from trio_util import AsyncValue

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.networkmanager_enums import ActiveConnectionState, DeviceState, DeviceType
from airhail.ipc.dbus.networkmanager_objects import (
    ACTIVE_CONNECTION,
    DEVICE,
    IP4_CONFIG,
    IP6_CONFIG,
    MANAGER,
    MANAGER_PATH,
    NO_OBJECT,
    P2P_INTERFACE_PREFIX,
    PEER,
    SERVICE,
    TREE_ROOT,
    WIFI_P2P,
    ActiveConnection,
    P2PDevice,
    Peer,
    StateChanged,
    WifiDevice,
    path_or_none,
    reason_of,
    state_changed,
)
from airhail.ipc.dbus.objects import PROPERTIES, ObjectTree, Properties, open_tree
from airhail.ipc.dbus.signals import Translated
from airhail.ipc.dbus.variants import TypedValue, checked

CALL: Final = 10.0
"""Seconds for NetworkManager to answer: it asks polkit first, which asks logind; all local."""

FIND_SECONDS: Final = range(1, 601)
"""What StartFind accepts as its timeout (org.freedesktop.NetworkManager.Device.WifiP2P.xml)."""

Settings = Mapping[str, Mapping[str, TypedValue]]
"""A connection profile: setting -> key -> (D-Bus signature, value)."""


class NetworkManager:
    """See and command NetworkManager; made by `open_networkmanager`.

    What is seen is the tree's, so it is instant and follows by itself: wait on `changed`, then look.
    Everything seen is empty while `present` is False. The calls raise BusError, BusGone and NoReply.
    """

    def __init__(self, bus: Bus, tree: ObjectTree) -> None:
        self.bus = bus
        self.tree = tree

    # --- seen ----------------------------------------------------------------------------------------

    @property
    def present(self) -> bool:
        """Tell whether NetworkManager is there and its objects are known."""
        return self.tree.present

    @property
    def changed(self) -> AsyncValue[int]:
        """Return the number that grows with every change."""
        return self.tree.changed

    @property
    def version(self) -> str | None:
        """Return NetworkManager's version."""
        return self.manager().get("Version")

    @property
    def wireless_enabled(self) -> bool:
        """Tell whether Wi-Fi is switched on in software."""
        return bool(self.manager().get("WirelessEnabled"))

    @property
    def wireless_hardware_enabled(self) -> bool:
        """Tell whether Wi-Fi is switched on in hardware (rfkill)."""
        return bool(self.manager().get("WirelessHardwareEnabled"))

    def manager(self) -> Properties:
        """Return the properties of NetworkManager's main object."""
        return self.tree.properties(MANAGER_PATH, MANAGER) or {}

    def devices(self, kind: DeviceType) -> list[tuple[str, Properties]]:
        """Return path and Device properties of every device of a kind."""
        return [
            (path, device)
            for path, interfaces in self.tree.objects.items()
            if (device := interfaces.get(DEVICE)) is not None and device.get("DeviceType") == kind
        ]

    def wifi_devices(self) -> list[WifiDevice]:
        """Return the ordinary Wi-Fi devices."""
        return [
            WifiDevice(
                path=path,
                interface=device.get("Interface", ""),
                state=DeviceState(device.get("State", 0)),
                reason=reason_of(device),
                managed=bool(device.get("Managed")),
                active_connection=path_or_none(device.get("ActiveConnection")),
                address=device.get("HwAddress", "").lower(),
            )
            for path, device in self.devices(DeviceType.WIFI)
        ]

    def p2p_devices(self) -> list[P2PDevice]:
        """Return the P2P devices: one for each Wi-Fi device that can do it."""
        parents = {device.interface for device in self.wifi_devices()}
        found = []
        for path, device in self.devices(DeviceType.WIFI_P2P):
            interface = device.get("Interface", "")
            parent = interface.removeprefix(P2P_INTERFACE_PREFIX)
            found.append(
                P2PDevice(
                    path=path,
                    interface=interface,
                    ip_interface=device.get("IpInterface", ""),
                    state=DeviceState(device.get("State", 0)),
                    reason=reason_of(device),
                    managed=bool(device.get("Managed")),
                    active_connection=path_or_none(device.get("ActiveConnection")),
                    peers=tuple((self.tree.properties(path, WIFI_P2P) or {}).get("Peers", ())),
                    address=device.get("HwAddress", "").lower(),
                    parent=parent if parent in parents else None,
                )
            )
        return found

    def peers(self, device: str) -> list[Peer]:
        """Return the peers that a P2P device lists."""
        paths = (self.tree.properties(device, WIFI_P2P) or {}).get("Peers", ())
        return [
            Peer(
                path=path,
                address=peer.get("HwAddress", "").lower(),
                name=peer.get("Name", ""),
                manufacturer=peer.get("Manufacturer", ""),
                # NetworkManager never fills Model: it asks wpa_supplicant for it by a wrong name.
                model=peer.get("Model") or peer.get("ModelNumber", ""),
                strength=peer.get("Strength", 0),
            )
            for path in paths
            if (peer := self.tree.properties(path, PEER)) is not None
        ]

    def active_connections(self) -> list[ActiveConnection]:
        """Return every activation, of any kind."""
        return [
            ActiveConnection(
                path=path,
                connection=path_or_none(active.get("Connection")),
                specific_object=path_or_none(active.get("SpecificObject")),
                id=active.get("Id", ""),
                uuid=active.get("Uuid", ""),
                type=active.get("Type", ""),
                state=ActiveConnectionState(active.get("State", 0)),
                devices=tuple(active.get("Devices", ())),
            )
            for path, interfaces in self.tree.objects.items()
            if (active := interfaces.get(ACTIVE_CONNECTION)) is not None
        ]

    def addresses(self, device: str) -> list[str]:
        """Return a device's IP addresses with their prefixes, `10.42.0.1/24`, IPv4 first."""
        found = []
        properties = self.tree.properties(device, DEVICE) or {}
        for key, interface in (("Ip4Config", IP4_CONFIG), ("Ip6Config", IP6_CONFIG)):
            config = self.tree.properties(properties.get(key, NO_OBJECT), interface) or {}
            found += [f"{each['address']}/{each['prefix']}" for each in config.get("AddressData", ())]
        return found

    @asynccontextmanager
    async def state_changes(self, device: str | None = None) -> AsyncGenerator[Translated[StateChanged]]:
        """Open the stream of a device's state changes, or of all devices', with a Gap where some may be missing.

        Open it before the call whose outcome it shall tell: the properties alone skip states and
        reasons that pass quickly.
        """
        async with self.bus.subscribe(
            sender=SERVICE, path=device, interface=DEVICE, member="StateChanged"
        ) as signals:
            yield Translated(signals, state_changed)

    # --- commanded -----------------------------------------------------------------------------------

    async def call(
        self, path: str, interface: str, member: str, signature: str | None = None, *body: Any
    ) -> tuple[Any, ...]:
        """Call a method of NetworkManager."""
        return await self.bus.call(SERVICE, path, interface, member, signature, body, within=CALL)

    async def start_find(self, device: str, seconds: int) -> None:
        """Let a P2P device look for peers, and be seen by them, for 1 to 600 seconds."""
        if seconds not in FIND_SECONDS:
            raise ValueError(f"NetworkManager finds for 1 to 600 whole seconds, not for {seconds!r}")
        await self.call(device, WIFI_P2P, "StartFind", "a{sv}", {"timeout": ("i", seconds)})

    async def stop_find(self, device: str) -> None:
        """Stop looking for peers; never while the device is activating: that kills the negotiation."""
        await self.call(device, WIFI_P2P, "StopFind")

    async def add_and_activate(
        self,
        settings: Settings,
        device: str,
        specific_object: str | None,
        options: Mapping[str, TypedValue],
    ) -> tuple[str, str]:
        """Add a profile and activate it; return the paths of profile and activation.

        The reply only says that the activation began. `options`: `persist` and `bind-activation`.
        Raises ValueError naming the key that does not fit its type.
        """
        profile = {setting: checked(keys, setting) for setting, keys in settings.items()}
        connection, active, _ = await self.call(
            MANAGER_PATH,
            MANAGER,
            "AddAndActivateConnection2",
            "a{sa{sv}}ooa{sv}",
            profile,
            device,
            specific_object or NO_OBJECT,
            checked(options, "options"),
        )
        return connection, active

    async def deactivate(self, active_connection: str) -> None:
        """End an activation."""
        await self.call(MANAGER_PATH, MANAGER, "DeactivateConnection", "o", active_connection)

    async def disconnect(self, device: str) -> None:
        """End whatever a device does, and keep it from connecting by itself."""
        await self.call(device, DEVICE, "Disconnect")

    async def set_managed(self, device: str, managed: bool) -> None:
        """Let a Wi-Fi device go or take it again; never a P2P device, which only its parent can give an engine."""
        await self.call(device, PROPERTIES, "Set", "ssv", DEVICE, "Managed", ("b", managed))

    async def permissions(self) -> dict[str, str]:
        """Return what we may do: action -> "yes", "auth" (after a password) or "no"."""
        (permissions,) = await self.call(MANAGER_PATH, MANAGER, "GetPermissions")
        return dict(permissions)


@asynccontextmanager
async def open_networkmanager(bus: Bus) -> AsyncGenerator[NetworkManager]:
    """Open the view of NetworkManager, which may be there or not; it was read once when this returns."""
    async with open_tree(bus, SERVICE, TREE_ROOT) as tree:
        yield NetworkManager(bus, tree)
