"""A host: namespaces with a root of their own, a radio, a system bus, wpa_supplicant and NetworkManager."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio
from jeepney.io.trio import open_dbus_connection

from tests.lab.guest.airhail import Airhail
from tests.lab.guest.bus import Bus, open_bus
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.networkmanager import NetworkManager
from tests.lab.guest.processes import (
    Completed,
    Daemon,
    enter,
    environment,
    processes_in,
    run_command,
    start_daemon,
)
from tests.lab.guest.radio import Radio, find_radio, interface_of, name_in_air
from tests.lab.guest.readiness import listening
from tests.lab.guest.witness import Witness

LOGS = Path("/job/logs")
# Starting anything here takes milliseconds of virtual time; NetworkManager's first radio needs seconds.
START_S = 60.0
SUPPLICANT = "fi.w1.wpa_supplicant1"
COMMAND_S = 120.0
P2P_ADDRESS = re.compile(r"Unnamed/non-netdev interface\s+wdev \S+\s+addr (\S+)\s+type P2P-device")


@dataclass(frozen=True, slots=True)
class HostSpec:
    """What a scenario asks for in `HOSTS`; a bare name means a host with everything."""

    name: str
    radios: tuple[Radio, ...] = (Radio(),)
    """wlan0, wlan1 and so on."""
    network_manager: bool = True
    init: str = ""
    """The program that boots the host as its process 1, and starts the bus and NetworkManager by its own means."""


class Host:
    """One machine of the scenario, as the scenario sees it from outside."""

    witness: Witness
    bus: Bus
    nm: NetworkManager
    airhail_end: Airhail
    address: str = ""
    """The P2P device address, lower case; empty without a radio or NetworkManager. Only one radio has one."""
    p2p_device: str = ""
    """NetworkManager's object path of the Wi-Fi Direct device; of the first that was ready, if there are more."""
    adapter: str = ""
    """bluetoothd's name for the host's Bluetooth adapter, empty without Bluetooth."""
    bluetooth_address: str = ""
    """Upper case, as bluetoothd writes it."""

    def __init__(self, spec: HostSpec, nursery: trio.Nursery) -> None:
        self.spec = spec
        self.name = spec.name
        self.nursery = nursery
        self.logs = LOGS / spec.name
        self.anchor = 0
        self.booted = False
        self.daemons: dict[str, Daemon] = {}
        self._leaving = trio.Event()
        self._left = trio.Event()
        self._left.set()  # nobody is on the bus yet
        self.radios: list[str] = []
        """What the air calls this host's radios."""

    @property
    def root(self) -> Path:
        """The host's file system as the driver reaches it."""
        return Path(f"/proc/{self.anchor}/root")

    @property
    def groups(self) -> list[str]:
        """The interfaces of groups that the host's kernel shows, used or left behind."""
        lines = Path(f"/proc/{self.anchor}/net/dev").read_text().splitlines()
        names = (line.split(":")[0].strip() for line in lines if ":" in line)
        return [name for name in names if name.startswith("p2p-")]

    async def run(
        self,
        *argv: str,
        user: str | None = None,
        groups: Sequence[str] = (),
        timeout: float = COMMAND_S,
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a command in the host to its end, as root or `user` (with extra `groups`), whatever its exit status."""
        command = enter(self.anchor, argv, user, groups, self.booted)
        return await run_command(self.name, command, argv, environment(user, env or {}), timeout)

    async def spawn(
        self,
        name: str,
        *argv: str,
        user: str | None = None,
        groups: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Daemon:
        """Start a daemon in the host; it writes to `logs/HOST/NAME.log` and is stopped at the scenario's end."""
        command = enter(self.anchor, argv, user, groups, self.booted)
        daemon = await start_daemon(
            self.nursery, name, self.name, command, environment(user, env or {}), self.logs / f"{name}.log"
        )
        self.daemons[name] = daemon
        return daemon

    def pids(self, name: str) -> list[int]:
        """Return the host's processes whose program is `name` or that have it as an argument (`python3 -m NAME`)."""
        return processes_in(self.anchor, name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to every process called `name`; return how many; raise `Failed` if there is none."""
        pids = self.pids(name)
        expect(pids, f"{self.name}: no process {name} to send {number.name} to")
        for pid in pids:
            os.kill(pid, number)
        return len(pids)

    def freeze(self, name: str) -> int:
        """Stop every process called `name` where it stands (SIGSTOP); return how many."""
        return self.kill(name, signal.SIGSTOP)

    def thaw(self, name: str) -> int:
        """Let every process called `name` that was frozen go on; return how many."""
        return self.kill(name, signal.SIGCONT)

    async def start(self) -> None:
        """Bring the host up as far as its spec says."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.witness = Witness(self.name, self.logs / "dbus.jsonl")
        await self._make_namespaces()
        for number, wanted in enumerate(self.spec.radios):
            await self._take_radio(f"wlan{number}", wanted)
        if self.spec.init:
            await self._boot()
            return
        await self._start_bus()
        if self.spec.network_manager:
            await self._start_network_manager()

    async def stop(self) -> None:
        """Leave the bus, and stop every daemon that `spawn` started, the latest first."""
        await self._leave_bus()
        for daemon in reversed(self.daemons.values()):
            await daemon.stop()

    async def restart_network_manager(self) -> None:
        """Start NetworkManager anew, ended already or not; return when its Wi-Fi Direct device is ready."""
        await self._end("nm")
        await self._start_network_manager()

    async def restart_supplicant(self) -> None:
        """Kill wpa_supplicant; return when NetworkManager has had it started, and has a Wi-Fi Direct device again."""
        mark = self.witness.mark()
        self.kill("wpa_supplicant")
        await self.witness.signal(
            "NameOwnerChanged", since=mark, within=START_S, where=lambda body: body[0] == SUPPLICANT and bool(body[2])
        )
        await self._find_p2p_device()

    async def restart_bus(self) -> None:
        """Kill the system bus and what lives on it, and start all that anew; the witness goes on."""
        await self._leave_bus()
        self.kill("wpa_supplicant")
        await self._end("nm")
        await self._end("dbus")
        await self._start_bus()
        await self._start_network_manager()

    async def airhail(self, *argv: str, user: str | None = "user", timeout: float = COMMAND_S) -> Completed:
        """Run the airhail command in the host, as the ordinary user unless said otherwise."""
        return await self.airhail_end.command(*argv, user=user, timeout=timeout)

    async def start_airhail(self, user: str | None = "user", groups: Sequence[str] = ()) -> Daemon:
        """Start `airhail run` and wait until it says READY=1."""
        return await self.airhail_end.start(user, groups)

    async def stop_airhail(self) -> int:
        """Stop the airhail that `start_airhail` started; return its exit status."""
        return await self.airhail_end.stop()

    async def _make_namespaces(self) -> None:
        script = "/airhail/tests/lab/machine/host.sh"
        command = ["unshare", "--net", "--mount", "--uts", "sh", script, self.name, self.spec.init]
        machine = await start_daemon(
            self.nursery, "machine", self.name, command, environment(None, {}), self.logs / "machine.log"
        )
        self.daemons["machine"] = machine
        await machine.line(lambda line: line == "ready", START_S)
        self.anchor = machine.pid
        self.airhail_end = Airhail(self)

    async def _boot(self) -> None:
        machine = self.daemons["machine"]
        async with listening(self.root / "run/lab/booted") as readiness:
            (self.root / "run/lab/boot").write_text("go\n")
            booting = await machine.line(lambda line: line.startswith("booting as "), START_S)
            self.anchor = int(booting.split()[-1])
            self.booted = True
            with trio.move_on_after(START_S) as waiting:
                await readiness.said()
        if waiting.cancelled_caught:
            raise Failed(f"{self.name}: {self.spec.init} did not boot within {START_S:g} s: {machine.tail()}")

    async def _take_radio(self, name: str, wanted: Radio) -> None:
        radio = find_radio(wanted)
        interface = interface_of(radio)
        self.radios.append(name_in_air(radio))
        await trio.run_process(["iw", "phy", radio, "set", "netns", str(self.anchor)], stdin=subprocess.DEVNULL)
        (await self.run("ip", "link", "set", interface, "down")).check()
        if interface != name:
            (await self.run("ip", "link", "set", interface, "name", name)).check()

    async def _start_bus(self) -> None:
        argv = ("dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address")
        daemon = await self.spawn("dbus", *argv)
        await daemon.line(lambda line: line.startswith("unix:"), START_S)
        await self.nursery.start(self._use_bus, f"unix:path={self.root}/run/dbus/system_bus_socket")

    async def _use_bus(self, address: str, task_status: trio.TaskStatus[None]) -> None:
        # A task of its own: a connection must be closed where it was opened, and a bus may be restarted anywhere.
        self._leaving, self._left = trio.Event(), trio.Event()
        try:
            monitor = await open_dbus_connection(address)
            async with trio.open_nursery() as nursery, open_bus(self.name, address) as self.bus:
                await nursery.start(self.witness.watch, monitor)
                self.nm = NetworkManager(self.bus)
                task_status.started()
                await self._leaving.wait()
                await monitor.aclose()
        finally:
            self._left.set()

    async def _leave_bus(self) -> None:
        self._leaving.set()
        await self._left.wait()

    async def _end(self, name: str) -> None:
        daemon = self.daemons[name]
        if daemon.process.returncode is None:
            daemon.process.kill()
        await daemon.ended.wait()  # not before has the bus seen it leave

    async def _start_network_manager(self) -> None:
        await self.spawn("nm", "NetworkManager", "--debug")
        if not self.spec.radios:
            await self.witness.until(self._network_manager_serves, "NetworkManager serves", within=START_S)
            return
        await self._find_p2p_device()

    async def _find_p2p_device(self) -> None:
        what = "NetworkManager has a usable wifi-p2p device"
        self.p2p_device = await self.witness.until(self.nm.usable_p2p_device, what, within=START_S)
        await self.learn_address()

    async def learn_address(self) -> None:
        """Read the P2P device address: a new engine may have another one."""
        listing = (await self.run("iw", "dev")).check().stdout
        match = P2P_ADDRESS.search(listing)
        if match is None:
            raise Failed(f"{self.name}: the radio has no P2P device: {listing!r}")
        self.address = match[1].lower()

    async def _network_manager_serves(self) -> bool | None:
        try:
            await self.nm.devices()
        except Failed:
            return None
        return True
