"""The round trips of a running airhail, alone and with a crowd looking on, half of which never reads.

Both times the state of `connection` changes twice a second, as it does while a link is made.
"""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio

from airhail.ipc.client import Client, open_client
from tests.bench.carriers import WARM_UP
from tests.bench.figures import percentile, percentiles, spread
from tests.system.faults.house import ACTORS, House, house_in
from tests.system.supervised.harness import WITHIN, supervised

PROCESSES = ("supervisor", *ACTORS)
PEER = "42:00:00:00:02:00"
CHANGES_EVERY = 0.5
"""Seconds; a link on its way changes about as often."""
COME_WITHIN = 120.0
"""Seconds for the whole crowd to be let in."""


async def crowd(rounds: int, trips: int, clients: int) -> dict[str, Any]:
    """Measure each process of a running airhail, alone and in the crowd, in turn."""
    alone: dict[str, list[list[float]]] = {name: [] for name in PROCESSES}
    crowded: dict[str, list[list[float]]] = {name: [] for name in PROCESSES}
    with supervised() as tree:
        async with house_in(tree) as house, house.airhail(), changing(house):
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}: {clients} clients", file=sys.stderr, flush=True)
                for name in PROCESSES:
                    alone[name].append(await round_trips(house, name, trips))
                async with onlookers(house, clients):
                    for name in PROCESSES:
                        crowded[name].append(await round_trips(house, name, trips))
    return {
        "clients": clients,
        "processes": {
            name: {
                "alone_us": percentiles(alone[name]),
                "crowded_us": percentiles(crowded[name]),
                "ratio": spread(
                    [
                        percentile(many, 50) / percentile(few, 50)
                        for many, few in zip(crowded[name], alone[name], strict=True)
                    ]
                ),
            }
            for name in PROCESSES
        },
    }


async def round_trips(house: House, name: str, trips: int) -> list[float]:
    """Return the microseconds that calls of `inspect` took, one after the other."""
    taken = []
    async with house.client(name) as client:
        for _ in range(WARM_UP + trips):
            begun = time.perf_counter()
            await client.call("inspect", within=WITHIN)
            taken.append(1e6 * (time.perf_counter() - begun))
    return taken[WARM_UP:]


@asynccontextmanager
async def changing(house: House) -> AsyncIterator[None]:
    """Have a wish made and withdrawn, again and again."""
    async with house.client("connection") as client, trio.open_nursery() as nursery:
        nursery.start_soon(change, client)
        yield
        nursery.cancel_scope.cancel()


async def change(client: Client) -> None:
    """Make a wish and withdraw it, until cancelled."""
    while True:
        for method in ("connect", "disconnect"):
            await client.call(method, {"peer": PEER}, within=WITHIN)
            await trio.sleep(CHANGES_EVERY)


@asynccontextmanager
async def onlookers(house: House, clients: int) -> AsyncIterator[None]:
    """Have so many clients look on from a process of their own, over all sockets alike."""
    paths = [str(house.socket(name)) for name in PROCESSES]
    command = [sys.executable, "-m", "tests.bench.onlookers", str(clients), *paths]
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, env=dict(os.environ))
    assert process.stdout is not None
    try:
        with trio.fail_after(COME_WITHIN):
            if not await process.stdout.receive_some():
                raise RuntimeError("the crowd was not let in; what it says is above")
        yield
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stdout.aclose()
    for name in PROCESSES:
        async with open_client(house.socket(name)) as client:
            while (await client.call("stats", within=WITHIN))["connections"] > 2:  # noqa: ASYNC110  (another process)
                await trio.sleep(0.05)
