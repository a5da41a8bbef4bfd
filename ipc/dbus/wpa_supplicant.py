"""wpa_supplicant, for who may talk to it: peers, the engine's name, its finds, scans and signals, and three resets.

Names and types: wpa_supplicant 2.10, dbus/dbus_new.c. Upstream lets only root in; Debian also the
group netdev (dbus-wpa_supplicant.conf and Debian's 02_dbus_group_policy).
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import ACCESS_DENIED, NAME_HAS_NO_OWNER, SERVICE_UNKNOWN, BusError
from airhail.ipc.dbus.match import BUS_INTERFACE, BUS_NAME, BUS_PATH
from airhail.ipc.dbus.signals import Signals, Translated
from airhail.ipc.dbus.variants import TypedValue, checked
from airhail.ipc.dbus.wpa_supplicant_events import (
    ScanStarted,
    SupplicantEvent,
    SupplicantPeer,
    event_of,
    peer_of,
    scan_of,
)

SERVICE: Final = "fi.w1.wpa_supplicant1"
MAIN_PATH: Final = "/fi/w1/wpa_supplicant1"
MAIN: Final = "fi.w1.wpa_supplicant1"
INTERFACE: Final = "fi.w1.wpa_supplicant1.Interface"
P2P_DEVICE: Final = "fi.w1.wpa_supplicant1.Interface.P2PDevice"
PEER: Final = "fi.w1.wpa_supplicant1.Peer"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"

CALL: Final = 5.0
"""Seconds for wpa_supplicant to answer: it answers from memory, between two events of its radio."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface of wpa_supplicant: the parent `wlan0`, or a group's `p2p-wlan0-0`."""

    path: str
    name: str


class Supplicant:
    """See and command wpa_supplicant on a Bus. Calls raise BusError, BusGone and NoReply.

    Follow `bus.watch_owner(SERVICE)` to see it leave and come back.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def permitted(self) -> bool:
        """Tell whether we may talk to wpa_supplicant now; False as well while it is not there."""
        try:
            await self.get(MAIN_PATH, MAIN, "Interfaces")
        except BusError as error:
            if error.name in (ACCESS_DENIED, NAME_HAS_NO_OWNER, SERVICE_UNKNOWN):
                return False
            raise
        return True

    async def interfaces(self) -> list[Interface]:
        """Return every interface, groups too; one that leaves meanwhile is left out."""
        found = []
        for path in await self.get(MAIN_PATH, MAIN, "Interfaces"):
            with suppress(BusError):
                found.append(Interface(path, await self.get(path, INTERFACE, "Ifname")))
        return found

    async def interface(self, name: str) -> str | None:
        """Return the path of the interface called `name`, None when wpa_supplicant has none."""
        return next((one.path for one in await self.interfaces() if one.name == name), None)

    async def peers(self, interface: str) -> list[SupplicantPeer]:
        """Return the peers the engine knows; one that is forgotten meanwhile is left out.

        `interface` is the path of the interface that the P2P engine belongs to, `wlan0`'s.
        """
        found = []
        for path in await self.get(interface, P2P_DEVICE, "Peers"):
            with suppress(BusError):
                found.append(await self.peer(path))
        return found

    async def peer(self, path: str) -> SupplicantPeer:
        """Return one peer; raises BusError once it is forgotten."""
        (properties,) = await self.call(path, PROPERTIES, "GetAll", "s", PEER)
        return peer_of(path, properties)

    async def device_config(self, interface: str) -> dict[str, Any]:
        """Return the engine's settings, P2PDeviceConfig."""
        config: dict[str, Any] = await self.get(interface, P2P_DEVICE, "P2PDeviceConfig")
        return config

    async def set_device_config(self, interface: str, **settings: TypedValue) -> None:
        """Change settings of the engine, `DeviceName=("s", "desk")`; those left out stay as they are.

        A DeviceName of more than 32 bytes is refused with a BusError (WPS_DEV_NAME_MAX_LEN).
        """
        value = ("a{sv}", checked(settings, "P2PDeviceConfig"))
        await self.call(interface, PROPERTIES, "Set", "ssv", P2P_DEVICE, "P2PDeviceConfig", value)

    async def find(self, interface: str, seconds: int) -> None:
        """Look for peers on the social channels for so long; the find that runs is replaced."""
        options = {"Timeout": ("i", seconds), "DiscoveryType": ("s", "social")}
        await self.call(interface, P2P_DEVICE, "Find", "a{sv}", checked(options, "P2PDevice.Find"))

    async def listen(self, interface: str, seconds: int) -> None:
        """Be found on the listen channel for so long, and look for nobody. Refused while a find runs."""
        await self.call(interface, P2P_DEVICE, "Listen", "i", seconds)

    async def association(self, interface: str) -> str:
        """Return how far the interface is on its way to a network, "inactive", "scanning" ... "completed".

        Scans that somebody asked for do not show here; "scanning" is one for a network to be joined.
        """
        return str(await self.get(interface, INTERFACE, "State"))

    async def scanning(self, interface: str) -> bool:
        """Tell whether the interface scans, for whatever reason."""
        return bool(await self.get(interface, INTERFACE, "Scanning"))

    async def abort_scan(self, interface: str) -> None:
        """End the interface's scan; finds of the P2P engine are none. Raises BusError when none runs any more."""
        await self.call(interface, INTERFACE, "AbortScan")

    async def flush(self, interface: str) -> None:
        """Stop all discovery and forget every peer with all that is held against it; groups stay."""
        await self.call(interface, P2P_DEVICE, "Flush")

    async def remove_group(self, group_interface: str) -> None:
        """End the group that runs on a group's own interface."""
        await self.call(group_interface, P2P_DEVICE, "Disconnect")

    async def pid(self) -> int:
        """Return its process id, as the bus knows it; this needs no leave of wpa_supplicant's."""
        (pid,) = await self.bus.call(
            BUS_NAME, BUS_PATH, BUS_INTERFACE, "GetConnectionUnixProcessID", "s", (SERVICE,), within=CALL
        )
        return int(pid)

    @asynccontextmanager
    async def interface_changes(self) -> AsyncGenerator[Signals]:
        """Open the stream of interfaces taken and let go, with a Gap where some may be missing."""
        async with self.bus.subscribe(sender=SERVICE, path=MAIN_PATH, interface=MAIN) as signals:
            yield signals

    @asynccontextmanager
    async def scans(self) -> AsyncGenerator[Translated[ScanStarted]]:
        """Open the stream of scans that begin, with a Gap where some may be missing."""
        async with self.bus.subscribe(sender=SERVICE, interface=INTERFACE, member="PropertiesChanged") as signals:
            yield Translated(signals, scan_of)

    @asynccontextmanager
    async def events(self) -> AsyncGenerator[Translated[SupplicantEvent]]:
        """Open the stream of P2P events of all interfaces, with a Gap where some may be missing.

        All, because failures come on the group's interface, not on its parent's. Nothing arrives, and
        nothing tells so, while we are not permitted.
        """
        async with self.bus.subscribe(sender=SERVICE, interface=P2P_DEVICE) as signals:
            yield Translated(signals, event_of)

    async def get(self, path: str, interface: str, name: str) -> Any:
        """Return the plain value of a property."""
        (value,) = await self.call(path, PROPERTIES, "Get", "ss", interface, name)
        return value

    async def call(
        self, path: str, interface: str, member: str, signature: str | None = None, *body: Any
    ) -> tuple[Any, ...]:
        """Call a method of wpa_supplicant."""
        return await self.bus.call(SERVICE, path, interface, member, signature, body, within=CALL)
