"""Kill random actors of a running airhail with SIGKILL, a thousand times, while one intent is held.

Every state document that any process publishes meanwhile is read, and held against what is known to be so: there is
no NetworkManager, so there can be no link, but the intent is there all the time; and an actor said to run does.
"""

import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import trio

from airhail.ipc.follow import follow
from tests.bench.figures import percentile
from tests.bench.supervise import descendants, weight
from tests.system.faults.house import ACTORS, PEER, House, house_in
from tests.system.faults.seen import process_state, resident
from tests.system.supervised.harness import WITHIN, State, descriptors, pid_of, supervised

SETTLED = 50
"""Kills after which the memory is weighed for the first time: caches and rings have filled by then."""

HEALTHY_AFTER = 0.05
"""Seconds: shorter than a life, so that each restart is an ordinary one and not one of a crash loop."""

MOST = 1000
"""The most restarts of one actor that the configuration can allow, and so the most kills that are sure to be."""

CONFIG = f"[supervisor]\nhealthy_after = {HEALTHY_AFTER}\nmax_restarts = {MOST}\nwindow = 86400\n"

LIFE_WITHIN = 5.0
"""Seconds for a kill, the restart and the life after it, on average; some tenths of a second are usual."""

ON_ITS_WAY = ("activating", "addressing", "up")
"""What no link can be where there is no NetworkManager."""


@dataclass(slots=True)
class Watch:
    """What was published, and what of it was not so."""

    documents: int = 0
    false: list[str] = field(default_factory=list)

    def connection(self, state: State | None) -> None:
        """Hold a document of connection against the one intent."""
        if state is None:
            return
        self.documents += 1
        link = state["links"].get(PEER)
        if link is None or not link["wanted"]:
            self.false.append(f"connection publishes that {PEER} is not wanted: {state}")
        elif link["phase"] in ON_ITS_WAY:
            self.false.append(f"connection publishes a link without a NetworkManager: {link}")

    def discovery(self, state: State | None) -> None:
        """Hold a document of discovery against the empty air."""
        if state is None:
            return
        self.documents += 1
        if state["peers"]:
            self.false.append(f"discovery publishes peers without a NetworkManager: {state['peers']}")

    def supervisor(self, state: State | None) -> None:
        """Count a document of the supervisor; `restarted` looks at what it says of the actors."""
        self.documents += state is not None


async def kills(number: int, seed: int) -> dict[str, Any]:
    """Kill so many times; return what was counted and what was wrong."""
    dice = random.Random(seed)
    watch = Watch()
    with supervised() as tree:
        tree.configure(CONFIG)
        async with (
            house_in(tree) as house,
            house.airhail(within=number * LIFE_WITHIN) as process,
            trio.open_nursery() as nursery,
        ):
            async with house.client("connection") as client:
                await client.call("connect", {"peer": PEER, "name": "beta"}, within=WITHIN)
            supervisor = await nursery.start(watched, house, "supervisor", watch.supervisor)
            for name, check in (("connection", watch.connection), ("discovery", watch.discovery)):
                await nursery.start(watched, house, name, check)
            begun = time.monotonic()
            taken = []
            sizes: list[dict[str, float]] = []
            for count in range(number):
                if count in (SETTLED, number // 2):
                    sizes.append({"kills": count, **await size(process.pid)})
                taken.append(await kill(dice.choice(ACTORS), supervisor, watch))
                await trio.sleep(dice.uniform(HEALTHY_AFTER, 3 * HEALTHY_AFTER))
                if (count + 1) % 100 == 0:
                    print(f"{count + 1} of {number} kills", file=sys.stderr, flush=True)
            sizes.append({"kills": number, **await size(process.pid)})
            intent = (await house.connection())["links"].get(PEER)
            reports = len(list((house.directory / "state/crashes").iterdir()))
            nursery.cancel_scope.cancel()
    held = bool(intent and intent["wanted"])
    return {
        "ok": held and not watch.false and not grown(sizes),
        "kills": number,
        "seconds": round(time.monotonic() - begun, 1),
        "restart_ms": {percent: round(1e3 * percentile(taken, int(percent[1:])), 1) for percent in ("p50", "p95")},
        "sizes": sizes,
        "intent_held": held,
        "crash_reports": reports,
        "documents": watch.documents,
        "false_documents": watch.false[:10],
    }


async def watched(house: House, name: str, check: Any, *, task_status: trio.TaskStatus[Any]) -> None:
    """Follow a process through all its lives and check each document that it publishes."""
    async with trio.open_nursery() as nursery:
        mirror = await nursery.start(follow, house.socket(name))
        await mirror.wait_value(lambda state: state is not None)
        task_status.started(mirror)
        async for state in mirror.eventual_values():
            check(state)


async def kill(name: str, supervisor: Any, watch: Watch) -> float:
    """Kill an actor; return the seconds until the supervisor says that the next life serves, which must be so."""
    pid = pid_of(supervisor.value, name)
    begun = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    with trio.fail_after(WITHIN):
        state = await supervisor.wait_value(lambda state: serves_again(state, name, pid))
    taken = time.perf_counter() - begun
    if process_state(pid_of(state, name)) in "XZ":
        watch.false.append(f"the supervisor says that {name} runs as {pid_of(state, name)}, and it does not")
    return taken


def serves_again(state: State | None, name: str, before: int) -> bool:
    """Tell whether an actor serves in another life."""
    return state is not None and state["actors"][name]["state"] == "RUNNING" and pid_of(state, name) != before


async def size(pid: int) -> dict[str, float]:
    """Return how large the tree is; the last crash report is written by then."""
    await trio.sleep(1)
    return {
        "descriptors": descriptors(pid),
        "processes": len(descendants(pid)),
        "pss_mib": round(weight(pid), 1),
        "rss_mib": round(resident(pid) / 2**20, 1),
    }


def grown(sizes: list[dict[str, float]]) -> bool:
    """Tell whether the tree has leaked: more than one part in ten of memory, or anything at all of the rest."""
    first, *_, last = sizes
    same = all(first[name] == last[name] for name in ("descriptors", "processes"))
    return not same or last["pss_mib"] > 1.1 * first["pss_mib"]


def table(result: dict[str, Any]) -> list[str]:
    """Return the result as the lines of a table in Markdown."""
    sizes = result["sizes"]
    intent = "there" if result["intent_held"] else "GONE"
    return [
        f"{result['kills']} kills in {result['seconds']} s, each back after {result['restart_ms']['p50']} ms (p50), "
        f"{result['restart_ms']['p95']} ms (p95); {result['documents']} documents read, "
        f"{len(result['false_documents'])} of them false; the intent is {intent}",
        "",
        "| after kills | descriptors of the supervisor | processes | PSS of all, MiB | RSS of the supervisor, MiB |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(str(value) for value in size.values())} |" for size in sizes),
    ]
