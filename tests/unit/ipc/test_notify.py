import math
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.limits import BUSY_RETRY, MAX_NOTIFICATION, MAX_STATUS
from airhail.ipc.notify import Notifier, parse


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "notify")


@pytest.fixture
def receiver(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as receiver:
        receiver.bind(str(path))
        yield receiver


@pytest.fixture
def notifier(path: Path, receiver: socket.socket) -> Iterator[Notifier]:
    notifier = Notifier(str(path), None)
    yield notifier
    notifier.close()


def received(receiver: socket.socket) -> list[dict[str, str]]:
    found = []
    while True:
        try:
            found.append(parse(receiver.recv(MAX_NOTIFICATION)))
        except BlockingIOError:
            return found


def test_words(notifier: Notifier, receiver: socket.socket) -> None:
    notifier.ready()
    notifier.status("two\nlines = one")
    notifier.watchdog()
    notifier.stopping()
    assert received(receiver) == [
        {"READY": "1"},
        {"STATUS": "two lines = one"},
        {"WATCHDOG": "1"},
        {"STOPPING": "1"},
    ]


def test_without_a_parent_nothing_happens() -> None:
    notifier = Notifier.from_environment({})
    notifier.ready()
    assert notifier.lost == 0
    assert notifier.watchdog_interval is None


def test_full_queue_neither_waits_nor_loses_what_matters(notifier: Notifier, receiver: socket.socket) -> None:
    while notifier.lost == 0:
        notifier.watchdog()
    notifier.ready()
    notifier.status("first")
    notifier.status("second")
    received(receiver)
    notifier.watchdog()
    assert received(receiver) == [{"WATCHDOG": "1", "READY": "1", "STATUS": "second"}]


def test_after_a_full_queue_the_next_sign_is_due_soon(path: Path, receiver: socket.socket) -> None:
    notifier = Notifier(str(path), 10.0)
    assert notifier.next_sign_in == 5.0
    while notifier.lost == 0:
        notifier.watchdog()
    notifier.ready()
    assert notifier.next_sign_in == BUSY_RETRY
    received(receiver)
    notifier.watchdog()
    assert notifier.next_sign_in == 5.0
    notifier.close()


def test_a_parent_that_is_gone_is_not_asked_all_the_time(path: Path) -> None:
    notifier = Notifier(str(path), None)
    notifier.ready()
    assert notifier.lost == 1
    assert notifier.next_sign_in == math.inf
    notifier.close()


def test_missing_receiver_is_told_once_and_again_after_it_was_there(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = Notifier(str(path), None)
    for _ in range(3):
        notifier.ready()
    assert notifier.lost == 3
    assert len(caplog.records) == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        notifier.watchdog()
        assert parse(receiver.recv(MAX_NOTIFICATION)) == {"READY": "1", "WATCHDOG": "1"}
    notifier.watchdog()
    assert len(caplog.records) == 2
    notifier.close()


def test_abstract_address() -> None:
    name = f"airhail-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        notifier = Notifier("@" + name, None)
        notifier.ready()
        assert receiver.recv(100) == b"READY=1"
        notifier.close()


def test_long_status_is_cut(notifier: Notifier, receiver: socket.socket) -> None:
    notifier.status("ä\ud800" * MAX_NOTIFICATION)
    ((fields),) = received(receiver)
    assert len(fields["STATUS"]) == MAX_STATUS


def test_environment_is_taken_and_removed() -> None:
    environ = {
        "NOTIFY_SOCKET": "/nowhere",
        "WATCHDOG_USEC": "3000000",
        "WATCHDOG_PID": str(os.getpid()),
        "HOME": "/",
    }
    notifier = Notifier.from_environment(environ)
    notifier.close()
    assert notifier.watchdog_interval == 3
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    "environ",
    [
        {"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": ""},
    ],
)
def test_watchdog_for_another_process_or_of_no_length(environ: dict[str, str]) -> None:
    assert Notifier.from_environment(environ).watchdog_interval is None


def test_parse() -> None:
    assert parse(b"READY=1\nSTATUS=a=b\n\n=x\nnoise\nREADY=2") == {"READY": "2", "STATUS": "a=b"}
    assert parse(b"STATUS=\xff") == {"STATUS": "\ufffd"}
    assert parse(b"A=" + b"x" * MAX_NOTIFICATION) == {}


@given(st.binary(max_size=100))
def test_parse_takes_anything(datagram: bytes) -> None:
    assert "" not in parse(datagram)
