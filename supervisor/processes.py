"""Start, signal and reap the processes of the actors.

An actor is the leader of a session and a process group of its own. The supervisor is the parent, and a
subreaper (prctl(2), PR_SET_CHILD_SUBREAPER) for what its actors leave behind. A child keeps its pid until its
parent has reaped it, and only `Processes.reap` does that: so a signal sent from here cannot hit a stranger.

Nothing here uses PR_SET_PDEATHSIG: it follows the thread that started the child, not the process, and kills a
healthy child when that thread ends. An actor knows by its lifeline that the supervisor is gone.
"""

import ctypes
import fcntl
import logging
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

PR_SET_CHILD_SUBREAPER = 36
"""linux/prctl.h."""

FIRST_PASSED = 3
"""The first descriptor passed to an actor (SD_LISTEN_FDS_START, sd_listen_fds(3))."""

STAGE = 'LISTEN_PID=$$ WATCHDOG_PID=$$; export LISTEN_PID WATCHDOG_PID; exec "$@"'
"""Both variables must hold the child's own pid (sd_listen_fds(3), sd_watchdog_enabled(3)), which nobody knows
before the child exists. A shell that replaces itself by the actor costs a millisecond and no process."""

ALL_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


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

    pids: dict[str, int] = field(default_factory=dict)

    def name_of(self, pid: int) -> str | None:
        """Return the actor whose main process has this pid, or None."""
        return next((name for name, known in self.pids.items() if known == pid), None)

    def spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str], passed: Sequence[int]) -> int:
        """Start an actor's process with the descriptors `passed` as its 3, 4 and so on; return its pid.

        Standard input is empty, standard output joins standard error. Raises OSError.
        """
        # Copies far above the targets: otherwise one dup2 in the child could overwrite the source of the next.
        clear = FIRST_PASSED + len(passed)
        sources: list[int] = []
        try:
            for fd in passed:
                # One by one: those before one that fails must be closed too.
                sources.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, clear))  # noqa: PERF401
            pid = os.posix_spawn(
                "/bin/sh",
                ("/bin/sh", "-c", STAGE, name, *command),
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 2, 1),
                    *((os.POSIX_SPAWN_DUP2, fd, FIRST_PASSED + place) for place, fd in enumerate(sources)),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=ALL_SIGNALS,  # Python ignores SIGPIPE, and exec keeps what is ignored
            )
        finally:
            for fd in sources:
                os.close(fd)
        self.pids[name] = pid
        return pid

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
    """Kill every child of this process, adopted ones too, and return how many there were."""
    children = [int(pid) for task in Path("/proc/self/task").iterdir() for pid in children_of(task)]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    return len(children)


def children_of(task: Path) -> list[str]:
    """Return the pids of a task's children; none where the kernel does not list them (proc(5), PROC_CHILDREN)."""
    try:
        return (task / "children").read_text().split()
    except FileNotFoundError:
        return []
