"""A busy loop that holds the interpreter lock, a blocking call in the loop, a request to stop that is swallowed."""

import pytest

from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.seen import back, last_exit, restarts
from tests.system.supervised.harness import Supervised


@pytest.mark.parametrize("hang", ["spin", "block", "swallow"])
async def test_a_hang_is_aborted_told_and_started_again(tree: Supervised, hang: str) -> None:
    async with tree.running(f"a=faults.actor.{hang},watchdog=2", "b=faults.light.plain"):
        state = await tree.until(lambda now: back(now, "a"))
        assert last_exit(state, "a").endswith(": no WATCHDOG=1 for 2 s")
        assert restarts(state, "b") == 0
        assert await tree.stop() == ExitStatus.DONE
    told = tree.log.read_text()
    assert "most recent call first" in told, "its log shows where it hung"
    assert f"in {hang}" in told


async def test_one_that_swallows_the_request_to_stop_is_killed(tree: Supervised) -> None:
    async with tree.running("a=faults.light.plain", "b=faults.actor.swallow,watchdog=60,stop_within=0.3"):
        await tree.until_running()
        assert await tree.stop() == ExitStatus.DONE
    assert "b: killed by SIGKILL: still there 0.3 s after it began to stop" in tree.log.read_text()
