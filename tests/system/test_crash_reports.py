"""Real actors that end badly under a real supervisor, and the reports on them."""

import json
import os
import signal
import sys
from collections.abc import Iterator

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.ipc.messages import Call
from airhail.ipc.recording.lines import Step, parse
from airhail.ipc.recording.replay import first_difference
from airhail.supervisor.crashes import CrashStore
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.reports import CrashReport
from tests.system.ipc_rig import raw_client
from tests.system.supervised.harness import ROOT, WITHIN, State, Supervised, pid_of, supervised
from tests.unit.ipc.recording import machine


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one


def stuck(state: State) -> bool:
    return bool(state["actors"]["a"].get("status") == "in trouble")


async def trouble(tree: Supervised, method: str, number: signal.Signals | None = None) -> CrashReport:
    """Get the actor into trouble, end it by a signal unless it ends by itself, and return the report."""
    pid = pid_of(await tree.until_running(), "a")
    async with raw_client(tree.socket("a")) as client:
        await client.send(Call(1, method, {}, 60_000))
        if number is not None:
            await tree.until(stuck)
            os.kill(pid, number)
        while await client.receive() is not None:
            pass
    await tree.until(lambda state: state["actors"]["a"].get("pid") not in (None, pid))
    assert await tree.stop() == ExitStatus.DONE, "which waits for the report"
    report = CrashStore(tree.directory / "state" / "crashes").load(1)
    assert report is not None
    assert (report.actor, report.pid) == ("a", pid)
    return report


async def test_a_killed_actor_leaves_its_state_log_and_messages(tree: Supervised) -> None:
    async with tree.running("a=troubled"):
        report = await trouble(tree, "block", signal.SIGKILL)
    assert report.exit == "killed by SIGKILL"
    assert report.status == "in trouble"
    assert report.state == {"mood": "troubled"}
    assert [line.text for line in report.log] == ["a line before the trouble", "ready"]
    assert [message.direction for message in report.messages] == ["out", "in"]
    assert '"method": "block"' in report.messages[-1].text
    assert (report.stack, report.tasks) == ("", None)
    assert "crash report 1: `airhail crashes 1` shows it" in tree.log.read_text()


async def test_an_aborted_actor_leaves_its_stack_and_its_tasks(tree: Supervised) -> None:
    async with tree.running("a=troubled"):
        report = await trouble(tree, "spin", signal.SIGABRT)
    assert report.exit == "killed by SIGABRT"
    assert "in spin" in report.stack
    assert report.tasks is not None
    assert "airhail.actors.runtime.live" in [row.name for row in report.tasks.tasks]
    assert "in spin" in tree.log.read_text()


async def test_an_actor_stuck_outside_python_leaves_its_stack(tree: Supervised) -> None:
    async with tree.running("a=troubled"):
        report = await trouble(tree, "block", signal.SIGABRT)
    assert "in block" in report.stack


async def test_an_actor_that_fails_leaves_its_traceback(tree: Supervised) -> None:
    async with tree.running("a=troubled"):
        report = await trouble(tree, "fail")
    assert report.exit == "exit 1"
    assert "RuntimeError: as told" in report.stack
    assert report.log[-1].level == "critical"


async def test_one_that_was_asked_to_stop_leaves_nothing(tree: Supervised) -> None:
    async with tree.running("a=serve", "b=plain"):
        await tree.until_running()
        await tree.stop()
    assert not (tree.directory / "state" / "crashes").exists()


async def test_a_program_that_opens_no_box_is_reported_too(tree: Supervised) -> None:
    async with tree.running("a=crash"):
        await tree.until(lambda state: state["actors"]["a"].get("restarts", 0) > 0)
        await tree.stop()
    report = CrashStore(tree.directory / "state" / "crashes").load(1)
    assert report is not None
    assert (report.exit, report.log, report.state) == ("exit 1", [], None)


async def test_reports_that_cannot_be_kept_stop_nobody(tree: Supervised) -> None:
    (tree.directory / "state").write_text("this is no folder")
    async with tree.running("b=plain", "a=crash"):
        state = await tree.until(lambda state: state["actors"]["a"].get("restarts", 0) > 1)
        assert state["actors"]["b"]["state"] == "RUNNING"
        await tree.stop()
    assert "a: no crash report: " in tree.log.read_text()


async def airhail(tree: Supervised, *arguments: str) -> tuple[int, str, str]:
    with trio.fail_after(2 * WITHIN):
        done = await trio.run_process(
            [sys.executable, "-m", "airhail.supervisor", *arguments],
            cwd=ROOT,
            env=tree.environment,
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def test_the_command_lists_and_shows_them(tree: Supervised) -> None:
    status, out, _ = await airhail(tree, "crashes")
    assert (status, out[:27]) == (ExitStatus.DONE, "no actor has ended badly: t")
    async with tree.running("a=troubled"):
        await trouble(tree, "spin", signal.SIGABRT)
    _, out, _ = await airhail(tree, "crashes")
    assert out.splitlines()[1].split()[-4:] == ["a", "killed", "by", "SIGABRT"]
    listed = json.loads((await airhail(tree, "crashes", "--json"))[1])
    assert [(one["id"], one["exit"]) for one in listed["crashes"]] == [(1, "killed by SIGABRT")]
    _, out, _ = await airhail(tree, "crashes", "1")
    for part in ("stack:", "tasks:", "state:", "  mood: troubled", "log:", "messages:"):
        assert f"\n{part}\n" in out
    assert json.loads((await airhail(tree, "crashes", "1", "--json"))[1])["state"] == {"mood": "troubled"}
    status, _, err = await airhail(tree, "crashes", "9")
    assert status == ExitStatus.FAILED
    assert "there is no report 9" in err


async def test_what_a_core_fell_by_can_be_replayed(tree: Supervised) -> None:
    async with tree.running("a=decide"):
        await tree.until_running()
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            await client.call("meet", {"peer": machine.LOW, "name": "kitchen"}, within=WITHIN)
        report = await trouble(tree, "fail")
    _, out, _ = await airhail(tree, "crashes", "1")
    assert "\nsteps: `airhail crashes 1 --recording` prints " in out
    _, out, _ = await airhail(tree, "crashes", "1", "--recording")
    found = parse(out.encode())
    assert found.lines == tuple(report.steps)
    *_, last = found.lines
    assert isinstance(last, Step)
    assert (last.event, last.raised[:18]) == ({"is": "Broke"}, "ZeroDivisionError:")
    assert first_difference(machine.CORE, found) == "", "it falls again"


async def test_an_end_from_outside_leaves_no_steps(tree: Supervised) -> None:
    async with tree.running("a=troubled"):
        await trouble(tree, "block", signal.SIGKILL)
    status, out, err = await airhail(tree, "crashes", "1", "--recording")
    assert (status, out) == (ExitStatus.FAILED, "")
    assert err.startswith("airhail: a left no steps")
