"""Bluetooth LE for the hosts: emulated controllers on one air, and one bluetoothd for all of them.

AF_BLUETOOTH exists in the initial network namespace alone (net/bluetooth/af_bluetooth.c: bt_sock_create), and there a
second bluetoothd finds the attribute protocol's channel taken. So bluetoothd runs outside the hosts, on a bus of its
own that they all reach, and a host is one of its adapters.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio
from jeepney.io.trio import open_dbus_connection

from tests.lab.guest.bus import Bus, open_bus
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import LOGS, Host
from tests.lab.guest.processes import Daemon, environment, start_daemon
from tests.lab.guest.witness import Witness

NAME = "org.bluez"
ADAPTER = f"{NAME}.Adapter1"
BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
# Of what all hosts share (machine/host.sh), the only place that can hold a socket.
SOCKET = Path("/dev/shm/bluetooth-bus")
ADDRESS = f"unix:path={SOCKET}"
# A controller is announced at once or never: the kernel waits so long for an answer (hci.h: HCI_INIT_TIMEOUT 10 s).
CONTROLLERS_S = 11.0
# The emulator takes the kernel's first command for its own answer in some runs; that it does so this often is a bug.
TRIES = 5
# Everything else is local, and takes no virtual time.
START_S = 10.0

CONFIGURATION = """\
[bus]
bluez = "{bus}"

[ble]
adapter = "{adapter}"
"""


@dataclass(frozen=True, slots=True)
class Bluetooth:
    """What a scenario asks for as its `BLUETOOTH`."""

    experimental: bool = False
    """Run bluetoothd with --experimental, which distributions do not: only then it has advertisement monitors."""
    dual: bool = False
    """Controllers of both kinds with extended advertising, as in a laptop of today; else LE alone."""


class Controllers:
    """The hosts' adapters and their bluetoothd, as the scenario sees them from outside."""

    bus: Bus
    """A connection of the lab's own."""

    def __init__(self, spec: Bluetooth, hosts: Sequence[Host], nursery: trio.Nursery) -> None:
        self.spec = spec
        self.hosts = hosts
        self.nursery = nursery
        self.logs = LOGS / "bluetooth"
        self.witness = Witness("bluetooth", self.logs / "dbus.jsonl")
        self.daemons: dict[str, Daemon] = {}

    async def start(self) -> None:
        """Start bluetoothd and the controllers, and give each host its own."""
        await self._spawn("btmon", "btmon")
        await self._start_bluetoothd()
        await self._start_controllers()
        for number, host in enumerate(self.hosts):
            await self._give(host, f"hci{number}")

    async def start_bus(self) -> None:
        """Start the bus that they share."""
        self.logs.mkdir(parents=True)
        listen = ("--nofork", "--nopidfile", "--print-address", f"--address={ADDRESS}")
        bus = await self._spawn("dbus", "dbus-daemon", "--system", *listen)
        await bus.line(lambda line: line.startswith("unix:"), START_S)

    async def stop(self) -> None:
        """Stop what was started, the latest first."""
        for daemon in reversed(self.daemons.values()):
            await daemon.stop()

    async def restart_bluetoothd(self) -> None:
        """Kill bluetoothd and start it anew; return when every host has its adapter again."""
        daemon = self.daemons["bluetoothd"]
        daemon.process.kill()
        await daemon.ended.wait()
        await self._start_bluetoothd()
        await self.witness.until(self._all_there, "bluetoothd has every adapter again", within=START_S)

    async def power(self, host: Host, on: bool) -> None:
        """Switch a host's adapter off or on, as its user would."""
        await self.set(adapter_path(host), ADAPTER, "Powered", ("b", on))

    async def set(self, path: str, interface: str, name: str, value: tuple[str, object]) -> None:
        """Set a property of one of bluetoothd's objects."""
        await self.bus.call(NAME, path, "org.freedesktop.DBus.Properties", "Set", "ssv", (interface, name, value))

    async def _spawn(self, name: str, *argv: str) -> Daemon:
        env = environment(None, {"DBUS_SYSTEM_BUS_ADDRESS": ADDRESS})
        log = self.logs / f"{name}.log"
        self.daemons[name] = daemon = await start_daemon(self.nursery, name, "bluetooth", list(argv), env, log)
        return daemon

    async def _start_bluetoothd(self) -> None:
        mark = self.witness.mark()
        options = ("--experimental",) if self.spec.experimental else ()
        await self._spawn("bluetoothd", BLUETOOTHD, "--nodetach", "--debug", *options)
        await self.witness.signal(
            "NameOwnerChanged", since=mark, within=START_S, where=lambda body: body[0] == NAME and bool(body[2])
        )

    async def _start_controllers(self) -> None:
        kind = () if self.spec.dual else ("-L",)
        for _ in range(TRIES):
            emulator = await self._spawn("btvirt", "btvirt", *kind, f"-l{len(self.hosts)}")
            try:
                await self.witness.until(self._all_there, "every host has an adapter", within=CONTROLLERS_S)
            except Failed:
                await emulator.stop()
                continue
            return
        raise Failed(f"bluetooth: no {len(self.hosts)} adapters after {TRIES} starts of btvirt: {emulator.tail()}")

    async def _all_there(self) -> bool | None:
        (objects,) = await self.bus.call(NAME, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        powered = [path for path, held in objects.items() if held.get(ADAPTER, {}).get("Powered") == ("b", True)]
        return len(powered) == len(self.hosts) or None

    async def _give(self, host: Host, adapter: str) -> None:
        """Make an adapter the host's: its name, and what airhail is told of it there."""
        host.adapter = adapter
        host.bluetooth_address = await self.bus.get(NAME, adapter_path(host), ADAPTER, "Address")
        await self.set(adapter_path(host), ADAPTER, "Alias", ("s", host.name))  # else each bears the name of the lab
        text = CONFIGURATION.format(bus=ADDRESS, adapter=adapter)
        for folder in ("etc/airhail", "home/user/.config/airhail"):
            host.airhail_end.configure(text, folder)


def adapter_path(host: Host) -> str:
    """Return the object path of a host's adapter."""
    return f"/org/bluez/{host.adapter}"


def device_path(host: Host, other: Host) -> str:
    """Return the object path under which a host's adapter knows another host."""
    return f"{adapter_path(host)}/dev_{other.bluetooth_address.replace(':', '_')}"


@asynccontextmanager
async def open_controllers(spec: Bluetooth, hosts: Sequence[Host]) -> AsyncIterator[Controllers]:
    """Give every host an adapter, the first hci0, the second hci1 and so on, for as long as the context lasts."""
    async with trio.open_nursery() as nursery:
        controllers = Controllers(spec, hosts, nursery)
        await controllers.start_bus()
        try:
            monitor = await open_dbus_connection(ADDRESS)
            async with monitor, open_bus("bluetooth", ADDRESS) as controllers.bus:
                await nursery.start(controllers.witness.watch, monitor)
                await controllers.start()
                yield controllers
        finally:
            with trio.CancelScope(shield=True):
                await controllers.stop()
        nursery.cancel_scope.cancel()
