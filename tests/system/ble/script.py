"""A scripted org.bluez for what a real one does too seldom to be waited for: it has an adapter, and no radio."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from airhail.ipc.dbus.bluez import ADAPTER, ADVERTISING_MANAGER, DEVICE, GATT_MANAGER, SERVICE, TREE_ROOT
from airhail.ipc.dbus.bluez_agent import AGENT_MANAGER, MANAGER_PATH
from airhail.ipc.dbus.bus import Bus, open_bus
from airhail.ipc.dbus.errors import Refusal
from airhail.ipc.dbus.interfaces import Interface, Method, Property
from airhail.ipc.dbus.match import BUS_INTERFACE, BUS_NAME, BUS_PATH
from airhail.ipc.dbus.serving import serve_objects
from tests.system.dbus.calls import PATIENCE

HCI0 = "/org/bluez/hci0"
BETA = f"{HCI0}/dev_00_AA_01_01_00_01"
BETA_ADDRESS = "00:aa:01:01:00:01"

FAILED = "org.bluez.Error.Failed"


class Script:
    """What was asked of it, in order, and what it refuses."""

    def __init__(self, bus: Bus, *refused: str) -> None:
        self.bus = bus
        self.asked: list[str] = []
        self._refused = refused

    def method(self, name: str, takes: str) -> Method:
        async def note(*arguments: Any) -> tuple[Any, ...]:
            self.asked.append(name)
            if name in self._refused:
                raise Refusal(FAILED, "the script says so")
            return ()

        return Method(name, note, takes)


@asynccontextmanager
async def open_script(address: str, *refused: str) -> AsyncGenerator[Script]:
    """Be org.bluez until the body ends, and refuse the methods of these names."""
    async with open_bus(address) as bus, serve_objects(bus, TREE_ROOT) as objects:
        script = Script(bus, *refused)
        agents = {"RegisterAgent": "os", "RequestDefaultAgent": "o", "UnregisterAgent": "o"}
        adverts = {"RegisterAdvertisement": "oa{sv}", "UnregisterAdvertisement": "o"}
        services = {"RegisterApplication": "oa{sv}"}
        own = Property("Address", "s", "00:AA:01:00:00:00")
        await objects.add(MANAGER_PATH, _interface(script, AGENT_MANAGER, agents))
        await objects.add(
            HCI0,
            Interface(ADAPTER, properties=(own, Property("Powered", "b", True))),
            _interface(script, ADVERTISING_MANAGER, adverts),
            _interface(script, GATT_MANAGER, services),
        )
        bonded = (Property("Adapter", "o", HCI0), Property("Bonded", "b", True), Property("Trusted", "b", True))
        await objects.add(BETA, Interface(DEVICE, properties=(Property("Address", "s", BETA_ADDRESS), *bonded)))
        await bus.call(BUS_NAME, BUS_PATH, BUS_INTERFACE, "RequestName", "su", (SERVICE, 0), within=PATIENCE)
        yield script


def _interface(script: Script, name: str, methods: dict[str, str]) -> Interface:
    return Interface(name, methods=tuple(script.method(*each) for each in methods.items()))
