"""Calls on a host that lacks a family, or an interface that has just gone: the actor goes on."""

import errno
import logging
import socket
from typing import NoReturn

import pytest
import trio
import trio.testing

from airhail.actors.lan import calls
from airhail.actors.lan.calls import EAR_FIRST_S, Ports, call_all, call_one, ear_of, join, listen
from airhail.actors.lan.interfaces import Interface
from airhail.actors.lan.line import open_port

PORTS = Ports(4000, 4000)
# No interface has such an index: the kernel counts up from 1.
GONE = Interface("gone0", 2**31 - 2, "192.0.2.1", "")


def make(port: int, source: bytes) -> bytes:
    raise AssertionError("nothing can be sent from here")


# On which the group was joined already, which the kernel refuses to do once more.
LOOPBACK = Interface("lo", 1, "127.0.0.1", "")


@pytest.fixture
def familyless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that was built without what is asked for."""

    def refuse(*arguments: object) -> NoReturn:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.mark.usefixtures("familyless")
def test_without_a_family_there_is_no_port_in_it() -> None:
    assert open_port(socket.AF_INET6) is None


@pytest.mark.usefixtures("familyless")
@pytest.mark.parametrize("address", ["fe80::1%eth0", "192.0.2.7"])
def test_without_a_family_nobody_is_called_in_it(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call_one(address, PORTS, make)
    assert f"a call to {address.partition('%')[0]}" in caplog.text


def test_an_interface_that_has_just_gone_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call_all([GONE], PORTS, make)
    assert "a call to 239.255.97.104" in caplog.text


def test_a_group_that_cannot_be_joined_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        assert join(ear, LOOPBACK) is None
        error = join(ear, LOOPBACK)
    assert error is not None
    assert error.errno == errno.EADDRINUSE


ETH = Interface("eth0", 5, "192.0.2.1", "")
WLAN = Interface("wlan0", 6, "198.51.100.1", "")
FULL, AWAY = errno.ENOBUFS, errno.ENODEV


@pytest.mark.parametrize(
    ("problems", "deaf"),
    [
        ({}, False),
        ({"eth0": FULL}, False),
        ({"eth0": AWAY, "wlan0": AWAY}, False),
        ({"eth0": FULL, "wlan0": FULL}, True),
        ({"eth0": FULL, "wlan0": AWAY}, True),
    ],
)
async def test_an_ear_hears_calls_on_some_interface(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, problems: dict[str, int], deaf: bool
) -> None:
    def fail(ear: socket.socket, interface: Interface) -> OSError | None:
        number = problems.get(interface.name)
        return OSError(number, "it is refused") if number else None

    monkeypatch.setattr(calls, "PORT", 0)
    monkeypatch.setattr(calls, "join", fail)
    # What is passed over is told in the log, unless it has just gone.
    if deaf:
        with pytest.raises(OSError, match="eth0: it is refused"):
            ear_of(socket.AF_INET, [ETH, WLAN])
        assert caplog.text == ""
    else:
        ear_of(socket.AF_INET, [ETH, WLAN]).close()
        assert ("calls cannot be heard on eth0" in caplog.text) == (problems.get("eth0") == FULL)


async def hear(datagram: bytes, place: str) -> None:
    raise AssertionError("nothing can be heard from here")


async def test_a_port_that_cannot_be_had_is_tried_for_again(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[socket.AddressFamily, str]] = []

    def refuse(*arguments: object) -> NoReturn:
        raise OSError(errno.EADDRINUSE, "it is taken")

    async def tell(family: socket.AddressFamily, why: str) -> None:
        told.append((family, why))

    with monkeypatch.context() as patched, trio.move_on_after(EAR_FIRST_S + 1):
        patched.setattr(socket, "socket", refuse)
        await listen([Interface("eth0", 5, "192.0.2.1", "fe80::1")], hear, tell)
    assert sorted(told) == [(family, "it is taken") for family in [socket.AF_INET] * 2 + [socket.AF_INET6] * 2]
