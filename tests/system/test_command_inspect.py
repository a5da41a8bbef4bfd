"""`airhail inspect` and `airhail metrics` against a real supervisor: every view, also through a restart."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import ROOT, WITHIN, Supervised, pid_of, supervised
from tests.system.test_command import airhail


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one


class Live:
    """A command that goes on, and what it has printed."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self._text = ""

    async def line_with(self, word: str) -> str:
        """Wait for the next line with this word in it."""
        assert self.process.stdout is not None
        with trio.fail_after(WITHIN):
            while True:
                while "\n" in self._text:
                    line, _, self._text = self._text.partition("\n")
                    if word in line:
                        return line
                piece = await self.process.stdout.receive_some()
                assert piece, "the command ended"
                self._text += bytes(piece).decode()


@asynccontextmanager
async def live(tree: Supervised, *arguments: str) -> AsyncIterator[Live]:
    """Run a command until the test is done with it, which it then ends as a person does, by Ctrl-C."""
    command = [sys.executable, "-m", "airhail.supervisor", *arguments]
    process = await trio.lowlevel.open_process(command, cwd=ROOT, env=tree.environment, stdout=subprocess.PIPE)
    try:
        yield Live(process)
        assert process.returncode is None, "it goes on until somebody ends it"
        process.send_signal(signal.SIGINT)
        with trio.fail_after(WITHIN):
            assert await process.wait() == ExitStatus.INTERRUPTED
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def test_tasks(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        await tree.until_running()
        said = await airhail(tree, "inspect", "a", "--tasks")
        assert "\n  airhail.actors.runtime.live, waiting for 0." in said.out
        assert " at airhail.ipc.server:serve:" in said.out
        shown = (await airhail(tree, "inspect", "supervisor", "--tasks", "--json")).document
        assert "airhail.supervisor.run.supervise" in [row["name"] for row in shown["tasks"]]


async def test_stats(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        await tree.until_running()
        await airhail(tree, "inspect", "a")
        said = await airhail(tree, "inspect", "a", "--stats")
        assert "\ncalls: 2\n" in said.out
        assert "\ncall inspect " in said.out
        shown = (await airhail(tree, "inspect", "supervisor", "--stats", "--json")).document
        assert shown["steps"]["count"] > 0


async def test_log_goes_on_through_a_restart(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        state = await tree.until_running()
        async with live(tree, "inspect", "a", "--log") as told:
            assert await told.line_with("ready")
            os.kill(pid_of(state, "a"), signal.SIGTERM)
            assert await told.line_with("ready")


async def test_trace(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        await tree.until_running()
        async with live(tree, "inspect", "a", "--trace") as told:
            await told.line_with('"method": "trace"')
            async with open_client(tree.socket("a"), within=WITHIN) as client:
                await client.call("ask", within=WITHIN)
            assert f" <- process {os.getpid()} " in await told.line_with('"method": "ask"')
            assert f" -> process {os.getpid()} " in await told.line_with('"type": "reply"')


async def test_watch_tells_what_changes(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        state = await tree.until_running()
        async with (
            live(tree, "inspect", "supervisor", "--watch") as told,
            live(tree, "inspect", "supervisor", "--watch", "--json") as documents,
        ):
            await told.line_with("version: ")
            first = json.loads(await documents.line_with("state"))
            assert first["state"]["actors"]["a"]["state"] == "RUNNING"
            os.kill(pid_of(state, "a"), signal.SIGKILL)
            assert (await told.line_with("last_exit")).endswith(" actors.a.last_exit: killed by SIGKILL")
            patch = json.loads(await documents.line_with("last_exit"))["patch"]
            assert patch["actors"]["a"]["last_exit"] == "killed by SIGKILL"
            assert "version" not in patch


async def test_one_view_at_a_time(tree: Supervised) -> None:
    assert (await airhail(tree, "inspect", "a", "--log", "--trace")).status == ExitStatus.USAGE


async def test_metrics(tree: Supervised) -> None:
    said = await airhail(tree, "metrics")
    assert said.status == ExitStatus.NOT_RUNNING
    async with tree.running("a=serve"):
        await tree.until_running()
        said = await airhail(tree, "metrics")
        assert 'airhail_up{actor="a"} 1\n' in said.out
        assert (await airhail(tree, "metrics", "--json")).document["a"]["calls"] == 2


@pytest.mark.parametrize("address", ["0.0.0.0:9100", "unix:here", "nonsense"])
async def test_metrics_are_served_to_this_machine_alone(tree: Supervised, address: str) -> None:
    said = await airhail(tree, "run", "--metrics-listen", address)
    assert said.status == ExitStatus.USAGE
    assert said.err.startswith(f"airhail: --metrics-listen '{address}'")
    tree.configure(f'[supervisor]\nmetrics_listen = "{address}"\n')
    said = await airhail(tree, "run")
    assert said.status == ExitStatus.BAD_CONFIG
    assert "line 2: [supervisor] metrics_listen: " in said.err
