"""airhail as a service that an init system runs: installed, started, killed, stopped, removed, with nothing left."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import Host
from tests.lab.guest.processes import Completed

Command = tuple[str, ...]

# Virtual. What an init system takes to see an end and start again is seconds at most; a watchdog, half a minute.
BACK_S = 120
# Each line of a listing: everything but the times. Other file systems (/run, /proc) are not what is installed.
LISTING = ("find", "/", "-xdev", "-printf", r"%p\t%m %U %G %y %l\n")
CONTENTS = ("find", "/etc", "-xdev", "-type", "f", "-exec", "md5sum", "{}", "+")
# What changes while a machine runs, whoever installs what; useradd(8) keeps the accounts as they were before.
NOT_OURS = ("/tmp", "/var/tmp", "/var/log", "/var/cache", "/var/lib/systemd", "/var/lib/NetworkManager", "/job")
BACKUPS = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-")


@dataclass(frozen=True, slots=True)
class Service:
    """How one init system is spoken to; every command is run as `user`, None for root."""

    host: Host
    options: Command
    """Of scripts/install."""
    start: Command
    ready: Command
    """Ends with 0 only when the init system takes airhail for ready, and waits until then if it can."""
    stop: Command
    user: str | None = None

    async def run(self, *command: str) -> str:
        """Run a command that must end well; return what it wrote."""
        return (await self.attempt(*command)).check().stdout

    async def attempt(self, *command: str) -> Completed:
        """Run a command, as somebody who is logged in and knows nothing of the lab's own Python path."""
        env = {} if self.user is None else {"XDG_RUNTIME_DIR": "/run/user/1000"}
        argv = ("env", "-u", "PYTHONPATH", *command)
        return await self.host.run(*argv, user=self.user, timeout=2 * BACK_S, env=env)

    @asynccontextmanager
    async def installed(self) -> AsyncIterator[None]:
        """Install airhail as a person would, and take it back: the file system is then as it was."""
        before = await files(self.host)
        # From wheels: the lab has no network.
        await self.run("/airhail/scripts/install", "--wheels", "/airhail/dist", *self.options)
        yield
        await self.run("/airhail/scripts/install", "--uninstall", *self.options)
        same(before, await files(self.host))
        await gone(self.host, "/run/airhail", "/run/user/1000/airhail")

    async def airhail(self, *arguments: str) -> Any:
        """Run the installed command; return what it says."""
        return (await self.attempt(self.command, *arguments, "--json")).check().json

    @property
    def command(self) -> str:
        """Where the installed command is."""
        return "/usr/local/bin/airhail" if self.user is None else f"/home/{self.user}/.local/bin/airhail"

    async def pids(self) -> dict[str, int]:
        """Return the processes of a running airhail, as it tells them."""
        state = (await self.airhail("status"))["supervisor"]
        expect(state["state"] == "running", f"{self.host.name}: taken for ready, and it is {state['state']}: {state}")
        return {"supervisor": state["pid"], **{name: one["pid"] for name, one in state["actors"].items()}}

    async def pids_again(self) -> dict[str, int]:
        """Wait until a restarted airhail runs; return its processes."""
        await self.airhail("status", "--wait", str(BACK_S))
        return await self.pids()

    async def until_ready(self) -> dict[str, int]:
        """Start it; return its processes once the init system takes it for ready."""
        await self.run(*self.start)
        await self.run(*self.ready)
        return await self.pids()

    async def kill(self) -> None:
        """Kill the supervisor; wait until the init system has started it again, with no process of before left."""
        before = await self.pids()
        await self.run("kill", "-KILL", str(before["supervisor"]))
        after = await self.pids_again()
        expect(not set(before.values()) & set(after.values()), f"still there after the kill: {before}, {after}")
        await self.ended(before)

    async def ended(self, pids: Mapping[str, int]) -> None:
        """Raise `Failed` when one of these processes is still there."""
        left = [pid for pid in pids.values() if (await self.attempt("kill", "-0", str(pid))).status == 0]
        expect(not left, f"{self.host.name}: of {pids}, {left} outlived what it belonged to")

    async def until_stopped(self) -> None:
        """Stop it; nothing of it may run on."""
        before = await self.pids()
        await self.run(*self.stop)
        await self.ended(before)
        status = await self.attempt(self.command, "status")
        expect(status.status == 3, f"{status}: 3 (nothing runs) was expected: {status.stdout}")


async def files(host: Host) -> dict[str, str]:
    """Return every file of a host: what it is and whose, and for those in /etc what is in it."""
    found = dict(line.split("\t", 1) for line in (await host.run(*LISTING)).check().stdout.splitlines())
    for line in (await host.run(*CONTENTS)).check().stdout.splitlines():
        digest, path = line.split(maxsplit=1)
        found[path] += " " + digest
    ours = {path: what for path, what in found.items() if path not in BACKUPS}
    return {path: what for path, what in ours.items() if not any(path.startswith(f"{own}/") for own in NOT_OURS)}


def same(before: dict[str, str], after: dict[str, str]) -> None:
    """Raise `Failed` unless the two file systems are alike."""
    differ = sorted(before.items() ^ after.items())
    if differ:
        paths = sorted({path for path, _ in differ})
        raise Failed(f"{len(paths)} files are not as before the installation: {', '.join(paths[:20])}")


async def gone(host: Host, *paths: str) -> None:
    """Raise `Failed` when one of these is still there."""
    for path in paths:
        expect(not (host.root / path[1:]).exists(), f"{host.name}: {path} is still there")


ACTORS = ("supervisor", "ble", "discovery", "lan", "connection", "liveness", "hooks")
SOCKETS = tuple(f"airhail-{name}.socket" for name in ACTORS)
UNITS = ("airhail.service", *SOCKETS)


def under_systemd(host: Host, user: str | None = None) -> Service:
    """Return airhail under systemd, or under the own one of `user`."""
    systemctl = ("systemctl",) if user is None else ("systemctl", "--user")
    return Service(
        host=host,
        options=("--init", "systemd") if user is None else ("--user",),
        start=(*systemctl, "enable", "--now", "airhail.service"),
        ready=(*systemctl, "is-active", "airhail.service"),
        stop=(*systemctl, "stop", *UNITS),
        user=user,
    )


async def under_s6(host: Host) -> Service:
    """Return airhail under s6, which is started."""
    (await host.run("mkdir", "/run/service")).check()
    await host.spawn("s6-svscan", "s6-svscan", "/run/service")
    return Service(
        host=host,
        options=("--init", "s6"),
        start=("s6-svlink", "/run/service", "/etc/s6/sv/airhail"),
        ready=("s6-svwait", "-U", "-t", "60000", "/run/service/airhail"),
        stop=("s6-svc", "-wD", "-T", "60000", "-d", "/run/service/airhail"),
    )
