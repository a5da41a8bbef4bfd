"""The network's side of `lan` where the host gives it too little: it goes on, and tries again."""

import socket

import pytest
import trio
import trio.testing

from airhail.actors.lan import network
from airhail.actors.lan.events import Event
from airhail.actors.lan.network import Network
from airhail.actors.lan.ring import Ring


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
