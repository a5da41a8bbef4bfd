"""What an actor leaves behind, in its group, out of it, orphaned, deaf: gone with it, or with the tree; no zombie."""

import os
import signal

import pytest
import trio

from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.limits import as_an_ordinary_user
from tests.system.faults.seen import back, process_state
from tests.system.supervised.harness import WITHIN, Supervised, gone, pid_of

LEFT = ("child", "grandchild", "deaf")


async def test_all_of_it_ends(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.family") as process:
        state = await tree.until_running()
        first = {word: tree.word("a", word) for word in LEFT}
        os.kill(pid_of(state, "a"), signal.SIGKILL)
        await gone(first["child"])
        # Out of the group nobody can tell whose it is; but it is reaped by the supervisor when it ends.
        os.kill(first["grandchild"], signal.SIGKILL)
        with trio.fail_after(WITHIN):
            while process_state(first["grandchild"]) != "X":  # noqa: ASYNC110  (of another process)
                await trio.sleep(0.01)
        await tree.until(lambda now: back(now, "a"))
        second = {word: tree.word("a", word) for word in LEFT}
        assert process.returncode is None
        assert await tree.stop() == ExitStatus.DONE
    for pid in (first["deaf"], *second.values()):
        await gone(pid)


async def test_it_ends_with_a_tree_that_gives_up_too(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.family,max_restarts=1"):
        state = await tree.until_running()
        os.kill(pid_of(state, "a"), signal.SIGKILL)
        state = await tree.until(lambda now: back(now, "a"))
        left = {word: tree.word("a", word) for word in LEFT}
        os.kill(pid_of(state, "a"), signal.SIGKILL)
        assert await tree.ended() == ExitStatus.ESCALATED
    for pid in left.values():
        await gone(pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave a process that the supervisor may not kill")
async def test_one_of_another_user_that_stays_is_told_of(tree: Supervised) -> None:
    """As a hook's `sudo` leaves one: it ends or not, but the supervisor does, and well."""
    tree.directory.chmod(0o777)
    left = tree.directory / "left"
    # A child keeps its parent through the parent's exec, and so the supervisor has one of root's.
    before = ("sh", "-c", f'sleep 3600 & echo $! >{left}; exec "$@"', "sh", *as_an_ordinary_user())
    async with tree.running("a=faults.actor.family", before=before):
        await tree.until_running()
        theirs, ours = int(left.read_text()), {tree.word("a", word) for word in LEFT}
        try:
            assert await tree.stop() == ExitStatus.DONE
            for pid in ours:
                await gone(pid)
            os.kill(theirs, 0)
        finally:
            os.kill(theirs, signal.SIGKILL)
    assert f"process {theirs} stays" in tree.log.read_text()
