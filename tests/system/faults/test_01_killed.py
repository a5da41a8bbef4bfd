"""kill -9 of each actor, in each order, a hundred times: no descriptor, no zombie, no state is lost."""

import itertools
import os
import random
import signal

import trio

from airhail.ipc.client import open_client
from tests.system.faults.house import ACTORS, PEER, house_in
from tests.system.faults.seen import alone_with, back, back_to, zombies
from tests.system.supervised.harness import WITHIN, Supervised, children, descriptors, pid_of

# The backoff doubles with each kill of one actor, so many share the hundred kills.
NAMES = [f"a{number}" for number in range(17)]
ROUNDS = 6


async def test_a_hundred_kills_in_random_orders(tree: Supervised) -> None:
    order = random.Random(1)
    async with tree.running(*(f"{name}=faults.light.plain" for name in NAMES)) as process:
        await tree.until_running()
        async with open_client(tree.socket(), within=WITHIN) as client, client.subscribe() as states:
            await alone_with(client)
            state = await anext(states)
            before = descriptors(process.pid), len(children(process.pid))
            for count in range(1, ROUNDS + 1):
                for name in order.sample(NAMES, len(NAMES)):
                    os.kill(pid_of(state, name), signal.SIGKILL)
                with trio.fail_after(2 * WITHIN):
                    while not all(back(state, name, count) for name in NAMES):
                        state = await anext(states)
                await back_to(before, process.pid)
                assert not zombies(process.pid)


async def test_the_real_actors_in_each_order_with_an_intent_held(tree: Supervised) -> None:
    async with house_in(tree) as house, house.airhail() as process:
        async with house.client("connection") as client:
            await client.call("connect", {"peer": PEER, "name": "beta"}, within=WITHIN)
        async with house.client("supervisor") as client, client.subscribe() as states:
            await alone_with(client)
            state = await anext(states)
            before = descriptors(process.pid), len(children(process.pid))
            for count, order in enumerate(itertools.permutations(ACTORS), 1):
                for name in order:
                    os.kill(pid_of(state, name), signal.SIGKILL)
                with trio.fail_after(2 * WITHIN):
                    while not all(back(state, name, count) for name in ACTORS):
                        state = await anext(states)
                await back_to(before, process.pid)
                assert not zombies(process.pid)
                assert (await house.connection())["links"][PEER]["name"] == "beta"
