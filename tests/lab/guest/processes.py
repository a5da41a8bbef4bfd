"""Run commands and daemons in a host's namespaces."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import trio

from tests.lab.guest.failure import Failed

# A daemon that has not ended this long (virtual seconds) after SIGTERM gets SIGKILL.
STOP_GRACE_S = 5.0
# How long (virtual) to read on after a daemon ended, when a process it started still holds its output.
LAST_WORDS_S = 0.1

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TERM": "dumb",
    "PYTHONPATH": "/airhail:/packages",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended: what it was, how it ended, what it wrote."""

    host: str
    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise Failed(f"{self}: not one JSON document: {self.stdout[:200]!r}") from error

    def __str__(self) -> str:
        return f"{self.host}: `{' '.join(self.argv)}` (exit {self.status})"

    def check(self) -> "Completed":
        """Return itself, or raise `Failed` with what it wrote if it did not exit 0."""
        if self.status != 0:
            raise Failed(f"{self}: {(self.stderr or self.stdout).strip()[-500:]}")
        return self


def enter(anchor: int, argv: Sequence[str], user: str | None, groups: Sequence[str], booted: bool) -> list[str]:
    """Return the command that runs `argv` in the namespaces of process `anchor`, as `user` when given.

    nsenter and setpriv each replace themselves (exec), so the process started is the process asked for; but in a
    host that was `booted`, and so counts its own processes, it is a child of the process started.
    """
    pids = ["-p"] if booted else []
    become: list[str] = []
    if user is not None:
        supplementary = ["--groups", ",".join((user, *groups))] if groups else ["--init-groups"]
        primary = "nogroup" if user == "nobody" else user
        become = ["setpriv", "--reuid", user, "--regid", primary, *supplementary, "--"]
    return ["nsenter", "-t", str(anchor), "-m", "-n", "-u", *pids, "--wdns=/airhail", "--", *become, *argv]


def environment(user: str | None, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment a command gets: a login's of `user` (root when None), plus `extra`."""
    own = {"HOME": "/root"}
    if user is not None:
        own = {
            "HOME": f"/run/user/{user}" if user == "nobody" else f"/home/{user}",
            "USER": user,
            "LOGNAME": user,
            "XDG_RUNTIME_DIR": f"/run/user/{user}",
        }
    return {**ENVIRONMENT, **own, **extra}


async def run_command(
    host: str, command: list[str], argv: Sequence[str], env: dict[str, str], timeout: float
) -> Completed:
    """Run `command` (shown as `argv`) to its end; raise `Failed` if it takes more than `timeout` virtual seconds."""
    try:
        with trio.fail_after(timeout):
            done = await trio.run_process(command, capture_stdout=True, capture_stderr=True, check=False, env=env)
    except trio.TooSlowError:
        raise Failed(f"{host}: `{' '.join(argv)}` did not end within {timeout:g} s; killed") from None
    return Completed(
        host, tuple(argv), done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


@dataclass(slots=True)
class Daemon:
    """A process that stays: its lines go, stamped, to a log; the latest can be waited for."""

    name: str
    host: str
    process: trio.Process
    log: Path
    lines: list[str] = field(default_factory=list)
    ended: trio.Event = field(default_factory=trio.Event)
    changed: trio.Event = field(default_factory=trio.Event)

    @property
    def pid(self) -> int:
        """The process itself (nsenter and setpriv became it)."""
        return self.process.pid

    async def line(self, matches: Callable[[str], bool], within: float) -> str:
        """Wait for a line of output, from its start, that `matches`; raise `Failed` if it ends or is late."""
        looked_at = 0
        try:
            with trio.fail_after(within):
                while True:
                    for line in self.lines[looked_at:]:
                        if matches(line):
                            return line
                    looked_at = len(self.lines)
                    if self.ended.is_set():
                        raise Failed(f"{self.host}: {self.name} ended ({self.process.returncode}): {self.tail()}")
                    await self.changed.wait()
        except trio.TooSlowError:
            raise Failed(
                f"{self.host}: {self.name} did not say what was awaited within {within:g} s: {self.tail()}"
            ) from None

    def tail(self) -> str:
        """The last lines it wrote, for a reason."""
        return " / ".join(self.lines[-3:]) or "it wrote nothing"

    async def stop(self) -> int:
        """Ask it to end (SIGTERM), insist after `STOP_GRACE_S` (SIGKILL); return its exit status."""
        if self.process.returncode is None:
            self.process.terminate()
            with trio.move_on_after(STOP_GRACE_S):
                await self.process.wait()
            if self.process.returncode is None:
                self.process.kill()
        return await self.process.wait()

    async def attend(self, output: trio.abc.ReceiveStream) -> None:
        """Stamp and keep what it writes until it ends (the shell of every daemon; runs in the lab's nursery)."""
        with self.log.open("a", buffering=1) as log:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.read, output, log)
                await self.process.wait()
                # What it started may hold its output open for ever; its own last words are in the pipe already.
                nursery.cancel_scope.deadline = trio.current_time() + LAST_WORDS_S
            log.write(f"{time.time():.6f}: ended with status {self.process.returncode}\n")
        self.ended.set()
        self.wake()

    async def read(self, output: trio.abc.ReceiveStream, log: TextIO) -> None:
        """Keep every line of `output`."""
        rest = b""
        async for chunk in output:
            *whole, rest = (rest + chunk).split(b"\n")
            for raw in whole:
                self.keep(raw.decode(errors="replace"), log)
        if rest:
            self.keep(rest.decode(errors="replace"), log)

    def keep(self, line: str, log: TextIO) -> None:
        """Log one line and wake who waits for it."""
        log.write(f"{time.time():.6f}: {line}\n")
        self.lines.append(line)
        self.wake()

    def wake(self) -> None:
        """Let every waiter look again."""
        self.changed.set()
        self.changed = trio.Event()


async def start_daemon(
    nursery: trio.Nursery, name: str, host: str, command: list[str], env: dict[str, str], log: Path
) -> Daemon:
    """Start `command`; both its outputs go to `log`, each line stamped with the virtual time it was written at."""
    reading, writing = os.pipe()
    try:
        process = await trio.lowlevel.open_process(
            command, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, env=env, start_new_session=True
        )
    finally:
        os.close(writing)
    daemon = Daemon(name, host, process, log)
    nursery.start_soon(daemon.attend, trio.lowlevel.FdStream(reading))
    return daemon


def processes_in(anchor: int, name: str) -> list[int]:
    """Return the processes in `anchor`'s network namespace whose program is `name`, or that have it as argument.

    A process that gave itself a name, as airhail's actors do, goes by that too.
    """
    namespace = os.readlink(f"/proc/{anchor}/ns/net")
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            argv = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
            own = (entry / "comm").read_text().rstrip("\n")
            same_host = os.readlink(entry / "ns/net") == namespace
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if same_host and argv and (name in (own, os.path.basename(argv[0])) or name in argv[1:]):
            found.append(int(entry.name))
    return sorted(found)
