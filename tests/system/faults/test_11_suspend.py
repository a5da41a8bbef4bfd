"""A long gap, by suspend, a frozen container or a paused machine, is no hang of every actor at once."""

import os
import signal

import pytest
import trio

from tests.system.faults.clocks import clocks_in
from tests.system.faults.seen import back, last_exit, restarts
from tests.system.supervised.harness import Supervised, pid_of

HOUR = 3600


async def test_the_whole_tree_stopped_for_longer_than_a_watchdog(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=2", "b=serve,watchdog=2", "c=faults.light.plain") as process:
        state = await tree.until_running()
        everybody = [process.pid, *(pid_of(state, name) for name in "abc")]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        # The fault itself: nothing runs that could tell when it is over. So long that the alarm of each actor, which
        # ends it when it hangs and has lost its parent, has gone off.
        await trio.sleep(8.5)
        # The supervisor first: it wakes to a silence that has lasted too long.
        for pid in everybody:
            os.kill(pid, signal.SIGCONT)
        os.kill(pid_of(state, "c"), signal.SIGKILL)
        state = await tree.until(lambda now: back(now, "c"))
        assert [restarts(state, name) for name in "ab"] == [0, 0]
    assert "did not run for a while" in tree.log.read_text()


@pytest.mark.parametrize(
    "gap",
    [{"realtime": HOUR, "boottime": HOUR}, {"realtime": HOUR, "boottime": HOUR, "monotonic": HOUR}],
    ids=["suspend, in which CLOCK_MONOTONIC stops", "pause of a virtual machine, in which it does not"],
)
async def test_an_hour_that_nobody_saw(tree: Supervised, gap: dict[str, int]) -> None:
    with clocks_in(tree.directory) as clocks:
        async with tree.running(
            "a=serve,watchdog=3", "b=serve,watchdog=3", "c=faults.light.plain", env=clocks.environment
        ):
            state = await tree.until_running()
            clocks.jump(**gap)
            # Who wakes first is chance; here somebody's end wakes the supervisor.
            os.kill(pid_of(state, "c"), signal.SIGKILL)
            state = await tree.until(lambda now: back(now, "c"))
            assert [restarts(state, name) for name in "ab"] == [0, 0]
            assert "did not run for a while" in tree.log.read_text()
            # And a hang is a hang afterwards.
            os.kill(pid_of(state, "a"), signal.SIGSTOP)
            state = await tree.until(lambda now: back(now, "a"))
            assert last_exit(state, "a") == "killed by SIGKILL: no WATCHDOG=1 for 3 s"
            assert restarts(state, "b") == 0
