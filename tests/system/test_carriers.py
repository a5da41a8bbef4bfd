"""The hail's line to its carriers, held against one that is being started anew."""

import socket
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
import trio.testing

from airhail.actors.connection.lines.carriers import NEAR_SENDS, SENDS, Carriers, Met
from airhail.actors.reasons import Reason
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.limits import CALLS_IN_FLIGHT
from airhail.ipc.listen import adopt
from airhail.ipc.methods import Caller, Method
from airhail.ipc.published import Published
from airhail.ipc.server import serve
from tests.system.ipc_rig import LIMIT

BETA = "b" * 16
ABSENT = "c" * 16
MET = Met(BETA, bytes(32), lower=True, bluetooth="00:aa:01:01:00:01")
OFF = {"reason": "bluetooth-off", "sentence": "", "advice": ""}


class Meet(msgspec.Struct, frozen=True):
    peers: list[dict[str, Any]]


class Send(msgspec.Struct, frozen=True):
    to: str
    address: str
    body: str


class Take(msgspec.Struct, frozen=True):
    number: int


class Ble:
    """A carrier that is scripted: the socket stands before it serves, as the supervisor holds it."""

    def __init__(self, path: Path, state: dict[str, Any]) -> None:
        self.published = Published(state)
        self.sent: list[Send] = []
        self.taken: list[int] = []
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(str(path))
        self.sock.listen(1)

    async def _meet(self, caller: Caller, args: Meet) -> None:
        pass

    async def _send(self, caller: Caller, args: Send) -> None:
        self.sent.append(args)
        if args.to == ABSENT:
            await trio.sleep_forever()

    async def _take(self, caller: Caller, args: Take) -> None:
        self.taken.append(args.number)
        self.published.update({"inbox": []})

    async def serve(self, *, task_status: trio.TaskStatus[None]) -> None:
        methods = {
            "meet": Method(Meet, self._meet, change=True),
            "send": Method(Send, self._send, change=True),
            "take": Method(Take, self._take, change=True),
        }
        run = partial(serve, adopt(self.sock), name="ble", published=self.published, methods=methods)
        await run(inspection=Inspection(), task_status=task_status)


async def hear(peer: str, body: bytes) -> None:
    raise AssertionError(f"{peer} said {body!r}")


async def test_a_carrier_that_is_being_started_is_waited_for(nursery: trio.Nursery, tmp_path: Path) -> None:
    path = tmp_path / "ble.sock"
    ble = Ble(path, {"inbox": []})
    with ble.sock:
        carriers = Carriers([path], hear)
        carriers.met.value = (MET,)
        nursery.start_soon(carriers.run)
        with trio.fail_after(LIMIT):
            async with trio.open_nursery() as sending:

                async def deliver() -> None:
                    assert await carriers.deliver(BETA, b"hello") is None

                sending.start_soon(deliver)
                await trio.testing.wait_all_tasks_blocked()
                await nursery.start(ble.serve)
        assert [(one.to, bytes.fromhex(one.body)) for one in ble.sent] == [(BETA, b"hello")]


async def test_a_carrier_that_says_it_cannot_is_not_waited_for(nursery: trio.Nursery, tmp_path: Path) -> None:
    path = tmp_path / "ble.sock"
    ble = Ble(path, {"inbox": [], "problem": OFF})
    with ble.sock:
        await nursery.start(ble.serve)
        carriers = Carriers([path], hear)
        nursery.start_soon(carriers.run)
        with trio.fail_after(LIMIT):
            problem = await carriers.deliver(BETA, b"hello")
        assert problem is not None
        assert problem.reason is Reason.NO_CARRIER
        assert ble.sent == []


async def test_a_carrier_that_cannot_be_called_still_calls(nursery: trio.Nursery, tmp_path: Path) -> None:
    path = tmp_path / "lan.sock"
    lan = Ble(path, {"inbox": [], "problem": {**OFF, "reason": "calls-unheard"}})
    with lan.sock:
        await nursery.start(lan.serve)
        carriers = Carriers([path], hear)
        nursery.start_soon(carriers.run)
        with trio.fail_after(LIMIT):
            assert await carriers.deliver(BETA, b"hello") is None


async def test_however_many_peers_are_absent_one_that_calls_is_heard(nursery: trio.Nursery, tmp_path: Path) -> None:
    path = tmp_path / "ble.sock"
    ble = Ble(path, {"inbox": []})
    heard = trio.Event()

    async def deliver() -> None:
        problem = await carriers.deliver(ABSENT, b"hello")
        raise AssertionError(f"it was given up: {problem}")

    async def hear_one(peer: str, body: bytes) -> None:
        assert (peer, body) == (BETA, b"hello")
        heard.set()

    with ble.sock:
        await nursery.start(ble.serve)
        carriers = Carriers([path], hear_one)
        carriers.met.value = (MET,)
        async with trio.open_nursery() as own:
            own.start_soon(carriers.run)
            for _ in range(2 * CALLS_IN_FLIGHT):
                own.start_soon(deliver)
            with trio.fail_after(LIMIT):
                while not ble.sent:
                    await trio.testing.wait_all_tasks_blocked(0.01)
                letter = {"number": 1, "peer": BETA, "address": "", "secure": False, "body": b"hello".hex()}
                ble.published.update({"inbox": [letter]})
                await heard.wait()
                while not ble.taken:
                    await trio.testing.wait_all_tasks_blocked(0.01)
            own.cancel_scope.cancel()
    assert ble.taken == [1]
    assert len(ble.sent) < CALLS_IN_FLIGHT


@pytest.mark.parametrize("near_before", [True, False])
async def test_a_near_peer_does_not_wait_for_absent_ones(
    nursery: trio.Nursery, tmp_path: Path, near_before: bool
) -> None:
    path = tmp_path / "ble.sock"
    near = {"peers": {BETA: {"near": True}, ABSENT: {"near": False}}}
    ble = Ble(path, {"inbox": [], **(near if near_before else {})})
    delivered = trio.Event()

    async def deliver(peer: str) -> None:
        assert await carriers.deliver(peer, b"hello") is None
        delivered.set()

    with ble.sock:
        await nursery.start(ble.serve)
        carriers = Carriers([path], hear)
        async with trio.open_nursery() as own:
            own.start_soon(carriers.run)
            for _ in range(2 * CALLS_IN_FLIGHT):
                own.start_soon(deliver, ABSENT)
            with trio.fail_after(LIMIT):
                while not ble.sent:
                    await trio.testing.wait_all_tasks_blocked(0.01)
                own.start_soon(deliver, BETA)
                await trio.testing.wait_all_tasks_blocked(0.01)
                # It may also come near while its turn is waited for.
                ble.published.update(near)
                await delivered.wait()
            own.cancel_scope.cancel()
    assert [one.to for one in ble.sent] == [ABSENT] * (SENDS - NEAR_SENDS) + [BETA]
