"""Start, signal and reap the processes of the actors.

The supervisor is their parent, and a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) for what its actors leave behind. A
child keeps its pid until its parent has reaped it, and only `Processes.reap` does that: so a signal sent from here
cannot hit a stranger.

Nothing here uses PR_SET_PDEATHSIG: it follows the thread that started the child, not the process, and kills a
healthy child when that thread ends. An actor knows by its lifeline that the supervisor is gone.
"""

import ctypes
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from airhail.supervisor.spawning import Launch, Spawner

log = logging.getLogger(__name__)

PR_SET_CHILD_SUBREAPER = 36
"""linux/prctl.h."""


def become_subreaper() -> None:
    """Adopt the orphans among our descendants.

    Raises OSError.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"PR_SET_CHILD_SUBREAPER: {os.strerror(code)}")


@contextmanager
def lifeline() -> Iterator[int]:
    """Open the pipe whose end of file tells an actor that the supervisor is gone; give the end to pass on.

    The other end is closed in every child, so only the supervisor holds it, however it dies.
    """
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


@dataclass(frozen=True, slots=True)
class Reaped:
    """The main process of an actor has ended: its exit status, or minus the number of the signal."""

    name: str
    code: int


@dataclass(slots=True)
class Processes:
    """The main processes of the actors, by name."""

    spawner: Spawner
    pids: dict[str, int] = field(default_factory=dict)

    def name_of(self, pid: int) -> str | None:
        """Return the actor whose main process has this pid, or None."""
        return next((name for name, known in self.pids.items() if known == pid), None)

    def spawn(self, name: str, launch: Launch) -> int:
        """Start an actor's process and return its pid.

        Raises OSError.
        """
        self.pids[name] = self.spawner.spawn(name, launch)
        return self.pids[name]

    def send(self, name: str, what: signal.Signals) -> None:
        """Send a signal to an actor's main process, if it has one."""
        if name in self.pids:
            os.kill(self.pids[name], what)

    def kill_group(self, name: str) -> None:
        """Kill an actor's main process and everything in its process group."""
        if name in self.pids:
            os.killpg(self.pids[name], signal.SIGKILL)

    def reap(self) -> Iterator[Reaped]:
        """Reap every child that has ended, and yield those that were actors.

        What is left of an ended actor's process group is killed first: while its leader is unreaped, the
        number of the group cannot mean another one.
        """
        while (pid := ended_child()) is not None:
            name = self.name_of(pid)
            if name is not None:
                self.kill_group(name)
            result = os.waitid(os.P_PID, pid, os.WEXITED)
            assert result is not None, "waitid without WNOHANG returns a child or raises"
            if name is None:
                if not self.spawner.ended(pid):
                    log.info("reaped %d, left behind by an actor", pid)
                continue
            del self.pids[name]
            code = result.si_status if result.si_code == os.CLD_EXITED else -result.si_status
            yield Reaped(name, code)


def ended_child() -> int | None:
    """Return the pid of a child that has ended and is not reaped, or None."""
    try:
        result = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # no child at all
        return None
    return None if result is None else result.si_pid


def kill_children() -> int:
    """Kill every child of this process, adopted ones too, and return how many could be killed.

    One of another user, as what `sudo` started, stays; the log tells of it.
    """
    killed = 0
    for pid in [int(pid) for task in Path("/proc/self/task").iterdir() for pid in children_of(task)]:
        try:
            os.kill(pid, signal.SIGKILL)
            killed += 1
        except PermissionError:
            log.warning("process %d stays: an actor left it behind, and it belongs to another user", pid)
    return killed


def children_of(task: Path) -> list[str]:
    """Return the pids of a task's children; none where the kernel does not list them (proc(5), PROC_CHILDREN)."""
    try:
        return (task / "children").read_text().split()
    except FileNotFoundError:
        return []
