"""A program of one host that speaks to bluetoothd: it calls, and serves objects; none of airhail's own code."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import trio
from jeepney import HeaderFields, MatchRule, Message, MessageType, new_error, new_method_return
from jeepney.io.trio import DBusRouter, open_dbus_router

from tests.lab.guest.bluetooth import ADDRESS, NAME, adapter_path, device_path
from tests.lab.guest.bus import Bus
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host

DEVICE = f"{NAME}.Device1"
AGENT = f"{NAME}.Agent1"
SERVICE = f"{NAME}.GattService1"
CHARACTERISTIC = f"{NAME}.GattCharacteristic1"
PROFILE = f"{NAME}.GattProfile1"
ADVERTISEMENT = f"{NAME}.LEAdvertisement1"
MANAGERS = {"agent": f"{NAME}.AgentManager1", "gatt": f"{NAME}.GattManager1", "adv": f"{NAME}.LEAdvertisingManager1"}
OBJECTS = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
# The spec's own bounds are below it: SMP gives up after 30 s (Core 5.4 Vol 3 Part H 3.4), a connect after 40 s.
CALL_S = 60.0
# Calls that wait to be answered; a program of the lab has a handful at most.
WAITING = 64

Properties = dict[str, tuple[str, Any]]
Held = dict[str, dict[str, Properties]]


class Refused(Exception):
    """A served method is to be answered with the D-Bus error `org.bluez.Error.NAME`."""


@dataclass(frozen=True, slots=True)
class Called:
    """A method that bluetoothd called on a served object."""

    at: float
    path: str
    interface: str
    member: str
    body: tuple[Any, ...]


Answer = tuple[str | None, tuple[Any, ...]]
NOTHING: Answer = (None, ())
Answering = Callable[[Called], Answer]


def agree(_: Called) -> Answer:
    """Answer yes to whatever is asked."""
    return NOTHING


class Program:
    """One connection to bluetoothd's bus, and what it serves there."""

    def __init__(self, host: Host, router: DBusRouter) -> None:
        self.host = host
        self.router = router
        self.bus = Bus(host.name, router)
        self.objects: Held = {}
        self.answering: Answering = agree
        """What every method but those of properties is answered with; may raise `Refused`."""
        self.calls: list[Called] = []
        self.called = trio.Event()

    async def call(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        timeout: float = CALL_S,
    ) -> tuple[Any, ...]:
        """Call a method of bluetoothd."""
        return await self.bus.call(NAME, path, interface, member, signature, body, timeout)

    async def manage(self, manager: str, member: str, signature: str, *body: Any) -> None:
        """Call a manager: that of the host's adapter, or the daemon's for agents."""
        path = "/org/bluez" if manager == "agent" else adapter_path(self.host)
        await self.call(path, MANAGERS[manager], member, signature, body)

    async def serve_agent(self, capability: str, default: bool) -> None:
        """Answer for this program's pairings, and as the default agent for those that come from elsewhere."""
        await self.manage("agent", "RegisterAgent", "os", "/agent", capability)
        if default:
            await self.manage("agent", "RequestDefaultAgent", "o", "/agent")

    async def serve_gatt(self, service: str, characteristic: str, *flags: str) -> None:
        """Serve one characteristic, and say that connections to devices which have its service are wanted."""
        self.objects |= {
            "/gatt/profile": {PROFILE: {"UUIDs": ("as", [service])}},
            "/gatt/service": {SERVICE: {"UUID": ("s", service), "Primary": ("b", True)}},
            "/gatt/service/characteristic": {
                CHARACTERISTIC: {
                    "UUID": ("s", characteristic),
                    "Service": ("o", "/gatt/service"),
                    "Flags": ("as", list(flags)),
                }
            },
        }
        await self.manage("gatt", "RegisterApplication", "oa{sv}", "/gatt", {})

    async def advertise(self, **properties: tuple[str, Any]) -> None:
        """Advertise, connectable, until `stop_advertising`."""
        self.objects["/advertisement"] = {ADVERTISEMENT: {"Type": ("s", "peripheral"), **properties}}
        await self.manage("adv", "RegisterAdvertisement", "oa{sv}", "/advertisement", {})

    async def stop_advertising(self) -> None:
        """Take the advertisement back."""
        await self.manage("adv", "UnregisterAdvertisement", "o", "/advertisement")

    async def device(self, other: Host) -> dict[str, Any]:
        """Return what the host's adapter knows of another host; empty when it knows nothing."""
        (objects,) = await self.call("/", OBJECTS, "GetManagedObjects")
        held = objects.get(device_path(self.host, other), {}).get(DEVICE, {})
        return {name: value for name, (_, value) in held.items()}

    async def set(self, other: Host, name: str, signature: str, value: Any) -> None:
        """Set a property of another host, as the host's adapter knows it."""
        body = (DEVICE, name, (signature, value))
        await self.call(device_path(self.host, other), PROPERTIES, "Set", "ssv", body)

    async def characteristic(self, other: Host, uuid: str) -> str:
        """Return the object path of a characteristic of another host."""
        (objects,) = await self.call("/", OBJECTS, "GetManagedObjects")
        for path, held in sorted(objects.items()):
            found = held.get(CHARACTERISTIC, {}).get("UUID", ("s", ""))[1]
            if path.startswith(device_path(self.host, other) + "/") and found == uuid:
                return str(path)
        raise Failed(f"{self.host.name}: {other.name} has no characteristic {uuid}")

    async def write(self, path: str, value: bytes) -> None:
        """Write a characteristic; return when the other end has confirmed it."""
        await self.call(path, CHARACTERISTIC, "WriteValue", "aya{sv}", (value, {"type": ("s", "request")}))

    async def was_called(self, member: str, within: float) -> Called:
        """Wait until bluetoothd has called a method of this name; return the first such call."""
        try:
            with trio.fail_after(within):
                while True:
                    for call in self.calls:
                        if call.member == member:
                            return call
                    await self.called.wait()
        except trio.TooSlowError:
            raise Failed(f"{self.host.name}: bluetoothd did not call {member} within {within:g} s") from None

    async def serve(self, calls: trio.MemoryReceiveChannel[Message]) -> None:
        """Answer what is called, until the program ends."""
        async for message in calls:
            await self.router.send(self._reply(message))

    def _reply(self, message: Message) -> Message:
        fields = message.header.fields
        path, interface = fields[HeaderFields.path], fields.get(HeaderFields.interface, "")
        call = Called(trio.current_time(), path, interface, fields[HeaderFields.member], tuple(message.body or ()))
        if call.member == "GetManagedObjects":
            below = {name: held for name, held in self.objects.items() if name.startswith(path + "/")}
            return new_method_return(message, "a{oa{sa{sv}}}", (below,))
        if call.interface == PROPERTIES and call.member == "GetAll":
            return new_method_return(message, "a{sv}", (self.objects[path][call.body[0]],))
        self.calls.append(call)
        self.called.set()
        self.called = trio.Event()
        try:
            return new_method_return(message, *self.answering(call))
        except Refused as refused:
            return new_error(message, f"org.bluez.Error.{refused}")


@asynccontextmanager
async def open_program(host: Host) -> AsyncIterator[Program]:
    """Connect a program of *host* to bluetoothd's bus; what it registered there ends with it."""
    async with open_dbus_router(ADDRESS) as router, trio.open_nursery() as nursery:
        program = Program(host, router)
        with router.filter(MatchRule(type=MessageType.method_call), bufsize=WAITING) as calls:
            nursery.start_soon(program.serve, calls)
            yield program
            nursery.cancel_scope.cancel()
