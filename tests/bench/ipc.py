"""A round trip over airhail's sockets beside other carriers, and beside itself with a thousand clients looking on."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trio

from tests.bench.carriers import CARRIERS
from tests.bench.contenders import ROOT
from tests.bench.crowd import crowd
from tests.bench.figures import in_words, percentile, percentiles, spread
from tests.bench.tools import python_tools

OURS = "airhail"
"""The carrier that the others are compared with."""

WITHIN = 60.0
"""Seconds for all the round trips of one turn; the slowest carrier takes a few."""


def ipc(rounds: int, trips: int, clients: int) -> dict[str, Any]:
    """Measure every carrier in turn, `rounds` times, then the crowd; return the figures."""
    times: dict[str, list[list[float]]] = {name: [] for name in CARRIERS}
    for number in range(rounds):
        for name in CARRIERS:
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            times[name].append(round_trips(name, trips))
    return {
        "rtt_us": {name: percentiles(parts) for name, parts in times.items()},
        "ratios": {
            name: spread(
                [
                    percentile(theirs, 50) / percentile(ours, 50)
                    for theirs, ours in zip(parts, times[OURS], strict=True)
                ]
            )
            for name, parts in times.items()
            if name != OURS
        },
        "crowd": trio.run(crowd, rounds, trips, clients),
    }


def round_trips(name: str, trips: int) -> list[float]:
    """Run both ends of a carrier as processes; return the microseconds of each round trip."""
    with tempfile.TemporaryDirectory(prefix="airhail-bench-") as folder, road(name, Path(folder)) as address:
        with serving(name, address):
            command = (*carrier(name), "ask", address, str(trips))
            asked = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, timeout=WITHIN, check=True)
    times: list[float] = json.loads(asked.stdout)
    return times


def carrier(name: str) -> tuple[str, ...]:
    """Return the beginning of the command line of either end."""
    python = str(python_tools() / "python") if name == "zmq" else sys.executable
    return (python, "-m", "tests.bench.carriers", name)


@contextmanager
def road(name: str, folder: Path) -> Iterator[str]:
    """Give the address at which both ends meet: a socket, or a bus of their own."""
    if name != "dbus":
        yield str(folder / "socket")
        return
    address = f"unix:path={folder}/bus"
    with running("dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"):
        yield address


@contextmanager
def serving(name: str, address: str) -> Iterator[None]:
    """Run the end that answers."""
    with running(*carrier(name), "serve", address):
        yield


@contextmanager
def running(*command: str) -> Iterator[None]:
    """Run a process from its first line on; kill it at the end."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise RuntimeError(f"{' '.join(command)} ended before it served; what it says is above")
            yield
        finally:
            process.kill()


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as the lines of two tables in Markdown."""
    lines = [
        "| carrier | round trip p50, µs | p99, µs | to airhail's (min, median, max) |",
        "|---|---|---|---|",
    ]
    for name, times in result["rtt_us"].items():
        ratio = "" if name == OURS else in_words(result["ratios"][name])
        lines.append(f"| {name} | {times['p50']} | {times['p99']} | {ratio} |")
    clients = result["crowd"]["clients"]
    lines += [
        "",
        f"| process | alone p50, µs | p99, µs | with {clients} looking on | p99, µs | p50 ratio (min, median, max) |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in result["crowd"]["processes"].items():
        alone, crowded = one["alone_us"], one["crowded_us"]
        lines.append(
            f"| {name} | {alone['p50']} | {alone['p99']} | {crowded['p50']} | {crowded['p99']} | "
            f"{in_words(one['ratio'])} |"
        )
    return lines
