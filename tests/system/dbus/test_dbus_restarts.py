"""The bus dies and comes back, services leave and return: calls fail by name, readers get a Gap."""

from pathlib import Path

import pytest
import trio

from airhail.ipc.dbus.bus import Bus, open_bus
from airhail.ipc.dbus.errors import BusError, BusGone
from airhail.ipc.dbus.match import BUS_NAME
from airhail.ipc.dbus.signals import Gap, Signal, Signals
from tests.system.dbus.calls import NAME, PATIENCE, ask
from tests.system.dbus.private_bus import Daemon, open_service


async def next_item(signals: Signals) -> Signal | Gap:
    with trio.fail_after(PATIENCE):
        return await anext(signals)


async def become(bus: Bus, connected: bool) -> None:
    with trio.fail_after(PATIENCE):
        await bus.connected.wait_value(connected)


async def test_bus_dies_and_comes_back(bus: Bus, daemon: Daemon) -> None:
    failures = []

    async def wait() -> None:
        with pytest.raises(BusGone) as caught:
            await ask(bus, "Hold")
        failures.append(caught.value)

    async with bus.subscribe(member="Counted") as anybody, bus.subscribe(sender=NAME) as named:
        async with bus.watch_owner(NAME) as owner:
            first = owner.value
            assert first is not None
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await trio.testing.wait_all_tasks_blocked()
                await daemon.kill()
            assert "org.example.Test.Hold" in str(failures[0])
            await become(bus, connected=False)
            assert owner.value is None
            with pytest.raises(BusGone, match="the bus is away"):
                await ask(bus, "Echo", "v", ("s", "x"))

            await daemon.start()
            await become(bus, connected=True)
            assert isinstance(await next_item(anybody), Gap)
            assert isinstance(await next_item(named), Gap)
            async with open_service(daemon, NAME):
                await owner.wait_value(lambda name: name is not None)
                assert isinstance(await next_item(named), Gap)
                await ask(bus, "Burst", "u", 1)
                for signals in (anybody, named):
                    item = await next_item(signals)
                    assert isinstance(item, Signal)
                    assert item.sender == owner.value
    assert bus.counters["connections"] == 2


async def test_who_hears_that_a_service_is_back_can_call_it(bus: Bus, daemon: Daemon) -> None:
    # The bus has a name itself, which is there before any other; beside it one that has to be asked about, too.
    async with bus.watch_owner(BUS_NAME) as owner, bus.watch_owner(NAME):
        await daemon.kill()
        await become(bus, connected=False)
        await daemon.start()
        with trio.fail_after(PATIENCE):
            await owner.wait_value(lambda name: name is not None)
        assert await bus.call(BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "GetId", within=PATIENCE)


async def test_bus_that_is_not_there_yet(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    async with open_bus(daemon.address) as bus:
        assert not bus.connected.value
        with pytest.raises(BusGone, match=r"No such file or directory\. Is dbus running\?"):
            await ask(bus, "Echo", "v", ("s", "x"))
        async with bus.subscribe(sender=NAME, member="Counted") as signals:
            await daemon.start()
            try:
                await become(bus, connected=True)
                assert isinstance(await next_item(signals), Gap)
                async with open_service(daemon, NAME):
                    await ask(bus, "Burst", "u", 1)
                    assert isinstance(await next_item(signals), Gap)
                    assert isinstance(await next_item(signals), Signal)
            finally:
                await daemon.kill()


async def test_subscription_made_while_the_bus_is_away_works_later(bus: Bus, daemon: Daemon) -> None:
    await daemon.kill()
    await become(bus, connected=False)
    async with bus.subscribe(sender=NAME, member="Counted") as signals:
        await daemon.start()
        await become(bus, connected=True)
        async with open_service(daemon, NAME):
            await ask(bus, "Burst", "u", 1)
            items = [await next_item(signals)]
            while isinstance(items[-1], Gap):
                items.append(await next_item(signals))
    assert isinstance(items[0], Gap)


async def test_service_leaves_and_comes_back(bus: Bus, daemon: Daemon) -> None:
    name = "org.example.Other"
    async with bus.watch_owner(name) as owner, bus.subscribe(sender=name, member="Counted") as signals:
        assert owner.value is None
        async with open_service(daemon, name):
            await owner.wait_value(lambda unique: unique is not None)
            first = owner.value
            assert await next_item(signals) == Gap(f"{name} is now {first}")
        await owner.wait_value(None)
        assert await next_item(signals) == Gap(f"{name} left the bus")
        async with open_service(daemon, name):
            await owner.wait_value(lambda unique: unique is not None)
            assert owner.value != first
            assert isinstance(await next_item(signals), Gap)
            await ask(bus, "Burst", "u", 1, name=name)
            assert isinstance(await next_item(signals), Signal)


async def test_service_that_dies_during_a_call(bus: Bus, daemon: Daemon) -> None:
    async with open_service(daemon, "org.example.Other") as process:
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                with pytest.raises(BusError, match="NoReply"):
                    await ask(bus, "Hold", name="org.example.Other")

            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            process.kill()


async def test_names_nobody_watches_are_forgotten(bus: Bus) -> None:
    async with bus.watch_owner(NAME), bus.watch_owner(NAME):
        pass
    await trio.testing.wait_all_tasks_blocked()
    assert not bus.owners.entries
    assert not bus.rules.holders


def test_address_without_a_unix_socket_is_refused() -> None:
    async def main() -> None:
        async with open_bus("tcp:host=localhost,port=1"):
            pass

    with pytest.raises(ValueError, match="names no Unix socket"):
        trio.run(main)
