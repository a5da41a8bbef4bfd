"""Crash before READY, hang before READY, READY twice, READY too late, exit 0 of each kind of actor."""

import pytest

from tests.system.faults.seen import back, last_exit, phase, restarts
from tests.system.supervised.harness import Supervised


async def test_a_crash_before_ready_is_a_crash(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.crash_before_ready", "b=faults.light.plain"):
        state = await tree.until_running()
        assert back(state, "a")
        assert last_exit(state, "a") == "exit 1"


async def test_a_hang_before_ready_holds_nobody_up_for_ever(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.hang_before_ready,ready_within=3", "b=faults.light.plain"):
        state = await tree.until_running()
        assert back(state, "a")
        assert last_exit(state, "a") == "killed by SIGABRT: no READY=1 within 3 s"


async def test_ready_twice_is_ready_once(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.ready_twice"):
        state = await tree.until(lambda now: now["actors"]["a"].get("status") == "ready again")
        assert phase(state, "a") == "RUNNING"
        assert restarts(state, "a") == 0


async def test_ready_while_it_stops_is_too_late(tree: Supervised) -> None:
    # Four seconds: what it says meanwhile must still be there to be seen by a test that had to wait for a processor.
    async with tree.running("a=faults.actor.ready_while_stopping,stop_within=4"):
        state = await tree.until(lambda now: now["actors"]["a"].get("status") == "ready after all")
        assert phase(state, "a") == "STOPPING"
        state = await tree.until(lambda now: back(now, "a"))
        assert last_exit(state, "a") == "killed by SIGKILL: still there 4 s after it began to stop"


@pytest.mark.parametrize(
    ("kind", "afterwards"), [("permanent", "RUNNING"), ("transient", "EXITED"), ("temporary", "EXITED")]
)
async def test_exit_0_is_an_end_only_for_those_that_may_end(tree: Supervised, kind: str, afterwards: str) -> None:
    async with tree.running(f"a=faults.actor.done,kind={kind}", "b=faults.light.plain"):
        state = await tree.until(lambda now: "last_exit" in now["actors"]["a"] and phase(now, "a") == afterwards)
        assert last_exit(state, "a") == "exit 0"
        assert restarts(state, "a") == (1 if kind == "permanent" else 0)
