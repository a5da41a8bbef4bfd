"""Kill an actor under each supervisor and wait until it serves again; weigh the whole tree of processes.

The clock runs from SIGKILL until READY=1 arrives. Under airhail it runs on until the supervisor's published state
says so, which is a little longer.
"""

import os
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from airhail.ipc.client import open_client
from airhail.ipc.follow import follow
from airhail.supervisor.notifications import pass_credentials, receive
from tests.bench.contenders import AIRHAIL, CONTENDERS, ROOT, SETTLED, Prepared
from tests.bench.figures import in_words, percentile, spread

NAMES = ("one", "two", "three", "four")
WITHIN = 60.0
"""Seconds for a supervisor to have its actors serve: one that looks every five seconds is none too slow for it."""


@dataclass(slots=True)
class Figures:
    """What was measured of one contender, a list for each round."""

    restarts: list[list[float]] = field(default_factory=list)
    """Milliseconds."""
    weights: list[float] = field(default_factory=list)
    """MiB of PSS."""


@dataclass(slots=True)
class Trial:
    """One contender with its actors."""

    prepared: Prepared
    process: trio.Process
    heard: trio.socket.SocketType

    @property
    def is_airhail(self) -> bool:
        """Tell whether the supervisor is ours, which hears its actors itself."""
        return "tests.bench.airhail" in self.prepared.command

    async def until_ready(self, count: int) -> None:
        """Wait until `count` actors serve."""
        with trio.fail_after(WITHIN):
            if self.is_airhail:
                async with trio.open_nursery() as nursery:
                    mirror = await nursery.start(follow, self.prepared.folder / "run/supervisor.sock")
                    await mirror.wait_value(lambda state: state is not None and state["state"] == "running")
                    nursery.cancel_scope.cancel()
                return
            ready: set[int] = set()
            while len(ready) < count:
                ready.add(await self.next_ready())

    async def next_ready(self) -> int:
        """Wait for the next READY=1 and return who said it."""
        while True:
            said = await receive(self.heard)
            if said is not None and said.fields.get("READY") == "1":
                return said.pid

    async def restart(self, name: str) -> float:
        """Kill an actor and return the milliseconds until it serves again."""
        with trio.fail_after(WITHIN):
            if self.is_airhail:
                return await self.restart_under_airhail(name)
            pid = self.pid_of(name)
            begun = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            await self.next_ready()
            return 1e3 * (time.perf_counter() - begun)

    async def restart_under_airhail(self, name: str) -> float:
        async with open_client(self.prepared.folder / "run/supervisor.sock") as client:
            async with client.subscribe() as states:
                pid = (await anext(states))["actors"][name]["pid"]
                begun = time.perf_counter()
                os.kill(pid, signal.SIGKILL)
                while True:
                    one = (await anext(states))["actors"][name]
                    if one["state"] == "RUNNING" and one["pid"] != pid:
                        return 1e3 * (time.perf_counter() - begun)

    def pid_of(self, name: str) -> int:
        """Return the process of an actor, by its command line."""
        for pid in descendants(self.process.pid):
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[-3:-1] == [b"tests.bench.actor", name.encode()]:
                return pid
        raise RuntimeError(f"no process of {self.prepared.command[0]} is the actor {name}")


async def supervise(rounds: int, kills: int) -> dict[str, Any]:
    """Measure every contender in turn, `rounds` times, and return the figures."""
    figures = {name: Figures() for name in CONTENDERS}
    for number in range(rounds):
        for name in CONTENDERS:
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            async with trial(name) as one:
                await one.until_ready(len(NAMES))
                await trio.sleep(SETTLED)
                figures[name].weights.append(weight(one.process.pid))
                times = []
                for _ in range(kills):
                    times.append(await one.restart(NAMES[0]))
                    await trio.sleep(SETTLED)
                figures[name].restarts.append(times)
    return summary(figures)


@asynccontextmanager
async def trial(name: str) -> AsyncIterator[Trial]:
    """Run a contender over actors that have no bus and no parent but it."""
    folder = Path(tempfile.mkdtemp(prefix="airhail-bench-"))
    (folder / "run").mkdir()
    away = f"unix:path={folder}/no-bus"
    (folder / "airhail.toml").write_text(f"[bus]\nnetworkmanager = '{away}'\nwpa_supplicant = '{away}'\n")
    prepared = CONTENDERS[name](folder, NAMES)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard, (folder / "output").open("wb") as output:
            pass_credentials(heard)
            heard.bind(str(folder / "notify"))
            environment = {
                **os.environ,
                **prepared.environment,
                "AIRHAIL_RUNTIME_DIR": str(folder / "run"),
                "AIRHAIL_STATE_DIR": str(folder / "state"),
                "AIRHAIL_CONFIG": str(folder / "airhail.toml"),
                "NOTIFY_SOCKET": str(folder / "notify"),
            }
            process = await trio.lowlevel.open_process(
                prepared.command, cwd=ROOT, env=environment, stdin=None, stdout=output, stderr=output
            )
            try:
                yield Trial(prepared, process, trio.socket.from_stdlib_socket(heard))
            except BaseException:
                print((folder / "output").read_text(errors="replace")[-2000:], file=sys.stderr)
                raise
            finally:
                end(process.pid)
                with trio.CancelScope(shield=True):
                    await process.wait()
    finally:
        shutil.rmtree(folder)


def end(root: int) -> None:
    """Kill a supervisor first, so that it starts nothing again, and then all that it had started."""
    found = [root, *descendants(root)]
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # it ended by its lifeline


def descendants(root: int) -> list[int]:
    """Return every process below this one."""
    try:
        listed = [path.read_text() for path in Path(f"/proc/{root}/task").glob("*/children")]
    except FileNotFoundError:
        return []
    return [pid for text in listed for child in map(int, text.split()) for pid in (child, *descendants(child))]


def weight(root: int) -> float:
    """Return the proportional set size of a process and all below it, in MiB (proc(5), smaps_rollup)."""
    total = 0
    for pid in (root, *descendants(root)):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def summary(figures: dict[str, Figures]) -> dict[str, Any]:
    """Return percentiles over all rounds, and for each other contender its ratio to airhail over the rounds."""
    ours = figures[AIRHAIL]
    return {
        "restart_ms": {
            name: {"p50": round(percentile(times, 50), 1), "p95": round(percentile(times, 95), 1)}
            for name, one in figures.items()
            if (times := [time for part in one.restarts for time in part])
        },
        "pss_mib": {name: round(statistics.median(one.weights), 1) for name, one in figures.items()},
        "ratios": {
            name: {
                "restart": spread(
                    [
                        statistics.median(theirs) / statistics.median(mine)
                        for theirs, mine in zip(one.restarts, ours.restarts, strict=True)
                    ]
                ),
                "pss": spread([theirs / mine for theirs, mine in zip(one.weights, ours.weights, strict=True)]),
            }
            for name, one in figures.items()
            if name != AIRHAIL
        },
    }


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as the lines of a table in Markdown."""
    lines = [
        "| supervisor | restart p50, ms | p95, ms | to airhail's (min, median, max) | PSS, MiB | to airhail's |",
        "|---|---|---|---|---|---|",
    ]
    for name, times in result["restart_ms"].items():
        ratio = result["ratios"].get(name)
        slower, heavier = ("", "") if ratio is None else (in_words(ratio["restart"]), in_words(ratio["pss"]))
        lines.append(
            f"| {name} | {times['p50']} | {times['p95']} | {slower} | {result['pss_mib'][name]} | {heavier} |"
        )
    return lines
