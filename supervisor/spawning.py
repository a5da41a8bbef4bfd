"""Start an actor's process: what it is given, and the plain way, by fork and exec.

An actor is the leader of a session and a process group of its own, with nothing blocked or ignored, standard input
empty, standard output joined to standard error, and the descriptors that it is handed as its 3, 4 and so on.
"""

import fcntl
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

FIRST_PASSED = 3
"""The first descriptor passed to an actor (SD_LISTEN_FDS_START, sd_listen_fds(3))."""

STAGE = 'LISTEN_PID=$$ WATCHDOG_PID=$$; export LISTEN_PID WATCHDOG_PID; exec "$@"'
"""Both variables must hold the child's own pid (sd_listen_fds(3), sd_watchdog_enabled(3)), which nobody knows
before the child exists. A shell that replaces itself by the actor costs a millisecond and no process."""

ALL_SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


@dataclass(frozen=True, slots=True)
class Launch:
    """How an actor's process is started."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...]


class Spawner(Protocol):
    """A way to start processes that become children of this one, now or when their own parent ends."""

    async def begin(self) -> None:
        """Get ready to start actors."""

    def spawn(self, name: str, launch: Launch) -> int:
        """Start an actor's process and return its pid.

        Raises OSError.
        """

    def ended(self, pid: int) -> bool:
        """Hear that a child which is no actor was reaped, and tell whether it was the spawner's own."""

    def close(self) -> None:
        """Start nothing more."""


class ExecSpawner:
    """Starts each process from nothing."""

    async def begin(self) -> None:
        """Do nothing: it is always ready."""

    def spawn(self, name: str, launch: Launch) -> int:
        """Start an actor's process and return its pid.

        Raises OSError.
        """
        return spawn_program(("/bin/sh", "-c", STAGE, name, *launch.command), launch.environment, launch.descriptors)

    def ended(self, pid: int) -> bool:
        """Tell that the child was a stranger: there is no process of our own."""
        return False

    def close(self) -> None:
        """Do nothing: there is nothing to end."""


def spawn_program(command: Sequence[str], environment: Mapping[str, str], passed: Sequence[int]) -> int:
    """Start a program as an actor is started, and return its pid.

    Raises OSError.
    """
    # Copies far above the targets: otherwise one dup2 in the child could overwrite the source of the next.
    clear = FIRST_PASSED + len(passed)
    sources: list[int] = []
    try:
        for fd in passed:
            # One by one: those before one that fails must be closed too.
            sources.append(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, clear))  # noqa: PERF401
        return os.posix_spawn(
            command[0],
            list(command),
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
