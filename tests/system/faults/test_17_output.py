"""The reader of standard error is gone (EPIPE), or is there and never reads (a full pipe): nobody waits for it."""

import os
import sys

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.seen import restarts
from tests.system.supervised.harness import WITHIN, Supervised

MANY = 3000
"""Lines of a kilobyte: many times what a pipe (64 KiB) and the queue of a log (1,000 lines) hold."""


def with_standard_error(descriptor: int) -> list[str]:
    """Return the beginning of a command that writes its errors to a descriptor."""
    program = f"import os, sys; os.dup2({descriptor}, 2); os.close({descriptor}); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", program]


@pytest.mark.parametrize("reader", ["gone", "never reads"])
async def test_actors_and_supervisor_go_on(tree: Supervised, reader: str) -> None:
    reading, writing = os.pipe()
    try:
        async with tree.running(
            "a=faults.actor.chatty,watchdog=3", before=with_standard_error(writing), pass_fds=(writing,)
        ):
            os.close(writing)
            await tree.until_running()
            if reader == "gone":
                os.close(reading)
                reading = -1
            async with open_client(tree.socket("a"), within=WITHIN) as client:
                with trio.fail_after(WITHIN):
                    while (await client.call("count", within=WITHIN))["lines"] < MANY:  # noqa: ASYNC110  (of another process)
                        await trio.sleep(0.1)
            assert restarts(await tree.until_running(), "a") == 0
            assert await tree.stop() == ExitStatus.DONE
    finally:
        if reading >= 0:
            os.close(reading)
