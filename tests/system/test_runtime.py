"""An actor as a real process, handed sockets, a lifeline and a notification socket by a real parent."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
import trio.testing

from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, ErrorName, PeerGone
from airhail.ipc.notify import parse

# Generous: the machine may be busy. Nothing here waits that long when all is well.
LIMIT = 30

ACTOR = """
import sys, time
import trio
from msgspec import Struct
from airhail.actors.runtime import Actor, run_actor
from airhail.ipc.server import Caller, Method, NoArguments


class Bus(Struct, frozen=True):
    networkmanager: str = ""


async def now(caller: Caller, args: NoArguments) -> dict[str, float]:
    return {"trio": trio.current_time(), "monotonic": time.monotonic()}


async def crash(caller: Caller, args: NoArguments) -> None:
    dying.set()


async def hang(caller: Caller, args: NoArguments) -> None:
    time.sleep(1000)


async def body(actor: Actor) -> None:
    actor.config.section("bus", Bus)
    actor.published.update({"state": "here"})
    methods = {"now": now, "crash": crash, "hang": hang}
    await actor.serve({name: Method(NoArguments, method, change=True) for name, method in methods.items()})
    actor.notifier.status("waits\\nfor you")
    while not dying.is_set():
        actor.alive()
        with trio.move_on_after(min(actor.alive_every, 1000)):
            await dying.wait()
    raise RuntimeError("as told")


dying = trio.Event()
sys.exit(run_actor("probe", body))
"""

# What the supervisor does between fork and exec: the descriptors from 3 on, and the child's own pid.
HAND_OVER = """
import os, sys
handed = [int(number) for number in sys.argv[1].split(",") if number]
for place, descriptor in enumerate(handed):
    os.dup2(descriptor, 100 + place)
for place in range(len(handed)):
    os.dup2(100 + place, 3 + place)
    os.close(100 + place)
os.environ["LISTEN_PID"] = os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


class Parent:
    """Holds the other ends: the listening socket, the lifeline and the notifications."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "probe.sock"
        self.program = folder / "probe.py"
        self.program.write_text(ACTOR)
        self.config = folder / "airhail.toml"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notifications.bind(str(folder / "notify"))
        self.notifications.setblocking(False)
        self.lifeline, self.childs_lifeline = os.pipe()[::-1]
        self.child: subprocess.Popen[str] | None = None

    def spawn(self, *arguments: str, watchdog: float = 1000) -> "subprocess.Popen[str]":
        handed = self.listener.fileno(), self.childs_lifeline
        environ = self.environ() | {
            "LISTEN_FDS": "2",
            "LISTEN_FDNAMES": "probe:lifeline",
            "NOTIFY_SOCKET": str(self.folder / "notify"),
            "WATCHDOG_USEC": str(int(watchdog * 1e6)),
        }
        command = [sys.executable, "-c", HAND_OVER, ",".join(map(str, handed)), str(self.program), *arguments]
        self.child = subprocess.Popen(
            command, env=environ, pass_fds=handed, stderr=subprocess.PIPE, text=True, cwd=self.folder
        )
        os.close(self.childs_lifeline)
        self.childs_lifeline = -1
        return self.child

    def environ(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
        return kept | {"AIRHAIL_CONFIG": str(self.config), "AIRHAIL_RUNTIME_DIR": str(self.folder)}

    async def told(self, word: str) -> dict[str, str]:
        """Wait for a notification in which *word* is; return all of that datagram."""
        with trio.fail_after(LIMIT):
            while True:
                await trio.lowlevel.wait_readable(self.notifications)
                fields = parse(self.notifications.recv(4096))
                if word in fields:
                    return fields

    def ended(self) -> tuple[int, str]:
        """Wait for the child's end; return its exit status and what it wrote."""
        assert self.child is not None
        _, errors = self.child.communicate(timeout=LIMIT)
        return self.child.returncode, errors

    def let_go(self) -> None:
        """Close the lifeline, as the kernel does when the parent dies."""
        os.close(self.lifeline)
        self.lifeline = -1

    def close(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
        self.listener.close()
        self.notifications.close()
        for descriptor in (self.lifeline, self.childs_lifeline):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path: a socket's path must be short.
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def parent(folder: Path) -> Iterator[Parent]:
    parent = Parent(folder)
    yield parent
    parent.close()


async def test_ready_and_serves(parent: Parent) -> None:
    child = parent.spawn()
    await parent.told("READY")
    assert (await parent.told("STATUS"))["STATUS"] == "waits for you"
    async with open_client(parent.path) as client:
        assert client.hello.actor == "probe"
        assert client.hello.pid == child.pid
        async with client.subscribe() as states:
            assert await anext(states) == {"state": "here"}


async def test_its_clock_is_every_processs_clock(parent: Parent) -> None:
    parent.spawn()
    await parent.told("READY")
    before = time.monotonic()
    async with open_client(parent.path) as client:
        times = await client.call("now", within=LIMIT)
    assert before <= times["trio"] <= times["monotonic"]


async def test_caller_waits_in_the_backlog_until_it_serves(parent: Parent) -> None:
    async def call() -> None:
        async with open_client(parent.path, within=LIMIT) as client:
            assert (await client.call("inspect", within=LIMIT))["state"] == {"state": "here"}

    async with trio.open_nursery() as nursery:
        nursery.start_soon(call)
        # Connected, and nobody there yet: wait_all_tasks_blocked proves that the caller waits.
        await trio.testing.wait_all_tasks_blocked()
        parent.spawn()


async def test_end_of_the_lifeline_ends_it(parent: Parent) -> None:
    parent.spawn()
    await parent.told("READY")
    parent.let_go()
    await parent.told("STOPPING")
    status, errors = parent.ended()
    assert status == 0
    assert "the parent is gone" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_signal_ends_it_in_order(parent: Parent, number: signal.Signals) -> None:
    child = parent.spawn()
    await parent.told("READY")
    async with open_client(parent.path) as client:
        child.send_signal(number)
        await parent.told("STOPPING")
        with pytest.raises(PeerGone):
            await client.call("inspect", within=LIMIT)
    status, errors = parent.ended()
    assert status == 0
    assert number.name in errors


async def test_gives_signs_of_life(parent: Parent) -> None:
    parent.spawn(watchdog=0.2)
    for _ in range(5):
        await parent.told("WATCHDOG")


async def test_stuck_orphan_is_ended_by_the_kernel(parent: Parent) -> None:
    parent.spawn(watchdog=0.5)
    await parent.told("READY")
    async with open_client(parent.path) as client:
        with pytest.raises((CallError, PeerGone)):
            await client.call("hang", within=LIMIT)
    parent.let_go()
    status, errors = parent.ended()
    assert status == -signal.SIGALRM
    assert "in hang" in errors


async def test_abort_shows_where_it_stood(parent: Parent) -> None:
    child = parent.spawn()
    await parent.told("READY")
    child.send_signal(signal.SIGABRT)
    status, errors = parent.ended()
    assert status == -signal.SIGABRT
    assert "trio" in errors
    assert "most recent call first" in errors


async def test_crash_has_its_traceback_in_the_log(parent: Parent) -> None:
    parent.spawn()
    await parent.told("READY")
    async with open_client(parent.path) as client:
        # Whether the reply or the crash comes first is nobody's promise.
        with suppress(PeerGone):
            await client.call("crash", within=LIMIT)
    status, errors = parent.ended()
    assert status == 1
    assert "RuntimeError: as told" in errors


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[log]\nlevel = 'loud'\n", ", line 2: [log] level: "),
        ("[log]\n\nlevle = 'info'\n", ", line 3: [log] levle: is not known; known are: level"),
        ("[bus]\nnetworkmanager = 3\n", ", line 2: [bus] networkmanager: "),
        ("\n[buss]\n", ", line 2: [buss]: is not known"),
        ("[bus\n", "line 1"),
    ],
)
async def test_bad_configuration_is_hopeless(parent: Parent, text: str, where: str) -> None:
    parent.config.write_text(text)
    parent.spawn()
    status, errors = parent.ended()
    assert status == 78
    assert str(parent.config) in errors
    assert where in errors
    assert "Traceback" not in errors
    assert where in (await parent.told("STATUS"))["STATUS"]


async def test_named_configuration_must_exist(parent: Parent) -> None:
    parent.spawn("--config", str(parent.folder / "elsewhere.toml"))
    status, errors = parent.ended()
    assert status == 78
    assert "elsewhere.toml: there is no such file" in errors


@asynccontextmanager
async def by_hand(parent: Parent) -> AsyncIterator["subprocess.Popen[str]"]:
    """Start the actor as a person would: nothing is handed over; wait until it listens."""
    environ = parent.environ() | {"AIRHAIL_RUNTIME_DIR": str(parent.folder / "own")}
    command = [sys.executable, str(parent.program)]
    # trio's own would need a nursery, and starting a process is quick.
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as child:  # noqa: ASYNC220
        try:
            assert child.stderr is not None
            await trio.to_thread.run_sync(wait_for_line, child, "ready")
            yield child
        finally:
            child.kill()


def wait_for_line(child: "subprocess.Popen[str]", word: str) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if word in line:
            return
    raise AssertionError(f"it ended without saying {word!r}")


async def test_by_hand_it_binds_its_own_socket(parent: Parent) -> None:
    path = parent.folder / "own" / "probe.sock"
    async with by_hand(parent):
        assert path.stat().st_mode & 0o777 == 0o660
        async with open_client(path) as client:
            assert client.hello.actor == "probe"


async def test_by_hand_a_second_one_is_refused_and_the_first_unharmed(parent: Parent) -> None:
    path = parent.folder / "own" / "probe.sock"
    async with by_hand(parent):
        environ = parent.environ() | {"AIRHAIL_RUNTIME_DIR": str(parent.folder / "own")}
        second = await trio.run_process(
            [sys.executable, str(parent.program)], env=environ, capture_stderr=True, check=False
        )
        assert second.returncode == 78
        assert b"another process serves" in second.stderr
        async with open_client(path) as client:
            assert client.hello.actor == "probe"


async def test_by_hand_a_dead_socket_is_replaced_and_removed_at_the_end(parent: Parent) -> None:
    path = parent.folder / "own" / "probe.sock"
    async with by_hand(parent) as child:
        child.kill()
        child.wait(LIMIT)
        assert path.exists()
    async with by_hand(parent) as child:
        child.terminate()
        child.wait(LIMIT)
        assert not path.exists()


async def test_missing_and_unreachable_sockets_have_sentences(folder: Path) -> None:
    with pytest.raises(PeerGone, match="is airhail running"):
        async with open_client(folder / "none.sock"):
            pass
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(folder / "silent.sock"))
        silent.listen()
        with pytest.raises(PeerGone, match=r"did not say hello within 0.1 s"):
            async with open_client(folder / "silent.sock", within=0.1):
                pass
    if os.geteuid() != 0:
        (folder / "silent.sock").chmod(0)
        with pytest.raises(CallError) as caught:
            async with open_client(folder / "silent.sock"):
                pass
        assert caught.value.name is ErrorName.NOT_PERMITTED
