"""Two supervisors at once, or four: one serves, the others refuse, and the one is unharmed."""

from contextlib import AsyncExitStack

import trio

from airhail.ipc.client import open_client
from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import WITHIN, Supervised, pid_of


async def test_of_four_started_together_one_wins(tree: Supervised) -> None:
    async with AsyncExitStack() as stack:
        rivals = [await stack.enter_async_context(tree.running("a=serve")) for _ in range(4)]
        state = await tree.until_running()
        (winner,) = [rival for rival in rivals if rival.pid == state["pid"]]
        for rival in rivals:
            if rival is not winner:
                with trio.fail_after(WITHIN):
                    assert await rival.wait() == ExitStatus.ALREADY_RUNNING
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            assert (await client.call("ask", within=WITHIN))["pid"] == pid_of(state, "a")
        assert (await tree.until_running())["actors"] == state["actors"]
        tree.process = winner
        assert await tree.stop() == ExitStatus.DONE
    assert tree.log.read_text().count(f"airhail already runs in {tree.directory / 'run'} (pid {winner.pid})") == 3
