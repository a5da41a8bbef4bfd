"""A private, real dbus-daemon, and real service processes on it."""

import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE

import pytest
import trio

ROOT = Path(__file__).parents[3]

CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <servicedir>{services}</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <deny send_destination="fi.w1.wpa_supplicant1"/>
  </policy>
  <limit name="max_match_rules_per_connection">{rules}</limit>
</busconfig>
"""

MAX_RULES = 20

SERVICE_FILE = """\
[D-BUS Service]
Name={name}
Exec=/usr/bin/touch {witness}
"""


class Daemon:
    """One dbus-daemon at a fixed address, which can be killed, started again and paused."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("dbus-daemon")
        if program is None:
            pytest.fail("these tests need dbus-daemon: install the Debian package dbus-daemon (or dbus)")
        self.program = program
        self.folder = folder
        self.config = folder / "bus.conf"
        self.services = folder / "services"
        self.services.mkdir()
        self.address = f"unix:path={folder / 'bus'}"
        self.config.write_text(CONFIG.format(socket=folder / "bus", services=self.services, rules=MAX_RULES))
        self.process: trio.Process | None = None

    def make_startable(self, name: str) -> Path:
        """Let the daemon start a service of this name by itself; return the file that would then exist."""
        witness = self.folder / f"{name}-was-started"
        (self.services / f"{name}.service").write_text(SERVICE_FILE.format(name=name, witness=witness))
        return witness

    async def start(self) -> None:
        """Start the daemon; it accepts connections when this returns."""
        command = [self.program, f"--config-file={self.config}", "--nofork", "--print-address=1"]
        self.process = await trio.lowlevel.open_process(command, stdout=PIPE, stderr=PIPE)
        await first_line(self.process)

    async def kill(self) -> None:
        """Kill the daemon at once."""
        if self.process is not None:
            process, self.process = self.process, None
            await end(process)

    def pause(self) -> None:
        """Stop the daemon where it stands: it neither reads nor writes."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused daemon go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def open_daemon(folder: Path) -> AsyncGenerator[Daemon]:
    """Run a daemon until the body ends."""
    daemon = Daemon(folder)
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.kill()


@asynccontextmanager
async def open_service(daemon: Daemon, name: str) -> AsyncGenerator[trio.Process]:
    """Run `service.py` under a name on the daemon; it owns the name when the body begins."""
    command = [sys.executable, "-m", "tests.system.dbus.service", daemon.address, name]
    process = await trio.lowlevel.open_process(command, stdout=PIPE, cwd=ROOT)
    try:
        await first_line(process)
        yield process
    finally:
        await end(process)


async def first_line(process: trio.Process) -> bytes:
    """Wait for a process to say its first line."""
    assert process.stdout is not None
    said = b""
    while b"\n" not in said:
        more = await process.stdout.receive_some()
        if not more:
            problem = await process.stderr.receive_some() if process.stderr is not None else b""
            pytest.fail(f"{process.args!r} ended before it was ready: {problem!r}")
        said += more
    return said


async def end(process: trio.Process) -> None:
    """Kill a process and wait for its end."""
    with trio.CancelScope(shield=True):
        process.kill()
        await process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                await pipe.aclose()
