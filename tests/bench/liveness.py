"""What probing costs: processor, wake-ups and packets of one of two `liveness` actors, for a few and for many links.

The links are cables between two network namespaces, which only root can make.
"""

import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import trio

from airhail.actors.liveness.link import YOUNG_S
from airhail.actors.netdevice import packets_in
from tests.system.lan.cables import why_not, within
from tests.system.liveness.rig import End, cables, ipv4_of, watching

USE_PORT = 26999
USE_EVERY_S = 0.02
"""Fifty packets a second on each link: in use, as a remote desktop is."""
HOUR_S = 3600.0


class Use:
    """Packets that somebody else sends over all links, counted so that they can be left out."""

    def __init__(self, ends: tuple[str, str], count: int) -> None:
        self.sent = 0
        # Something takes them, or the kernel would say that nobody does.
        self._taker = within(ends[1], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._taker.bind(("", USE_PORT))
        self._sender = within(ends[0], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self._places = [(ipv4_of(2, number), USE_PORT) for number in range(1, count + 1)]

    async def go_on(self) -> None:
        """Send, until cancelled."""
        while True:
            for place in self._places:
                self._sender.sendto(b"in use", place)
                self.sent += 1
            await trio.sleep(USE_EVERY_S)

    def close(self) -> None:
        """Close both ends."""
        self._taker.close()
        self._sender.close()


async def liveness(seconds: float, counts: list[int]) -> dict[str, Any]:
    """Measure links that are steady, and links that are in use."""
    if reason := why_not():
        sys.exit(f"bench: {reason}")
    return {
        "seconds": seconds,
        "links": {
            str(count): {
                "steady": await measure(count, seconds, used=False),
                "in use": await measure(count, seconds, used=True),
            }
            for count in counts
        },
    }


async def measure(count: int, seconds: float, *, used: bool) -> dict[str, float]:
    """Measure so many links for so long, and return what one of them costs in an hour."""
    print(f"{count} links, {'in use' if used else 'steady'}", file=sys.stderr, flush=True)
    name = f"airhail-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="airhail-bench-") as folder, cables(count, name) as ends:
        async with watching(Path(folder), 1, ends[0]) as one, watching(Path(folder), 2, ends[1]) as other:
            for end in (one, other):
                await end.know(count)
                end.tell(count)
            for end in (one, other):
                await end.until("alive", count)
            use = Use(ends, count)
            async with trio.open_nursery() as nursery:
                if used:
                    nursery.start_soon(use.go_on)
                # Until the links are not young any more, and their use has been noticed.
                await trio.sleep(YOUNG_S + 2.0)
                costs = await over(one, use, seconds)
                nursery.cancel_scope.cancel()
            use.close()
    return {name: round(cost * HOUR_S / seconds / count, 2) for name, cost in costs.items()}


async def over(end: End, use: Use, seconds: float) -> dict[str, float]:
    """Return what is spent in so many seconds."""
    before = spent(end, use)
    await trio.sleep(seconds)
    after = spent(end, use)
    return {name: after[name] - before[name] for name in after}


def spent(end: End, use: Use) -> dict[str, float]:
    """Return what was spent so far: seconds of processor, wake-ups, and packets both ways but those of the use."""
    folder = Path(f"/proc/{end.process.pid}")
    fields = (folder / "stat").read_text().rpartition(") ")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    # nsenter(1) has become the actor, so this is its namespace's.
    table = (folder / "net/dev").read_text()
    names = [line.partition(":")[0].strip() for line in table.splitlines() if "p2p" in line]
    return {
        "cpu_s": ticks / os.sysconf("SC_CLK_TCK"),
        "wakeups": int(status["voluntary_ctxt_switches"]),
        "packets": sum(packets_in(table, name) for name in names) - use.sent,
    }


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as the lines of a table in Markdown."""
    lines = ["| links | | CPU, s | wake-ups | packets |", "|---|---|---|---|---|"]
    for count, one in result["links"].items():
        for use, costs in one.items():
            lines.append(f"| {count} | {use} | {costs['cpu_s']} | {costs['wakeups']:.0f} | {costs['packets']:.0f} |")
    return lines
