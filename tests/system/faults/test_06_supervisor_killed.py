"""kill -9 of the supervisor: its actors are gone in bounded time, and the next start wins over what it left."""

import os
import signal

import pytest
import trio
import trio.lowlevel

from airhail.ipc.client import open_client
from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.seen import restarts
from tests.system.supervised.harness import WITHIN, Supervised, gone, pid_of

LIFELINE = 4
"""The descriptor after the one listening socket (sd_listen_fds(3))."""


HANGS = ("spin", "grind", "block")


@pytest.mark.parametrize("actor", ["serve", "plain", "deaf", *(f"faults.actor.{hang}" for hang in HANGS)])
async def test_no_actor_outlives_it_not_even_a_hung_one(tree: Supervised, actor: str) -> None:
    # Three seconds: in these a test that had to wait for a processor must still see the actor run.
    async with tree.running(f"a={actor},watchdog=3") as process:
        pid = pid_of(await tree.until_running(), "a")
        process.kill()
        # A hung one notices nothing: its alarm ends it.
        await gone(pid)


async def test_the_next_start_finds_stale_sockets_and_wins(tree: Supervised) -> None:
    async with tree.running("a=serve", "b=serve") as process:
        first = await tree.until_running()
        process.kill()
        await tree.ended()
    stale = sorted((tree.directory / "run").glob("*.sock"))
    assert len(stale) == 4, "nobody was left to unlink them"
    async with tree.running("a=serve", "b=serve"):
        second = await tree.until(lambda now: now["pid"] != first["pid"] and now["state"] == "running")
        for name in "ab":
            async with open_client(tree.socket(name), within=WITHIN) as client:
                assert (await client.call("ask", within=WITHIN))["pid"] == pid_of(second, name)
            assert restarts(second, name) == 0
        assert await tree.stop() == ExitStatus.DONE
    assert [path.name for path in (tree.directory / "run").iterdir()] == ["lock"]


async def test_killed_at_each_step_of_its_start_it_hinders_no_other(tree: Supervised) -> None:
    run = tree.directory / "run"
    for step in ("lock", "supervisor.sock", "a.sock", "notify.sock"):
        async with tree.running("a=serve") as process:
            with trio.fail_after(WITHIN):
                while not (run / step).exists():
                    await trio.lowlevel.checkpoint()
            process.send_signal(signal.SIGKILL)
            await tree.ended()
        assert step in os.listdir(run)
    async with tree.running("a=serve"):
        await tree.until_running()
        assert await tree.stop() == ExitStatus.DONE


async def test_no_actor_can_change_the_lifeline_of_another(tree: Supervised) -> None:
    async with tree.running("a=serve", "b=faults.light.plain"):
        state = await tree.until_running()
        ends = {os.readlink(f"/proc/{pid_of(state, name)}/fd/{LIFELINE}") for name in "ab"}
        assert len(ends) == 2, "each has a pipe of its own"
