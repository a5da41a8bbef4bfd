"""SIGSTOP of an actor: nothing but its silence tells, and nothing but SIGKILL ends it."""

import os
import select
import signal

import trio
import trio.lowlevel

from airhail.ipc.client import open_client
from tests.system.faults.seen import back, last_exit, process_state, restarts
from tests.system.supervised.harness import WITHIN, Supervised, pid_of


async def test_its_silence_is_noticed_and_its_callers_are_served_by_the_next_life(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=2", "b=serve"):
        state = await tree.until_running()
        stopped = pid_of(state, "a")
        descriptor = os.pidfd_open(stopped)
        try:
            os.kill(stopped, signal.SIGSTOP)
            with trio.fail_after(WITHIN):
                while process_state(stopped) != "T":
                    await trio.lowlevel.checkpoint()
            os.kill(stopped, signal.SIGTERM)
            # The kernel sees no end: neither the stop nor the request is one.
            assert select.select([descriptor], [], [], 0)[0] == []
        finally:
            os.close(descriptor)
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            assert (await client.call("ask", within=WITHIN))["pid"] != stopped
        after = await tree.until(lambda now: back(now, "a"))
        assert last_exit(after, "a") == "killed by SIGKILL: no WATCHDOG=1 for 2 s"
        assert after["actors"]["b"] == state["actors"]["b"]


async def test_one_that_goes_on_in_time_is_left_alone(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=30", "b=faults.light.plain"):
        state = await tree.until_running()
        os.kill(pid_of(state, "a"), signal.SIGSTOP)
        os.kill(pid_of(state, "b"), signal.SIGKILL)
        await tree.until(lambda now: back(now, "b"))
        os.kill(pid_of(state, "a"), signal.SIGCONT)
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            assert (await client.call("ask", within=WITHIN))["pid"] == pid_of(state, "a")
        assert restarts(await tree.until_running(), "a") == 0
