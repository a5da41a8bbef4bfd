from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.errors import LocalProtocolError
from airhail.ipc.limits import SUBSCRIBER_QUEUE
from airhail.ipc.messages import Delta, Snapshot
from airhail.ipc.patch import apply
from airhail.ipc.published import Published


class Mirror:
    """A subscriber that insists on the order."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self.state: dict[str, Any] = {}
        self.taken = 0

    def take(self, message: Snapshot | Delta) -> None:
        self.taken += 1
        if isinstance(message, Snapshot):
            self.state = message.state
        else:
            assert self.seq is not None, "the first is a snapshot"
            assert message.seq == self.seq + 1, "no gap"
            self.state = apply(self.state, message.patch)
        self.seq = message.seq


async def test_snapshot_then_numbered_deltas() -> None:
    published = Published({"n": 0})
    published.update({"n": 1})
    with published.subscribe(7) as subscription:
        assert await subscription.receive() == Snapshot(7, 1, {"n": 1})
        published.update({"n": 2, "a": {}})
        published.update({"n": 2})
        assert await subscription.receive() == Delta(7, 2, {"n": 2, "a": {}})
        assert await subscription.receive() == Delta(7, 3, {"a": None})


async def test_update_without_a_change_is_none(autojump_clock: trio.testing.MockClock) -> None:
    published = Published({"n": 0})
    with published.subscribe(1) as subscription:
        await subscription.receive()
        published.update({"n": 0, "gone": None})
        assert published.seq == 0
        with pytest.raises(trio.TooSlowError), trio.fail_after(1):
            await subscription.receive()


async def test_changes_before_the_snapshot_are_in_it() -> None:
    published = Published({"n": 0})
    with published.subscribe(1) as subscription:
        published.update({"n": 1})
        published.update({"n": 2})
        assert await subscription.receive() == Snapshot(1, 2, {"n": 2})
        published.update({"n": 3})
        assert await subscription.receive() == Delta(1, 3, {"n": 3})


async def test_slow_subscriber_collapses_into_the_truth() -> None:
    published = Published({"n": 0})
    quick, slow = Mirror(), Mirror()
    with published.subscribe(1) as one, published.subscribe(2) as other:
        slow.take(await one.receive())
        quick.take(await other.receive())
        for n in range(1, 10_000):
            published.update({"n": n})
            quick.take(await other.receive())
        while slow.seq != published.seq:
            slow.take(await one.receive())
    assert quick.state == slow.state == {"n": 9_999}
    assert quick.taken == 10_000
    assert slow.taken <= SUBSCRIBER_QUEUE + 2


async def test_cancelled_receive_loses_nothing() -> None:
    published = Published({"n": 0})
    with published.subscribe(1) as subscription:
        await subscription.receive()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(subscription.receive)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        published.update({"n": 1})
        published.update({"n": 2})
        assert await subscription.receive() == Delta(1, 1, {"n": 1})
        assert await subscription.receive() == Delta(1, 2, {"n": 2})


async def test_restart_sends_a_snapshot_again() -> None:
    published = Published({"n": 0})
    with published.subscribe(1) as subscription:
        await subscription.receive()
        published.update({"n": 1})
        subscription.restart()
        assert await subscription.receive() == Snapshot(1, 1, {"n": 1})


async def test_no_document_leaves_the_old_one() -> None:
    published = Published({"n": 0})
    with pytest.raises(LocalProtocolError):
        published.update({"n": b"bytes"})
    assert published.state == {"n": 0}
    assert published.seq == 0


async def test_nothing_is_kept_for_who_has_left() -> None:
    published = Published({})
    with published.subscribe(1) as subscription:
        await subscription.receive()
    published.update({"n": 1})
    with trio.move_on_after(0) as waited:
        await subscription.receive()
    assert waited.cancelled_caught


@given(st.lists(st.booleans(), max_size=80))
def test_any_interleaving_ends_with_the_truth(updates: list[bool]) -> None:
    async def run() -> None:
        published = Published({"n": 0})
        mirror = Mirror()
        with published.subscribe(1) as subscription:
            for count, update in enumerate(updates):
                if update:
                    published.update({"n": count, f"k{count % 3}": count})
                elif mirror.seq != published.seq:
                    mirror.take(await subscription.receive())
            while mirror.seq != published.seq:
                mirror.take(await subscription.receive())
        assert mirror.state == published.state

    trio.run(run)
