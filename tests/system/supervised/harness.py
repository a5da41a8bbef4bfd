"""Start, watch and kill a real supervisor."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import trio

from airhail.ipc.follow import follow

ROOT = Path(__file__).parents[3]
WITHIN = 20.0
"""Seconds for anything to happen on a busy machine; a test that waits this long has failed."""

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files are in memory: an fsync on a disk that others keep busy takes longer than a supervisor may wait at its
end for the last crash report."""

State = dict[str, Any]


class Supervised:
    """One runtime directory and the supervisor that runs in it."""

    program = "tests.system.supervised"

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        self.environment = {
            **os.environ,
            "AIRHAIL_RUNTIME_DIR": str(directory / "run"),
            "AIRHAIL_STATE_DIR": str(directory / "state"),
            "AIRHAIL_CONFIG": str(directory / "airhail.toml"),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Actors look for modules nowhere else, and here they are to find those of the tests.
            "PYTHONPATH": str(ROOT),
        }
        self.process: trio.Process | None = None

    def configure(self, text: str) -> None:
        (self.directory / "airhail.toml").write_text(text)

    def socket(self, name: str = "supervisor") -> Path:
        return self.directory / "run" / f"{name}.sock"

    @asynccontextmanager
    async def running(
        self, *actors: str, before: Sequence[str] = (), within: float = 6 * WITHIN, **options: Any
    ) -> AsyncIterator[trio.Process]:
        """Run the supervisor over these actors, by way of the command `before`; kill it if the test leaves it.

        All that is done meanwhile has `within` seconds.
        """
        with self.log.open("ab") as log:
            process = await trio.lowlevel.open_process(
                [*before, sys.executable, "-m", self.program, *actors],
                cwd=ROOT,
                env={**self.environment, **options.pop("env", {})},
                stderr=log,
                **options,
            )
        self.process = process
        try:
            with trio.fail_after(within):
                yield process
        finally:
            if process.returncode is None:
                process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()

    async def until(self, wanted: Callable[[State], Any]) -> State:
        """Wait until the supervisor's state document is as wanted, and return it."""
        with trio.fail_after(WITHIN):
            async with trio.open_nursery() as nursery:
                mirror = await nursery.start(follow, self.socket())
                state: State = await mirror.wait_value(lambda state: state is not None and bool(wanted(state)))
                nursery.cancel_scope.cancel()
        return state

    async def until_running(self) -> State:
        return await self.until(lambda state: state["state"] == "running")

    async def ended(self) -> int:
        """Wait for the supervisor's end and return its exit status."""
        assert self.process is not None
        with trio.fail_after(WITHIN):
            return await self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    def word(self, name: str, word: str) -> int:
        """Return what an actor wrote down."""
        return int((self.directory / "run" / f"{name}.{word}").read_text())


@contextmanager
def supervised() -> Iterator[Supervised]:
    # Not pytest's own directory: its names are too long for a socket's path.
    directory = Path(tempfile.mkdtemp(prefix="airhail-", dir=MEMORY))
    try:
        yield Supervised(directory)
    finally:
        shutil.rmtree(directory)


async def gone(pid: int) -> None:
    """Wait until no process has this pid, or only a dead one that its parent has not reaped."""
    with trio.fail_after(WITHIN):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            await trio.lowlevel.wait_readable(descriptor)
        finally:
            os.close(descriptor)


def pid_of(state: State, name: str) -> int:
    pid = state["actors"][name]["pid"]
    assert isinstance(pid, int)
    return pid


def descriptors(pid: int) -> int:
    """Return how many descriptors a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def children(pid: int) -> list[int]:
    """Return the children of a process with one thread, dead ones that are not reaped among them."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def blocked_signals(pid: int) -> int:
    """Return the signal mask of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:"))
