"""A restart storm: the limit ends it, the whole tree stops, and the parent sees an exit status of its own."""

import os
import signal
from functools import partial

from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.seen import restarts
from tests.system.supervised.harness import State, Supervised, gone, pid_of


def has_begun(state: State, *, more_restarts_than: int) -> bool:
    """Tell whether the next life of b has a process."""
    return restarts(state, "b") > more_restarts_than and "pid" in state["actors"]["b"]


async def test_escalates_to_its_parent_and_leaves_nothing(tree: Supervised) -> None:
    async with tree.running("a=faults.light.plain", "b=faults.light.plain,max_restarts=3"):
        state = await tree.until_running()
        first = pid_of(state, "a")
        for count in range(3):
            os.kill(pid_of(state, "b"), signal.SIGKILL)
            state = await tree.until(partial(has_begun, more_restarts_than=count))
        os.kill(pid_of(state, "b"), signal.SIGKILL)
        assert await tree.ended() == ExitStatus.ESCALATED
        await gone(first)
    assert [path.name for path in (tree.directory / "run").iterdir()] == ["lock"]
    assert "b ended 4 times within 300 s, the last time: killed by SIGKILL" in tree.log.read_text()


async def test_a_storm_while_the_others_still_start_escalates_too(tree: Supervised) -> None:
    async with tree.running("a=crash,max_restarts=2", "b=mute,ready_within=20,max_restarts=2", "c=plain"):
        assert await tree.ended() == ExitStatus.ESCALATED
