"""`airhail link`, `wait` and `exec`, as a person and a script use them."""

import os
import signal
from typing import Any

import trio

from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import WITHIN, Supervised, pid_of
from tests.system.test_command import ATTIC, KITCHEN, UP, airhail, link, tree, until_published, write
from tests.system.test_command_inspect import live

__all__ = ["tree"]


def judged(verdict: str, **known: Any) -> dict[str, Any]:
    one = {"peer": KITCHEN, "interface": "p2p-wlan0-0", "verdict": verdict, "since": {"in": -90}, **known}
    return {"links": {KITCHEN: one}}


async def test_a_link_is_shown_with_its_verdict(tree: Supervised) -> None:
    rtt = {"p50": 0.0012, "p99": 0.004, "samples": 9}
    actors = write(tree, "connection", UP), write(tree, "liveness", judged("alive", mode="open", rtt=rtt))
    async with tree.running(*actors):
        await tree.until_running()
        said = await airhail(tree, "link", "kitchen")
        assert said.status == ExitStatus.DONE
        assert f"Kitchen ({KITCHEN}): up for" in said.out
        assert "alive for 1 min, open" in said.out
        assert "p50 1.2 ms, p99 4 ms (9 probes)" in said.out
        shown = (await airhail(tree, "link", KITCHEN, "--json")).document
        assert (shown["phase"], shown["alive"], shown["liveness"]["verdict"]) == ("up", True, "alive")
        assert (await airhail(tree, "link", "nobody")).status == ExitStatus.NO_SUCH_PEER
        said = await airhail(tree, "link", ATTIC)
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert f"`airhail connect {ATTIC}`" in said.err


async def test_wait_and_exec_where_nobody_judges(tree: Supervised) -> None:
    async with tree.running(write(tree, "connection", UP)):
        await tree.until_running()
        assert "nobody judges" in (await airhail(tree, "link", "Kitchen")).out
        said = await airhail(tree, "wait", "Kitchen")
        assert (said.status, said.err) == (ExitStatus.DONE, "")
        assert said.out.startswith(f"linked with Kitchen ({KITCHEN}): the peer is 10.128.0.2")
        said = await airhail(
            tree, "exec", KITCHEN, "--", "sh", "-c", 'echo "$AIRHAIL_PEER_ADDRESS $AIRHAIL_ROLE"; exit 7'
        )
        assert (said.status, said.out) == (7, "10.128.0.2 GO\n")
        said = await airhail(tree, "exec", KITCHEN, "no-such-command")
        assert said.status == ExitStatus.NOT_FOUND
        assert (await airhail(tree, "exec", KITCHEN, "/dev/null")).status == ExitStatus.NOT_EXECUTABLE
        assert (await airhail(tree, "exec", KITCHEN)).status == ExitStatus.USAGE


async def test_wait_has_an_end(tree: Supervised) -> None:
    actors = write(tree, "connection", UP), write(tree, "liveness", judged("suspect", finding="peer-silent"))
    discovery = write(tree, "discovery", {})
    async with tree.running(*actors, discovery):
        await tree.until_running()
        said = await airhail(tree, "wait", "Kitchen", "--for", "1")
        assert (said.status, said.out) == (ExitStatus.FAILED, "")
        assert "within 1 s: up; verdict: suspect (peer-silent)" in said.err
        said = await airhail(tree, "wait", ATTIC, "--for", "1")
        assert said.status == ExitStatus.FAILED
        assert "it is not wanted" in said.err
        said = await airhail(tree, "exec", "--for", "1", "nobody", "--", "true")
        assert said.status == ExitStatus.NO_SUCH_PEER


async def test_wait_ends_with_the_verdict_that_comes(tree: Supervised) -> None:
    actors = write(tree, "connection", link("activating")), write(tree, "liveness", {"links": {}})
    async with tree.running(*actors), trio.open_nursery() as nursery:
        state = await tree.until_running()
        ended: list[int] = []

        async def wait() -> None:
            ended.append((await airhail(tree, "wait", "Kitchen", "--for", str(WITHIN))).status)

        nursery.start_soon(wait)
        for actor, document, word in (
            ("connection", UP, "10.128.0.2"),
            ("liveness", judged("alive"), "alive"),
        ):
            assert not ended
            write(tree, actor, document)
            os.kill(pid_of(state, actor), signal.SIGKILL)
            await until_published(tree, actor, word)
    assert ended == [ExitStatus.DONE]


async def test_link_is_watched_until_interrupted(tree: Supervised) -> None:
    async with tree.running(write(tree, "connection", UP)):
        await tree.until_running()
        async with live(tree, "link", "Kitchen", "--watch") as watching:
            await watching.line_with("nobody judges")


async def test_a_program_that_watches_hears_when_no_verdict_was_waited_for_any_longer(tree: Supervised) -> None:
    """Nothing is published then: what changes is what the silence means."""
    up = {**UP["links"][KITCHEN], "since": {"in": 2}}
    actors = write(tree, "connection", {"links": {KITCHEN: up}}), write(tree, "liveness", {"links": {}})
    async with tree.running(*actors):
        await tree.until_running()
        async with live(tree, "link", "Kitchen", "--watch", "--json") as watching:
            await watching.line_with('"alive": false')
            await watching.line_with('"alive": true')
