"""`airhail record` and `airhail replay` with a real supervisor and real actors, on a bus without NetworkManager."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from airhail.ipc.client import open_client
from airhail.ipc.errors import PeerGone
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.limits import MAX_FRAME, RECENT_STEPS
from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.lines import Begin, End, Recording, Step, parse
from airhail.supervisor.commands.recorder import Full, Recorder
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from tests.system.dbus.private_bus import open_daemon
from tests.system.ipc_rig import Rig, serving
from tests.system.supervised.harness import ROOT, WITHIN, Supervised, pid_of, supervised
from tests.system.test_command import airhail
from tests.unit.ipc.recording.machine import Met, Peer, State, recorded, step

PEER = "42:00:00:00:01:00"


class Real(Supervised):
    """The supervisor with the actors that everybody has."""

    program = "airhail.supervisor"


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one


@pytest.fixture
async def real(tree: Supervised, tmp_path: Path) -> AsyncIterator[Real]:
    async with open_daemon(tmp_path) as daemon:
        one = Real(tree.directory)
        one.environment["DBUS_SYSTEM_BUS_ADDRESS"] = daemon.address
        async with one.running("run"):
            await one.until_running()
            yield one


class Command:
    """A running `airhail record`: what it says, and what it has recorded."""

    def __init__(self, process: trio.Process, file: Path) -> None:
        self.process = process
        self.file = file
        """Where the recording is once it has ended."""
        self.said = ""
        self.recorded = ""

    async def until(self, words: str) -> None:
        assert self.process.stderr is not None
        with trio.fail_after(WITHIN):
            while words not in self.said:
                piece = await self.process.stderr.receive_some()
                assert piece, f"it ended: {self.said}"
                self.said += bytes(piece).decode()

    async def until_recorded(self, words: str) -> None:
        with trio.fail_after(WITHIN):
            while words not in self.recorded:
                assert await self._read(), f"it ended: {self.recorded}"

    async def end(self, number: signal.Signals = signal.SIGINT) -> Recording:
        self.process.send_signal(number)
        with trio.fail_after(WITHIN):
            while await self._read():
                pass
            assert await self.process.wait() == ExitStatus.DONE
        await self.until(f"ended by {number.name}")
        if not self.file.exists():
            self.file.write_text(self.recorded)
        return parse(self.file.read_bytes())

    async def _read(self) -> bool:
        assert self.process.stdout is not None
        piece = await self.process.stdout.receive_some()
        self.recorded += bytes(piece).decode()
        return bool(piece)


@asynccontextmanager
async def recording(tree: Supervised, actor: str, *options: str) -> AsyncIterator[Command]:
    """Record an actor from when it was reached."""
    command = [sys.executable, "-m", "airhail.supervisor", "record", actor, *options]
    process = await trio.lowlevel.open_process(
        command, cwd=ROOT, env=tree.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        one = Command(process, tree.directory / f"{actor}.recording")
        await one.until("recording begins")
        yield one
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def ask(tree: Supervised, method: str, name: str = "") -> None:
    async with open_client(tree.socket("connection"), within=WITHIN) as client:
        await client.call(method, {"peer": PEER} | ({"name": name} if name else {}), within=WITHIN)


async def until_children(pid: int) -> list[int]:
    """Wait until a process has children."""
    while not (children := proc(pid, f"task/{pid}/children").split()):
        await trio.lowlevel.checkpoint()
    return [int(child) for child in children]


def proc(pid: int, file: str) -> bytes:
    return Path(f"/proc/{pid}", file).read_bytes()


def events(found: Recording) -> list[str]:
    return [line.event["is"] for line in found.lines if isinstance(line, Step)]


async def test_what_is_recorded_is_decided_again(real: Real) -> None:
    await ask(real, "connect")
    async with recording(real, "connection") as command:
        await ask(real, "connect", "two\u2028lines\x85")
        await ask(real, "disconnect")
        await command.until_recorded("PeerUnwanted")
        found = await command.end()
    assert "PeerUnwanted" in events(found)
    assert isinstance(found.lines[0], Begin)
    assert PEER in found.lines[0].state["links"]["links"], "it begins in the middle of a life"
    assert found.end is not None
    said = await airhail(real, "replay", str(command.file))
    assert said.status == ExitStatus.DONE
    assert f" s PeerUnwanted(peer='{PEER}')\n" in said.out
    assert f"    links.links.{PEER}.wanted: True => False\n" in said.out
    assert "name='two\\u2028lines\\x85'" in said.out
    assert "this code decides what was recorded, in all of " in said.out


async def test_a_recording_that_this_code_would_not_make(real: Real) -> None:
    async with recording(real, "connection") as command:
        await ask(real, "connect")
        await command.until_recorded("PeerWanted")
        await command.end()
    text = command.file.read_text()
    # As if the recorded code had not looked for the peer.
    command.file.write_text(text.replace('{"is":"WantFind"}', ""))
    said = await airhail(real, "replay", str(command.file), "--json")
    assert said.status == ExitStatus.FAILED
    result = json.loads(said.out.splitlines()[-1])
    assert not result["agrees"]
    assert "WantFind()" in result["difference"]


async def test_a_recording_goes_on_through_a_crash(real: Real) -> None:
    async with recording(real, "connection") as command:
        await ask(real, "connect")
        await command.until_recorded("PeerWanted")
        state = await real.until_running()
        os.kill(pid_of(state, "connection"), signal.SIGKILL)
        await command.until("it was started again")
        await ask(real, "disconnect")
        await command.until_recorded("PeerUnwanted")
        found = await command.end(signal.SIGTERM)
    first, second = (line for line in found.lines if isinstance(line, Begin))
    assert first.instance != second.instance
    assert second.lost == 0
    assert (await airhail(real, "replay", str(command.file))).status == ExitStatus.DONE


async def test_the_last_steps(real: Real) -> None:
    await ask(real, "connect")
    said = await airhail(real, "record", "connection", "--last")
    found = parse(said.out.encode())
    assert "PeerWanted" in events(found)
    assert isinstance(found.lines[0], Begin)
    assert found.lines[0].after == 0, "so soon nothing is forgotten"
    assert "connection: " in said.err


async def test_the_supervisor_is_recorded_like_everybody(real: Real) -> None:
    async with recording(real, "supervisor") as command:
        state = await real.until_running()
        os.kill(pid_of(state, "discovery"), signal.SIGKILL)
        await command.until_recorded("SpawnActor")
        await command.end()
    said = await airhail(real, "replay", str(command.file))
    assert (said.status, "SpawnActor(name='discovery')" in said.out) == (ExitStatus.DONE, True)


@pytest.mark.parametrize("actor", ["connection", "supervisor"])
async def test_in_disguise(real: Real, actor: str) -> None:
    file = real.directory / f"{actor}.recording"
    async with recording(real, actor, "--hash-addresses", "--output", str(file)) as command:
        await ask(real, "connect", "Ann's phone")
        assert file.read_bytes() == b"", "nothing is on the disk before it is disguised"
        found = await command.end()
    assert found.header.hashed
    assert file.stat().st_mode & 0o077 == 0, "who is near is nobody else's business"
    text = command.file.read_text()
    for secret in (PEER, "phone", sys.executable):
        assert secret not in text
    assert (await airhail(real, "replay", str(command.file))).status == ExitStatus.DONE


async def test_ctrl_c_does_not_end_the_disguising(real: Real) -> None:
    async with recording(real, "connection", "--hash-addresses") as command:
        command.process.send_signal(signal.SIGINT)
        await command.until("disguising")
        # As at a terminal, where both hear it.
        for pid in (command.process.pid, *await until_children(command.process.pid)):
            os.kill(pid, signal.SIGINT)
        found = await command.end()
    assert (found.header.hashed, "Traceback" in command.said) == (True, False)
    assert found.end is not None


@pytest.mark.parametrize("when", ["loading", "replaying"])
async def test_ctrl_c_ends_a_replay(tree: Supervised, when: str) -> None:
    pipe = tree.directory / "pipe"
    os.mkfifo(pipe)
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "airhail.supervisor", "replay", str(pipe)],
        cwd=ROOT,
        env=tree.environment,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    with trio.fail_after(WITHIN):
        # It is read twice: to see of whom it is, and by the program that has the core.
        await trio.to_thread.run_sync(pipe.write_bytes, recorded(State()).write().replace(b'"machine"', b'"hooks"'))
        while b"airhail.actors.cores" not in proc(process.pid, "cmdline"):
            await trio.lowlevel.checkpoint()
        if when == "replaying":
            os.close(await trio.to_thread.run_sync(os.open, pipe, os.O_WRONLY))
        process.send_signal(signal.SIGINT)
        said = b"".join([bytes(piece) async for piece in process.stderr])
        assert (await process.wait(), said) == (ExitStatus.INTERRUPTED, b"")


async def test_a_test_is_made_of_it(real: Real, tmp_path: Path) -> None:
    async with recording(real, "connection") as command:
        await ask(real, "connect")
        await command.until_recorded("PeerWanted")
        await command.end()
    said = await airhail(real, "replay", str(command.file), "--test", "it_wants")
    made = tmp_path / "test_it_wants.py"
    made.write_text(said.out)
    done = await trio.run_process(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(made)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_stdout=True,
        check=False,
    )
    assert (done.returncode, b"1 passed" in done.stdout) == (0, True), done.stdout.decode()


async def test_an_end_by_the_clock(real: Real) -> None:
    said = await airhail(real, "record", "discovery", "--for", "0.1")
    assert said.status == ExitStatus.DONE
    found = parse(said.out.encode())
    assert found.end is not None
    assert found.end.reason == "0.1 s are over"


async def test_what_cannot_be_written_is_told_before_anything_is_recorded(real: Real) -> None:
    nowhere = real.directory / "missing" / "x"
    said = await airhail(real, "record", "discovery", "--hash-addresses", "--output", str(nowhere), "--for", "60")
    assert said.status == ExitStatus.FAILED
    assert said.err.startswith(f"airhail: {nowhere} cannot be written: No such file or directory")


async def test_a_disk_that_is_full(real: Real) -> None:
    said = await airhail(real, "record", "discovery", "--output", "/dev/full", "--for", "60")
    assert said.status == ExitStatus.FAILED
    assert said.err.startswith("airhail: /dev/full cannot be written: No space left on device")


async def test_a_disk_that_fills_up(real: Real) -> None:
    file = real.directory / "small"
    # A line that fits into no 4 KiB comes sooner or later; ulimit counts in KiB, and its signal is left to us.
    limited = (
        f"trap '' XFSZ; ulimit -f 4; exec {sys.executable} -m airhail.supervisor record connection --output {file}"
    )
    process = await trio.lowlevel.open_process(
        ["bash", "-c", limited], cwd=ROOT, env=real.environment, stderr=subprocess.DEVNULL
    )
    with trio.fail_after(WITHIN):
        while process.returncode is None:
            for method in ("connect", "disconnect"):
                await ask(real, method, "a name that takes some room, and comes again and again")
            await trio.lowlevel.checkpoint()
            process.poll()
    assert process.returncode == ExitStatus.FAILED
    found = parse(file.read_bytes())
    assert found.lines
    assert file.read_bytes().endswith(b"\n"), "the half of a line was taken back"
    # The last line is short, so there may have been room for it.
    assert found.end is None or found.end.reason.startswith(f"{file} cannot be written: File too large")
    assert (await airhail(real, "replay", str(file))).status == ExitStatus.DONE


async def test_an_actor_that_does_not_come_back(tree: Supervised) -> None:
    async with tree.running("a=decide,kind=temporary"):
        await tree.until_running()
        async with recording(tree, "a") as command:
            async with open_client(tree.socket("a"), within=WITHIN) as client:
                # It may fall before it has answered.
                with suppress(PeerGone):
                    await client.call("fail", within=WITHIN)
            with trio.fail_after(WITHIN):
                assert await command.process.wait() == ExitStatus.NOT_RUNNING
            await command.until_recorded('"type":"end"')
    found = parse(command.recorded.encode())
    assert found.end is not None
    assert found.end.reason.startswith("a does not run: it is EXITED")


async def test_whoever_has_no_core(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        await tree.until_running()
        said = await airhail(tree, "record", "a")
        assert (said.status, said.out) == (ExitStatus.FAILED, "")
        assert "has no core" in said.err
        assert (await airhail(tree, "record", "nobody")).status == ExitStatus.USAGE
    said = await airhail(tree, "record", "a", "--output", str(tree.directory / "none"))
    assert said.status == ExitStatus.NOT_RUNNING
    assert not (tree.directory / "none").exists()


async def test_what_is_no_recording(tree: Supervised) -> None:
    said = await airhail(tree, "replay", str(tree.directory / "none"))
    assert (said.status, said.err.endswith("none: No such file or directory\n")) == (ExitStatus.USAGE, True)
    tree.log.write_text("no\n")
    said = await airhail(tree, "replay", str(tree.log))
    assert (said.status, "line 1 is no line of a recording" in said.err) == (ExitStatus.USAGE, True)


# --- a reader that is slower than the core: over a real socket, with a core of the test's own ---------------


class Slow:
    """A file that takes nothing until it may, and tells when it has so many steps."""

    def __init__(self, steps: int) -> None:
        self.data = b""
        self.may = trio.Event()
        self.full = trio.Event()
        self._steps = steps

    def write(self, data: bytes) -> None:
        trio.from_thread.run(self.may.wait)
        self.data += data
        if self.data.count(b'"type":"step"') == self._steps:
            trio.from_thread.run_sync(self.full.set)


def take(inspection: Inspection, state: State, count: int) -> State:
    for number in range(count):
        event = Met(Peer(f"02:00:00:00:00:{number % 256:02x}", f"{number}"))
        state, _ = inspection.steps.take(step, state, event, float(number))
    return state


@asynccontextmanager
async def cored(state: State) -> AsyncIterator[tuple[Rig, Inspection]]:
    inspection = Inspection()
    inspection.steps.begin(state)
    async with serving(inspection=inspection) as rig:
        yield rig, inspection


async def test_a_slow_reader_holds_nobody_up_and_is_told_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, said = Slow(3), list[str]()
    lost = trio.Event()

    def tell(sentence: str) -> None:
        said.append(sentence)
        if len(said) == 2:
            lost.set()

    async def run() -> None:
        await Recorder("rig", slow.write, tell).run(last=False)

    big = State(own="x" * MAX_FRAME)
    async with cored(big) as (rig, inspection), trio.open_nursery() as nursery:
        monkeypatch.setenv("AIRHAIL_RUNTIME_DIR", str(rig.path.parent))
        nursery.start_soon(run)
        # The state has been read in its two pieces, and waits to be written.
        while inspection.stats.latency["core"].document().count < 2:
            await trio.lowlevel.checkpoint()
        state = take(inspection, big, 2 * RECENT_STEPS)
        slow.may.set()
        await lost.wait()
        take(inspection, state, 3)
        await slow.full.wait()
        nursery.cancel_scope.cancel()
    found = parse(slow.data)
    first, second, *steps = found.lines
    assert isinstance(first, Begin)
    assert isinstance(second, Begin)
    assert first.state == encode(big)
    assert second.lost == second.after == 2 * RECENT_STEPS
    assert second.state == encode(state)
    assert len(steps) == 3
    assert said[1].startswith(f"{2 * RECENT_STEPS} steps were lost")


class Held:
    """A file that holds up a step until it may be written."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.data = bytearray()
        self.may = threading.Event()
        self._busy = trio.Event()
        self._trouble = trouble

    def write(self, data: bytes) -> None:
        if b'"type":"step"' in data:
            trio.from_thread.run_sync(self._busy.set)
            self.may.wait(WITHIN)
            if self._trouble:
                raise self._trouble
        self.data.extend(data)

    async def cut_short(self, monkeypatch: pytest.MonkeyPatch) -> Recorder:
        """Return a recorder that was ended while a step was being written."""
        recorder = Recorder("rig", self.write, lambda sentence: None)

        async def run() -> None:
            await recorder.run(last=False)

        async with cored(State()) as (rig, inspection), trio.open_nursery() as nursery:
            monkeypatch.setenv("AIRHAIL_RUNTIME_DIR", str(rig.path.parent))
            nursery.start_soon(run)
            while not recorder.begun:
                await trio.lowlevel.checkpoint()
            take(inspection, State(), 1)
            await self._busy.wait()
            nursery.cancel_scope.cancel()
        return recorder


async def test_what_is_being_written_at_the_end_stands_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    recorder = await held.cut_short(monkeypatch)
    with trio.move_on_after(0.1):
        await recorder.finish("it was ended")
    held.may.set()
    with trio.fail_after(WITHIN):
        while b"it was ended" not in held.data:
            await trio.lowlevel.checkpoint()
    found = parse(bytes(held.data))
    assert (len(found.lines), found.end) == (2, End("it was ended"))


async def test_what_nobody_waited_for_and_could_not_be_written_is_told_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Held(CommandError(ExitStatus.FAILED, "the disk is full"))
    recorder = await held.cut_short(monkeypatch)
    held.may.set()
    with pytest.raises(CommandError, match="the disk is full"):
        await recorder.finish("it was ended")


async def test_a_recording_is_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray()
    async with cored(State()) as (rig, inspection):
        monkeypatch.setenv("AIRHAIL_RUNTIME_DIR", str(rig.path.parent))
        take(inspection, State(), RECENT_STEPS)
        with pytest.raises(Full):
            await Recorder("rig", data.extend, lambda sentence: None, room=5000).run(last=True)
    assert 4000 < len(data) <= 5000
    assert parse(bytes(data)).end is None
