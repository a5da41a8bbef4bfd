"""BlueZ, as far as hails need it: a typed view of adapters, devices and their characteristics, and the calls.

Names and types are those of BlueZ's doc/org.bluez.*.rst, the same in 5.66 and 5.82. What BlueZ calls in return,
advertisements and our own GATT service, is declared in `bluez_objects`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from trio_util import AsyncValue

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.objects import PROPERTIES, ObjectTree, open_tree
from airhail.ipc.dbus.variants import TypedValue

SERVICE: Final = "org.bluez"
TREE_ROOT: Final = "/"
"""Where BlueZ has its object manager: above the objects of all programs that it would take in."""

ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
ADVERTISING_MANAGER: Final = "org.bluez.LEAdvertisingManager1"
GATT_MANAGER: Final = "org.bluez.GattManager1"
GATT_SERVICE: Final = "org.bluez.GattService1"
GATT_CHARACTERISTIC: Final = "org.bluez.GattCharacteristic1"

CALL: Final = 10.0
"""Seconds for BlueZ to answer what it does by itself and its controller; a controller command has 2 s
(HCI_CMD_TIMEOUT, include/net/bluetooth/hci.h), and some wait for one another."""

ON_AIR: Final = 30.0
"""Seconds for what the peer has to answer: the attribute protocol's own limit of one transaction (Core
Specification, Vol 3, Part F, 3.3.3)."""

PAIR: Final = 75.0
"""Seconds for Device1.Pair: connecting as below, and 30 from the pairing's last step on (Core Specification, Vol 3,
Part H, 3.4)."""

CONNECT: Final = 60.0
"""Seconds for Device1.Connect, which the kernel ends after 40 (L2CAP_CONN_TIMEOUT, include/net/bluetooth/l2cap.h)."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One Bluetooth adapter; `name` is the kernel's, `hci0`.

    `advertises` and `serves` tell whether BlueZ offers LE advertising and a GATT server on it.
    """

    path: str
    name: str
    address: str
    powered: bool
    advertises: bool
    serves: bool


@dataclass(frozen=True, slots=True)
class Device:
    """One other device, as an adapter knows it; `resolved` once its services are listed, with `connected`."""

    path: str
    address: str
    name: str
    connected: bool
    resolved: bool
    bonded: bool
    trusted: bool
    uuids: tuple[str, ...]


class Bluez:
    """See and command BlueZ; made by `open_bluez`.

    What is seen is the tree's, so it is instant and follows by itself: wait on `changed`, then look.
    Everything seen is empty while `present` is False. The calls raise BusError, BusGone and NoReply.
    """

    def __init__(self, bus: Bus, tree: ObjectTree) -> None:
        self.bus = bus
        self.tree = tree

    # --- seen ----------------------------------------------------------------------------------------

    @property
    def present(self) -> bool:
        """Tell whether BlueZ is there and its objects are known."""
        return self.tree.present

    @property
    def life(self) -> str:
        """Return BlueZ's own name on the bus: another one after each start of it, "" while it is away."""
        return self.tree.owner or "" if self.tree.present else ""

    @property
    def changed(self) -> AsyncValue[int]:
        """Return the number that grows with every change."""
        return self.tree.changed

    def adapters(self) -> list[Adapter]:
        """Return the adapters, powered or not; one that rfkill blocks is not powered."""
        return [
            Adapter(
                path=path,
                name=path.rpartition("/")[2],
                address=adapter.get("Address", "").lower(),
                powered=bool(adapter.get("Powered")),
                advertises=ADVERTISING_MANAGER in interfaces,
                serves=GATT_MANAGER in interfaces,
            )
            for path, interfaces in self.tree.objects.items()
            if (adapter := interfaces.get(ADAPTER)) is not None
        ]

    def devices(self, adapter: str) -> list[Device]:
        """Return the devices that one adapter knows."""
        return [
            Device(
                path=path,
                address=device.get("Address", "").lower(),
                name=device.get("Name", ""),
                connected=bool(device.get("Connected")),
                resolved=bool(device.get("ServicesResolved")),
                # Bonded came with 5.65; before it, Paired was set for a bond alone as well.
                bonded=bool(device.get("Bonded", device.get("Paired"))),
                trusted=bool(device.get("Trusted")),
                uuids=tuple(uuid.lower() for uuid in device.get("UUIDs", ())),
            )
            for path, interfaces in self.tree.objects.items()
            if (device := interfaces.get(DEVICE)) is not None and device.get("Adapter") == adapter
        ]

    def device(self, path: str) -> Device | None:
        """Return the device at a path, None when there is none."""
        adapter = (self.tree.properties(path, DEVICE) or {}).get("Adapter", "")
        return next((device for device in self.devices(adapter) if device.path == path), None)

    def characteristics(self, device: str, service: str) -> dict[str, str]:
        """Return the path of each characteristic, by its UUID, in a device's service of this UUID."""
        found = {}
        for path, interfaces in self.tree.objects.items():
            if not path.startswith(device + "/") or (each := interfaces.get(GATT_CHARACTERISTIC)) is None:
                continue
            home = self.tree.properties(each.get("Service", ""), GATT_SERVICE) or {}
            if home.get("UUID", "").lower() == service:
                found[each.get("UUID", "").lower()] = path
        return found

    # --- commanded -----------------------------------------------------------------------------------

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        *body: Any,
        within: float = CALL,
    ) -> tuple[Any, ...]:
        """Call a method of BlueZ."""
        return await self.bus.call(SERVICE, path, interface, member, signature, body, within=within)

    async def connect(self, device: str) -> None:
        """Connect to a device, waiting until it advertises; the kernel gives up after 40 seconds."""
        await self.call(device, DEVICE, "Connect", within=CONNECT)

    async def disconnect(self, device: str) -> None:
        """End every connection to a device, whoever made it."""
        await self.call(device, DEVICE, "Disconnect")

    async def pair(self, device: str) -> None:
        """Bond with a device; `bluez_agent` is asked meanwhile."""
        await self.call(device, DEVICE, "Pair", within=PAIR)

    async def cancel_pairing(self, device: str) -> None:
        """Give a pairing up that `pair` began."""
        await self.call(device, DEVICE, "CancelPairing")

    async def trust(self, device: str) -> None:
        """Let a device connect, and be connected to when it advertises, also after somebody hung up on it."""
        trusted: TypedValue = ("b", True)
        await self.call(device, PROPERTIES, "Set", "ssv", DEVICE, "Trusted", trusted)

    async def remove_device(self, adapter: str, device: str) -> None:
        """Forget a device and its bond."""
        await self.call(adapter, ADAPTER, "RemoveDevice", "o", device)

    async def start_discovery(self, adapter: str) -> None:
        """Search for LE devices until `stop_discovery`, or until the bus or BlueZ goes; it costs both radios power.

        With a filter, any: without one BlueZ passes over whoever does not say that it can be discovered.
        """
        transport: dict[str, TypedValue] = {"Transport": ("s", "le")}
        await self.call(adapter, ADAPTER, "SetDiscoveryFilter", "a{sv}", transport)
        await self.call(adapter, ADAPTER, "StartDiscovery")

    async def stop_discovery(self, adapter: str) -> None:
        """Search no longer."""
        await self.call(adapter, ADAPTER, "StopDiscovery")

    async def register_application(self, adapter: str, root: str) -> None:
        """Have an adapter serve the GATT objects and profiles below `root`, until the bus or BlueZ goes."""
        await self.call(adapter, GATT_MANAGER, "RegisterApplication", "oa{sv}", root, {}, within=ON_AIR)

    async def register_advertisement(self, adapter: str, path: str) -> None:
        """Send the advertisement at `path`, until the bus or BlueZ goes."""
        await self.call(adapter, ADVERTISING_MANAGER, "RegisterAdvertisement", "oa{sv}", path, {})

    async def unregister_advertisement(self, adapter: str, path: str) -> None:
        """Send it no longer."""
        await self.call(adapter, ADVERTISING_MANAGER, "UnregisterAdvertisement", "o", path)

    async def write(self, characteristic: str, value: bytes) -> None:
        """Write a peer's characteristic; the peer's program has taken the value when this returns."""
        options: dict[str, TypedValue] = {"type": ("s", "request")}
        body = (value, options)
        await self.call(characteristic, GATT_CHARACTERISTIC, "WriteValue", "aya{sv}", *body, within=ON_AIR)


@asynccontextmanager
async def open_bluez(bus: Bus) -> AsyncGenerator[Bluez]:
    """Open the view of BlueZ, which may be there or not; it was read once when this returns."""
    async with open_tree(bus, SERVICE, TREE_ROOT) as tree:
        yield Bluez(bus, tree)
