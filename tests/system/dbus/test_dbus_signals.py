"""Signals on a real bus: all arrive, or a Gap says that some are missing; only the right sender's."""

from contextlib import AsyncExitStack

import pytest
import trio

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import BusError
from airhail.ipc.dbus.limits import SIGNAL_QUEUE
from airhail.ipc.dbus.match import Pattern
from airhail.ipc.dbus.signals import Gap, Signal, Signals
from tests.system.dbus.calls import INTERFACE, NAME, PATH, PATIENCE, ask
from tests.system.dbus.private_bus import MAX_RULES, Daemon, open_service

MANY = 5000


async def read_all(signals: Signals, last: int, into: list[int | Gap]) -> None:
    """Read numbered signals until the last one."""
    async for item in signals:
        into.append(item if isinstance(item, Gap) else item.body[0])
        if into[-1] == last:
            return


async def test_burst_arrives_whole_for_who_reads_on(bus: Bus) -> None:
    seen: list[int | Gap] = []
    async with bus.subscribe(sender=NAME, interface=INTERFACE, member="Counted") as signals:
        with trio.fail_after(PATIENCE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(read_all, signals, MANY - 1, seen)
                await ask(bus, "Burst", "u", MANY)
    assert seen == list(range(MANY))


async def test_burst_leaves_a_gap_for_who_does_not_read(bus: Bus) -> None:
    async with bus.subscribe(sender=NAME, interface=INTERFACE, member="Counted") as signals:
        await ask(bus, "Burst", "u", MANY)
        seen: list[int | Gap] = []
        with trio.fail_after(PATIENCE):
            await read_all(signals, MANY - 1, seen)
    first, *rest = seen
    assert isinstance(first, Gap)
    assert len(rest) <= SIGNAL_QUEUE
    # After the Gap nothing is missing.
    assert rest == list(range(MANY - len(rest), MANY))
    assert bus.counters["overflows"] > 0


async def test_signal_overtaken_by_nothing(bus: Bus) -> None:
    """A signal sent before a reply is in the queue when the reply is returned, and numbered lower."""
    async with bus.subscribe(sender=NAME, member="Counted") as signals:
        reply = await bus.exchange(NAME, PATH, INTERFACE, "Burst", "u", (1,), within=PATIENCE)
        item = await anext(signals)
    assert isinstance(item, Signal)
    assert item.number < reply.number


async def test_reader_that_leaves_in_the_middle_disturbs_nobody(bus: Bus) -> None:
    seen: list[int | Gap] = []
    async with bus.subscribe(sender=NAME, member="Counted") as lasting:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_all, lasting, 999, seen)
            async with bus.subscribe(sender=NAME, member="Counted") as leaving:
                nursery.start_soon(ask, bus, "Burst", "u", 1000)
                await anext(leaving)
    assert seen == list(range(1000))
    assert await ask(bus, "Echo", "v", ("s", "well")) == ("well",)


async def test_equal_rules_are_on_the_bus_once_until_the_last_holder_leaves(bus: Bus) -> None:
    async with bus.subscribe(member="Counted") as first:
        async with bus.subscribe(member="Counted"):
            assert bus.rules.holders == {"type='signal',member='Counted'": 2}
        await ask(bus, "Burst", "u", 1)
        assert isinstance(await anext(first), Signal)
    # The removal goes out behind us; it is on the wire before what is asked next.
    await trio.testing.wait_all_tasks_blocked()
    before = bus.counters["unwanted_signals"]
    await ask(bus, "Burst", "u", 1)
    assert bus.counters["unwanted_signals"] == before
    assert not bus.rules.holders


async def test_rule_that_the_bus_refuses_is_told_and_leaves_nothing_behind(bus: Bus) -> None:
    async with AsyncExitStack() as stack:
        for number in range(MAX_RULES):
            await stack.enter_async_context(bus.subscribe(member=f"M{number}"))
        with pytest.raises(BusError, match="LimitsExceeded"):
            await stack.enter_async_context(bus.subscribe(member="Counted"))
        assert len(bus.rules.holders) == len(bus.subscriptions) == MAX_RULES
    await trio.testing.wait_all_tasks_blocked()
    async with bus.subscribe(member="Counted") as signals:
        await ask(bus, "Burst", "u", 1)
        assert isinstance(await anext(signals), Signal)


async def test_only_the_owner_of_a_well_known_name_is_heard(bus: Bus, daemon: Daemon) -> None:
    async with open_service(daemon, "org.example.Impostor"):
        async with bus.subscribe(member="Counted") as anybody:
            async with bus.subscribe(sender=NAME, member="Counted") as owner:
                await ask(bus, "Burst", "u", 3, name="org.example.Impostor")
                await ask(bus, "Burst", "u", 1)
                item = await anext(owner)
                assert isinstance(item, Signal)
                assert not owner.waiting
                senders = [getattr(await anext(anybody), "sender", None) for _ in range(4)]
    assert senders == [senders[0]] * 3 + [item.sender]
    assert senders[0] != item.sender


async def test_paths_below_a_namespace_match(bus: Bus) -> None:
    patterns = [
        Pattern(sender=NAME, path_namespace="/org/exam"),
        Pattern(sender=NAME, path_namespace="/org", member="Counted"),
    ]
    async with bus.subscribe_all(patterns) as signals:
        await ask(bus, "Burst", "u", 1)
        assert [item.body for item in signals.waiting if isinstance(item, Signal)] == [(0,)]


async def test_unknown_header_field_is_ignored(bus: Bus) -> None:
    async with bus.subscribe(sender=NAME, member="Whispered") as signals:
        await ask(bus, "Whisper")
        item = await anext(signals)
    assert isinstance(item, Signal)
    assert item.body == ("psst",)
