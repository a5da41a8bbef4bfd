"""Both ways to start an actor make the same process, and the fast one is a help on which nothing depends."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.supervisor import forking, zygote
from airhail.supervisor.commands.reach import SUPERVISOR
from airhail.supervisor.commands.recordings import tool_command
from airhail.supervisor.forking import ForkSpawner
from airhail.supervisor.metrics import METRICS
from airhail.supervisor.processes import become_subreaper
from airhail.supervisor.programs import PYTHON, module_of, program
from airhail.supervisor.spawning import ExecSpawner, Launch, Spawner
from airhail.supervisor.specs import ACTORS
from tests.system.supervised.harness import ROOT, WITHIN, descriptors, gone

MIRROR = "tests.system.supervised.mirror"
COMMAND = program(MIRROR, "one", "two")
LATE = 0.2
"""Seconds that a process takes to end: far more than the one after it takes to go on."""
GLIBCS_OWN = 1 << 31 | 1 << 32
"""Signals 32 and 33 in a mask of proc(5)."""
ENVIRONMENT = {
    **os.environ,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(ROOT),
    "LISTEN_FDS": "2",
    "ODD": "\udcff=\n",
}


@pytest.fixture(autouse=True)
def parent() -> Iterator[None]:
    """Be what the supervisor is: the parent of whatever is started here, and at the end of nothing."""
    become_subreaper()
    yield
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


@asynccontextmanager
async def fork_spawner(*modules: str) -> AsyncIterator[ForkSpawner]:
    spawner = ForkSpawner(modules, ENVIRONMENT)
    with trio.fail_after(WITHIN):
        await spawner.begin()
    try:
        yield spawner
    finally:
        spawner.close()


def mirrored(
    spawner: Spawner, environment: Mapping[str, str] = ENVIRONMENT, command: tuple[str, ...] = COMMAND
) -> tuple[dict[str, Any], str]:
    """Start a mirror, and return what it was given and what its process is called."""
    reading, writing = os.pipe()
    with open(reading) as answer:
        with open(writing, "w"), open("/dev/null") as spare:
            pid = spawner.spawn("reflection", Launch(command, environment, (writing, spare.fileno())))
        given = json.load(answer)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    comm = Path(f"/proc/{pid}/comm").read_text().strip()
    assert ended(pid) == 0
    return given, comm


def ended(pid: int) -> int:
    """Wait for the end of a child and return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def zygote_of(spawner: ForkSpawner) -> int:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    (pid,) = (int(pid) for pid in children if b"zygote" in Path(f"/proc/{pid}/cmdline").read_bytes())
    return pid


async def test_both_ways_make_the_same_process() -> None:
    plain, _ = mirrored(ExecSpawner())
    async with fork_spawner(MIRROR) as spawner:
        forked, comm = mirrored(spawner)
    assert comm == "reflection", "it was forked: only then is it called by the actor's name"
    plain["environment"].pop("_", None)  # the shell's own
    forked["environment"].pop("_", None)
    assert forked["descriptors"].keys() == set("01234")
    # What this process was itself given to pass on, as pytest's output, goes through an exec and not to a fork.
    plain["descriptors"] = {key: plain["descriptors"][key] for key in "01234"}
    assert forked == plain
    assert plain["leader"]
    assert plain["arguments"][1:] == ["one", "two"]
    assert plain["environment"]["LISTEN_PID"] == plain["environment"]["WATCHDOG_PID"] == "own pid"


def test_a_zygote_that_is_forked_makes_the_same_process_too() -> None:
    plain, _ = mirrored(ExecSpawner())
    command = [sys.executable, "-m", "tests.system.supervised.forked", MIRROR]
    # Without a terminal: standard input is one of the descriptors that are compared.
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=WITHIN, env=ENVIRONMENT)
    assert done.returncode == 1, "the module that does not exist ends as Python does"
    assert b"No module named tests.no_such" in done.stderr
    forked = json.loads(done.stdout)
    for given in (plain, forked):
        given["environment"].pop("_", None)
        given["descriptors"] = {key: given["descriptors"][key] for key in "04"}  # the others are pipes of this test's
        # posix_spawn of glibc, and it alone, ignores the two signals that glibc keeps to itself (spawni.c).
        given["status"]["SigIgn"] = int(given["status"]["SigIgn"], 16) & ~GLIBCS_OWN
    assert forked == plain


async def test_other_commands_start_in_the_plain_way() -> None:
    async with fork_spawner("json.tool") as spawner:
        given, comm = mirrored(spawner)
    assert comm != "reflection"
    assert given["arguments"][1:] == ["one", "two"]


@pytest.mark.parametrize(
    ("command", "module"),
    [
        (program("a.b", "c"), "a.b"),
        (PYTHON, ""),
        (("/bin/sh", *PYTHON[1:], "a.b"), ""),
        ((sys.executable, "-c", "pass"), ""),
    ],
)
def test_what_can_be_forked(command: tuple[str, ...], module: str) -> None:
    assert module_of(command) == module


@pytest.mark.parametrize(
    "command", [ACTORS[0].command, METRICS.command, tool_command("ble"), tool_command(SUPERVISOR)]
)
def test_nothing_is_imported_from_the_current_folder(command: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('planted')\n")
    done = subprocess.run(
        [*command, "--help"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, timeout=WITHIN, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_without_an_answer_it_starts_in_the_plain_way(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forking, "AGAIN_AFTER", 0.0)
    async with fork_spawner(MIRROR) as spawner:
        before = descriptors(os.getpid())
        pid = zygote_of(spawner)
        os.kill(pid, number)
        if number == signal.SIGKILL:
            await gone(pid)
        assert mirrored(spawner)[1] != "reflection"
        await gone(pid)
        ended(pid)
        assert spawner.ended(pid)
        # The next one that is to be started finds none, and has one begun.
        assert mirrored(spawner)[1] != "reflection"
        assert zygote_of(spawner) != pid
        with trio.fail_after(WITHIN):
            await spawner.begin()
        assert mirrored(spawner)[1] == "reflection"
        assert descriptors(os.getpid()) == before


async def test_a_module_that_cannot_be_loaded_fails_in_the_actor_alone(capfd: pytest.CaptureFixture[str]) -> None:
    async with fork_spawner("tests.no_such", MIRROR) as spawner:
        assert mirrored(spawner)[1] == "reflection"
        pid = spawner.spawn("broken", Launch(program("tests.no_such"), ENVIRONMENT, ()))
        assert ended(pid) == 1
    assert "No module named tests.no_such" in capfd.readouterr().err


def test_a_process_is_the_supervisors_child_before_it_tells_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    end = os._exit
    reading, writing = os.pipe()

    def end_late(status: int) -> None:
        select.select([], [], [], LATE)
        end(status)

    monkeypatch.setattr(os, "_exit", end_late)  # of the child between, which the supervisor never hears of
    if zygote.fork_grandchild():
        os.write(writing, os.getppid().to_bytes(4, "big"))
        end(0)
    os.close(writing)
    with open(reading, "rb") as told:
        assert int.from_bytes(told.read(), "big") == os.getpid()


async def test_an_order_that_is_too_large_goes_the_plain_way() -> None:
    large = {**ENVIRONMENT, **{f"LARGE{number}": "x" * 100_000 for number in range(5)}}
    async with fork_spawner(MIRROR) as spawner:
        given, comm = mirrored(spawner, large)
    assert comm != "reflection"
    assert given["environment"]["LARGE4"] == "x" * 100_000


async def test_the_zygote_ends_with_its_parents_socket() -> None:
    async with fork_spawner(MIRROR) as spawner:
        pid = zygote_of(spawner)
    await gone(pid)
