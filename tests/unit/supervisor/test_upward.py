import contextlib
import math
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.testing

from airhail.ipc.limits import BUSY_RETRY, MAX_NOTIFICATION
from airhail.ipc.notify import Notifier, parse
from airhail.supervisor.shell import Upward


class Parent:
    """Whoever started the supervisor: a socket that is read when the test says so."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(self.path)

    def fill(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as other:
            with contextlib.suppress(BlockingIOError):
                while True:
                    other.sendto(b"STATUS=busy", self.path)

    def heard(self) -> list[dict[str, str]]:
        found = []
        while True:
            try:
                found.append(parse(self.socket.recv(MAX_NOTIFICATION)))
            except BlockingIOError:
                return found


@pytest.fixture
def parent() -> Iterator[Parent]:
    with tempfile.TemporaryDirectory() as folder:
        parent = Parent(Path(folder, "notify"))
        with parent.socket:
            yield parent


@pytest.mark.parametrize("interval", [None, 10.0])
async def test_ready_follows_soon_when_the_parent_was_busy(
    autojump_clock: trio.testing.MockClock, parent: Parent, interval: float | None
) -> None:
    upward = Upward(Notifier(parent.path, interval), None)
    parent.fill()
    upward.ready(())
    upward.alive("6 running")
    assert upward.notifier.next_sign <= trio.current_time() + BUSY_RETRY
    parent.heard()
    await trio.sleep(BUSY_RETRY)
    upward.alive("6 running")
    (told,) = parent.heard()
    assert (told["READY"], told["STATUS"]) == ("1", "6 running")
    upward.notifier.close()


async def test_a_start_of_many_steps_gives_one_sign_of_life(
    autojump_clock: trio.testing.MockClock, parent: Parent
) -> None:
    upward = Upward(Notifier(parent.path, 10.0), None)
    await trio.sleep(5.0)
    for _ in range(20):
        upward.alive("starting")
    assert parent.heard() == [{"STATUS": "starting"}, {"WATCHDOG": "1"}]
    assert upward.notifier.next_sign == trio.current_time() + 5.0
    upward.notifier.close()


async def test_nobody_who_waits_is_told_nothing(autojump_clock: trio.testing.MockClock, parent: Parent) -> None:
    upward = Upward(Notifier(parent.path, None), None)
    await trio.sleep(5.0)
    upward.alive("starting")
    upward.alive("starting")
    assert parent.heard() == [{"STATUS": "starting"}]
    assert upward.notifier.next_sign == math.inf
    upward.notifier.close()
