"""The network's side of `lan` where the host or the network gives it too little: it goes on, and tries again."""

import errno
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import NoReturn

import pytest
import trio
import trio.testing

from airhail.actors.backoff import pause
from airhail.actors.beacons import Beacon
from airhail.actors.lan import calls, network
from airhail.actors.lan.events import Event, HearingChanged
from airhail.actors.lan.interfaces import Interface
from airhail.actors.lan.network import Network
from airhail.actors.lan.ring import Ring
from airhail.actors.lan.state import CALL_FIRST_S, CALL_LAST_S
from airhail.actors.lan.wire import NONCE_BYTES

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


ETH, WLAN, TAP = ("fe80::1%eth0", "192.0.2.1"), ("fe80::2%wlan0", "198.51.100.1"), ("fe80::3%tap0", "203.0.113.1")
DELIVERY_S = 20.0


@pytest.mark.parametrize("drops", [True, False])
@pytest.mark.parametrize(
    ("places", "tried"),
    [(ETH[:1], ETH[:1]), (ETH, ETH), ((*ETH, *WLAN), (*ETH, *WLAN)), ((*ETH, *WLAN, *TAP), (*ETH, *WLAN, *TAP[:1]))],
)
async def test_a_peer_is_answered_everywhere_when_connections_get_nowhere(
    autojump_clock: trio.testing.MockClock,
    monkeypatch: pytest.MonkeyPatch,
    places: Sequence[str],
    tried: Sequence[str],
    drops: bool,
) -> None:
    """Play the calls of one delivery; the caller's firewall drops every connection, or refuses it."""
    here, there = Ring(), Ring()
    here.meet([Beacon("alpha", bytes(32), lower=False)])
    there.meet([Beacon("beta", bytes(32), lower=True)])
    connections: list[str] = []

    async def connect(place: str, port: int) -> NoReturn:
        connections.append(place)
        if drops:
            await trio.sleep_forever()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens")

    async def listen(interfaces: object, hear: Callable[[bytes, str], Awaitable[None]], tell: object) -> None:
        for calls_made in count(1):
            for place in places:
                nonce, source = secrets.token_bytes(NONCE_BYTES), calls.packed(place)
                await hear(there.call("beta", 4000, nonce, source, time.time()), place)
            await trio.sleep(pause(CALL_FIRST_S, CALL_LAST_S, calls_made))

    monkeypatch.setattr(network, "connect", connect)
    monkeypatch.setattr(calls, "listen", listen)
    with trio.move_on_after(DELIVERY_S):
        async with trio.open_nursery() as nursery:
            Network(here, nursery, report).use([BOTH])
            await trio.sleep_forever()
    assert set(tried) <= set(connections)
    # Where there is nothing else, what failed is tried again.
    assert len(connections) > 2
