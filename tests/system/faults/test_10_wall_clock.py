"""The wall clock jumps both ways: deadlines, watchdogs, backoffs and published times go on as if nothing were."""

import os
import signal
import time

import pytest
import trio

from tests.system.faults.clocks import clocks_in
from tests.system.faults.house import ACTORS, PEER, house_in
from tests.system.faults.seen import back, restarts
from tests.system.supervised.harness import WITHIN, Supervised, pid_of

HOUR = 3600
TEN_YEARS = 10 * 365 * 86400


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS], ids=["ahead", "back"])
async def test_nobody_is_shot_and_a_restart_takes_its_usual_time(tree: Supervised, jump: int) -> None:
    with clocks_in(tree.directory) as clocks:
        async with tree.running("a=serve,watchdog=2", "b=faults.light.plain", env=clocks.environment):
            before = await tree.until_running()
            state = before
            clocks.jump(realtime=jump)
            told = (await trio.run_process(["date", "+%s"], env=clocks.environment, capture_stdout=True)).stdout
            assert abs(int(told) - time.time() - jump) < HOUR
            # Four backoffs take a second and a half, and more than a watchdog with the lives between them.
            for count in range(1, 5):
                os.kill(pid_of(state, "b"), signal.SIGKILL)
                state = await tree.until(lambda now: back(now, "b", count))  # noqa: B023  (awaited in the round)
            assert state["actors"]["a"] == before["actors"]["a"]
            assert 0 < state["actors"]["b"]["since"] - before["actors"]["b"]["since"] < WITHIN


@pytest.mark.parametrize("jump", [TEN_YEARS, -TEN_YEARS], ids=["ahead", "back"])
async def test_the_real_actors_keep_their_deadlines(tree: Supervised, jump: int) -> None:
    with clocks_in(tree.directory) as clocks:
        async with house_in(tree) as house, house.airhail(env=clocks.environment):
            clocks.jump(realtime=jump)
            async with house.client("connection") as client:
                await client.call("connect", {"peer": PEER}, within=WITHIN)
            assert PEER in (await house.connection())["links"]
            state = await house.until_running()
            assert all(restarts(state, name) == 0 for name in ACTORS)
