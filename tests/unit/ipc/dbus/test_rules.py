"""A match rule is taken to be on the bus only when the bus has said so, whoever of its holders is cut short."""

from collections.abc import AsyncIterator

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from airhail.ipc.dbus.errors import NoReply
from airhail.ipc.dbus.limits import BUS_CALL
from airhail.ipc.dbus.rules import MatchRules
from airhail.ipc.dbus.stream import BusStream, Reply

RULE = "type='signal'"


class Daemon:
    """The bus behind a writer that may be busy with another message; it says yes to whatever it gets."""

    def __init__(self, nursery: trio.Nursery) -> None:
        # Only the queue to the writer is used.
        self.stream = BusStream(memory_stream_pair()[0])  # type: ignore[arg-type]
        self.rules = MatchRules(nursery, lambda: self.stream)
        self.free = trio.Event()
        self.got: list[str] = []
        nursery.start_soon(self.serve)

    async def serve(self) -> None:
        await self.free.wait()
        async for outgoing in self.stream.writable:
            if outgoing.abandoned:
                continue
            self.got += [name for name in ("AddMatch", "RemoveMatch") if name.encode() in outgoing.data]
            for pending in self.stream.pending.values():
                pending.answer = Reply((), 1)
                pending.answered.set()


@pytest.fixture
async def daemon() -> AsyncIterator[Daemon]:
    async with trio.open_nursery() as nursery:
        yield Daemon(nursery)
        nursery.cancel_scope.cancel()


async def test_a_second_holder_has_the_rule_although_the_first_was_cancelled_before_it_was_sent(
    daemon: Daemon,
) -> None:
    first = trio.CancelScope()
    held = trio.Event()

    async def hold_first() -> None:
        with first:
            async with daemon.rules.hold(RULE):
                await trio.sleep_forever()

    async def hold_second() -> None:
        async with daemon.rules.hold(RULE):
            assert daemon.got == ["AddMatch"]
            held.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold_first)
        await wait_all_tasks_blocked()
        nursery.start_soon(hold_second)
        await wait_all_tasks_blocked()
        first.cancel()
        await wait_all_tasks_blocked()
        daemon.free.set()
    assert held.is_set()
    await wait_all_tasks_blocked()
    assert daemon.got == ["AddMatch", "RemoveMatch"], "and it goes with the last one"


async def test_a_rule_that_the_bus_did_not_answer_for_is_added_by_the_next_holder(
    daemon: Daemon, autojump_clock: MockClock
) -> None:
    with trio.fail_after(2 * BUS_CALL), pytest.raises(NoReply):
        async with daemon.rules.hold(RULE):
            pytest.fail("nobody answered")
    daemon.free.set()
    async with daemon.rules.hold(RULE):
        assert daemon.got == ["AddMatch"]


async def test_a_connection_that_is_given_up_is_not_held_up(daemon: Daemon, autojump_clock: MockClock) -> None:
    """Its reader may be gone already, and the answer never come."""
    daemon.rules.holders[RULE] += 1
    begun = trio.current_time()
    with trio.move_on_after(1.0):
        await daemon.rules.put_back(daemon.stream)
    assert trio.current_time() == begun + 1.0
