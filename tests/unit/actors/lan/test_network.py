"""The network's side of `lan` where the host gives it too little: it goes on, and tries again."""

import errno
import socket

import pytest
import trio
import trio.testing

from airhail.actors.lan import calls, network
from airhail.actors.lan.events import Event, HearingChanged
from airhail.actors.lan.interfaces import Interface
from airhail.actors.lan.network import Network
from airhail.actors.lan.ring import Ring

IPV4 = Interface("eth0", 5, "192.0.2.1", "")
BOTH = Interface("eth0", 5, "192.0.2.1", "fe80::1")


async def report(event: Event) -> None:
    raise AssertionError(event)


async def test_without_a_port_for_answers_one_is_tried_for_at_each_call(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[socket.AddressFamily] = []

    def refuse(family: socket.AddressFamily) -> None:
        tries.append(family)

    monkeypatch.setattr(network, "open_port", refuse)
    lan = Network(Ring(), nursery, report)
    lan.await_answers()
    await trio.testing.wait_all_tasks_blocked()
    assert len(tries) == 2
    lan.call("", "")
    await trio.testing.wait_all_tasks_blocked()
    assert len(tries) == 4
    monkeypatch.undo()
    lan.call("", "")
    lan.await_no_answers()
    await trio.testing.wait_all_tasks_blocked()


@pytest.mark.parametrize(("interface", "told"), [(IPV4, [HearingChanged("taken")]), (BOTH, [])])
async def test_a_host_is_deaf_when_it_hears_no_calls_in_the_families_that_it_has(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, interface: Interface, told: list[Event]
) -> None:
    events: list[Event] = []

    async def note(event: Event) -> None:
        events.append(event)

    def ear_of(family: socket.AddressFamily, interfaces: object) -> trio.socket.SocketType:
        if family == socket.AF_INET:
            raise OSError(errno.EADDRINUSE, "taken")
        return trio.socket.socket(family, socket.SOCK_DGRAM)

    monkeypatch.setattr(calls, "ear_of", ear_of)
    Network(Ring(), nursery, note).use([interface])
    await trio.testing.wait_all_tasks_blocked()
    assert events == told
