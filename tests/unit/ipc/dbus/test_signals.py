"""A subscription's queue never loses a signal without a Gap in its place."""

import trio
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.dbus.limits import SIGNAL_QUEUE
from airhail.ipc.dbus.match import Pattern
from airhail.ipc.dbus.signals import Gap, Signal, Signals, Translated


def signal(number: int) -> Signal:
    return Signal(":1.5", "/a", "x.Y", "Z", (number,), number)


async def test_signals_come_in_order_and_the_reader_waits_for_more() -> None:
    signals = Signals((Pattern(),))
    seen: list[Signal | Gap] = []

    async def read() -> None:
        while True:
            seen.append(await anext(signals))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(3):
            signals.put(signal(number))
        await trio.testing.wait_all_tasks_blocked()
        assert seen == [signal(0), signal(1), signal(2)]
        signals.put(signal(3))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert seen[-1] == signal(3)


async def test_cancelled_reader_takes_nothing() -> None:
    signals = Signals((Pattern(),))
    signals.put(signal(1))
    with trio.CancelScope() as scope:
        scope.cancel()
        await anext(signals)
    assert scope.cancelled_caught
    assert await anext(signals) == signal(1)


def test_overflow_becomes_one_gap() -> None:
    signals = Signals((Pattern(),))
    overflows = [signals.put(signal(number)) for number in range(SIGNAL_QUEUE + 1)]
    assert overflows.index(True) == SIGNAL_QUEUE
    assert list(signals.waiting) == [Gap(f"more than {SIGNAL_QUEUE} signals waited to be read")]


def test_gaps_in_a_row_are_one() -> None:
    signals = Signals((Pattern(),))
    for item in (Gap("a"), Gap("b"), signal(1), Gap("c")):
        signals.put(item)
    assert list(signals.waiting) == [Gap("a"), signal(1), Gap("c")]


@given(st.lists(st.integers(0, 1500), max_size=6))
def test_every_missing_signal_has_a_gap_before_its_successor(bursts: list[int]) -> None:
    """Whatever is put and read in turns: numbers jump only across a Gap, and the last always arrives."""
    signals = Signals((Pattern(),))
    number = 0
    expected = 0
    for burst in bursts:
        for _ in range(burst):
            signals.put(signal(number))
            number += 1
        gap = False
        while signals.waiting:
            item = signals.waiting.popleft()
            if isinstance(item, Gap):
                gap = True
            else:
                assert item.number == expected or gap
                expected = item.number + 1
                gap = False
        assert expected == number or gap
        expected = number


async def test_translation_skips_what_means_nothing_and_tells_what_it_cannot_read() -> None:
    def translate(item: Signal) -> str | None:
        if item.number == 2:
            raise ValueError("it is a two")
        return None if item.number == 1 else f"event {item.number}"

    signals = Signals((Pattern(),))
    for number in range(4):
        signals.put(signal(number))
    signals.put(Gap("away"))
    events = Translated(signals, translate)
    assert [await anext(events) for _ in range(4)] == [
        "event 0",
        Gap("the signal x.Y.Z could not be read: it is a two"),
        "event 3",
        Gap("away"),
    ]
