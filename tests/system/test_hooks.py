"""The actor `hooks` as a real process: real programs are called, watched, and ended."""

import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.actors.hooks.scripts import refusal, scripts
from airhail.ipc.follow import follow
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.listen import adopt
from airhail.ipc.published import Published
from airhail.ipc.server import serve

PEER = "02:00:00:00:00:01"
UP = {
    "peer": PEER,
    "name": "Kitchen",
    "phase": "up",
    "interface": "p2p-0",
    "addresses": ["10.128.0.1/24"],
    "peer_address": "10.128.0.2",
}
# Generous: the machine may be busy. Nothing here waits that long when all is well.
LIMIT = 30


class Folder:
    """The places of one airhail: hooks, what they write down, and what connection publishes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard = path / "heard"
        self.links = Published({"links": {}})
        self.run = path / "run"
        for folder in (self.run, path / "hooks.d"):
            folder.mkdir()
        (path / "airhail.toml").write_text("[hooks]\nlimit = 1.0\n")

    def hook(self, name: str, *lines: str) -> Path:
        path = self.path / "hooks.d" / name
        path.write_text("\n".join(["#!/bin/sh", f"cd {self.path}", *lines, ""]))
        path.chmod(0o755)
        return path

    @asynccontextmanager
    async def actor(self) -> AsyncIterator[trio.Process]:
        environment = {
            **os.environ,
            "AIRHAIL_RUNTIME_DIR": str(self.run),
            "AIRHAIL_CONFIG": str(self.path / "airhail.toml"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-m", "airhail.actors.hooks"]
        with (self.path / "log").open("ab") as log:
            process = await trio.lowlevel.open_process(command, env=environment, stderr=log)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            with trio.move_on_after(LIMIT, shield=True):
                await process.wait()

    async def until(self, **wanted: str) -> None:
        """Wait until the actor tells this of the link; nothing wanted: it tells of no link."""
        with trio.fail_after(LIMIT):
            async with trio.open_nursery() as nursery:
                mirror = await nursery.start(follow, self.run / "hooks.sock")
                await mirror.wait_value(lambda state: state and state["links"].get(PEER, {}) == wanted)
                nursery.cancel_scope.cancel()

    @property
    def log(self) -> str:
        return (self.path / "log").read_text()


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Folder]:
    one = Folder(tmp_path)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(one.run / "connection.sock"))
        sock.listen()
        async with trio.open_nursery() as nursery:

            async def serve_links(*, task_status: trio.TaskStatus[None]) -> None:
                options: dict[str, Any] = {"methods": {}, "inspection": Inspection(), "task_status": task_status}
                await serve(adopt(sock), name="connection", published=one.links, **options)

            await nursery.start(serve_links)
            yield one
            nursery.cancel_scope.cancel()


async def test_hooks_are_called_with_what_is_known(folder: Folder) -> None:
    folder.hook(
        "10-first", 'echo "$1 $AIRHAIL_EVENT $AIRHAIL_PEER_NAME $AIRHAIL_PEER_ADDRESS" >> heard', "echo hello"
    )
    folder.hook("20-second", 'echo "second $AIRHAIL_INTERFACE ${NOTIFY_SOCKET-none}" >> heard', "exit 3")
    folder.hook("30-not-executable", "echo never >> heard").chmod(0o644)
    folder.hook(".hidden", "echo never >> heard")
    folder.hook("backup~", "echo never >> heard")
    async with folder.actor():
        folder.links.update({"links": {PEER: UP}})
        await folder.until(told="up")
        assert folder.heard.read_text() == "up up Kitchen 10.128.0.2\nsecond p2p-0 none\n"
    assert "10-first: hello" in folder.log
    assert "20-second up: exit status 3" in folder.log
    assert "30-not-executable is not run: it is not executable" in folder.log


async def test_what_was_told_is_not_told_again_by_the_next_life(folder: Folder) -> None:
    folder.hook("only", 'echo "$1 $AIRHAIL_INTERFACE" >> heard')
    async with folder.actor() as process:
        folder.links.update({"links": {PEER: UP}})
        await folder.until(told="up")
        with trio.fail_after(LIMIT):
            while not (folder.run / "hooks.json").exists():
                await trio.lowlevel.checkpoint()
        process.kill()
    async with folder.actor():
        await folder.until(told="up")
        # A new group is a new link: it tells that the actor listens.
        folder.links.update({"links": {PEER: {**UP, "interface": "p2p-1"}}})
        with trio.fail_after(LIMIT):
            while folder.heard.read_text() != "up p2p-0\ndown p2p-0\nup p2p-1\n":
                await trio.lowlevel.checkpoint()


async def test_a_hook_is_ended_at_its_limit_with_all_that_it_started(folder: Folder) -> None:
    folder.hook("forever", "sleep 3600 &", "echo $$ $! > pids.new", "mv pids.new pids", "wait")
    async with folder.actor():
        folder.links.update({"links": {PEER: UP}})
        await folder.until(told="up")
        for pid in map(int, (folder.path / "pids").read_text().split()):
            await gone(pid)
    assert "forever up: was ended at its limit of 1 s" in folder.log


async def test_a_hook_does_not_outlive_its_limit_when_the_actor_is_killed(folder: Folder) -> None:
    folder.hook("forever", "mkfifo begun 2>/dev/null", "sleep 3600 &", "echo $$ $! > begun", "wait")
    os.mkfifo(folder.path / "begun")
    async with folder.actor() as process:
        folder.links.update({"links": {PEER: UP}})
        with trio.fail_after(LIMIT):
            pids = await trio.to_thread.run_sync((folder.path / "begun").read_text, abandon_on_cancel=True)
        process.send_signal(signal.SIGKILL)
        for pid in map(int, pids.split()):
            await gone(pid)


async def test_the_actors_end_is_that_of_a_running_hook_and_of_nothing_that_left_its_group(folder: Folder) -> None:
    (folder.path / "airhail.toml").write_text("[hooks]\nlimit = 3600\n")
    folder.hook("forever", "setsid sh -c 'echo $PPID $$ > begun; exec sleep 3600' &", "wait")
    os.mkfifo(folder.path / "begun")
    async with folder.actor():
        folder.links.update({"links": {PEER: UP}})
        with trio.fail_after(LIMIT):
            told = await trio.to_thread.run_sync((folder.path / "begun").read_text, abandon_on_cancel=True)
    hook, left = map(int, told.split())
    await gone(hook)
    # Its adopted parent ends it with the tree (tests/system/faults); here that is nobody's.
    os.kill(left, signal.SIGKILL)
    await gone(left)


async def gone(pid: int) -> None:
    """Wait until no process has this pid."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        with trio.fail_after(LIMIT):
            await trio.lowlevel.wait_readable(descriptor)
    finally:
        os.close(descriptor)


async def test_what_others_can_write_is_not_run(folder: Folder) -> None:
    fine = folder.hook("fine", "true")
    assert list(scripts(fine.parent)) == [fine]
    (open_one := folder.hook("open", "true")).chmod(0o757)
    assert "others can write" in refusal(open_one)
    (fine.parent / "link").symlink_to(open_one)
    assert "others can write" in refusal(fine.parent / "link")
    (fine.parent / "folder").mkdir()
    assert refusal(fine.parent / "folder") == "it is no file"
    (fine.parent / "lost").symlink_to("nowhere")
    assert refusal(fine.parent / "lost") == "No such file or directory"
    fine.parent.chmod(0o777)
    assert "others can write" in refusal(fine)
    assert list(scripts(folder.path / "none")) == []


async def test_a_foreign_hook_is_not_run(folder: Folder) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a file of somebody else's")
    foreign = folder.hook("foreign", "true")
    os.chown(foreign, 65534, 65534)
    assert "belongs to user 65534" in refusal(foreign)
