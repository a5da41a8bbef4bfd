"""The actors as real processes on a bus without NetworkManager and BlueZ: what they promise without a radio."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.notify import parse
from tests.system.dbus.private_bus import open_daemon

PEER = "42:00:00:00:01:00"
OTHER = "42:00:00:00:02:00"
# Generous: the machine may be busy. Nothing here waits that long when all is well.
LIMIT = 30


class House:
    """A runtime folder, a state folder and a bus of their own, in which actors are started by hand."""

    def __init__(self, folder: Path, bus: str) -> None:
        self._environment = {
            **os.environ,
            "AIRHAIL_RUNTIME_DIR": str(folder / "run"),
            "AIRHAIL_STATE_DIR": str(folder / "state"),
            "DBUS_SYSTEM_BUS_ADDRESS": bus,
        }
        self.run = folder / "run"
        self.run.mkdir(parents=True)
        self.before: list[str] = []
        """The command by way of which actors are started."""
        self._numbers = itertools.count()

    @asynccontextmanager
    async def actor(self, name: str) -> AsyncIterator[trio.Process]:
        """Run one actor from its READY=1 on, and see it stop of its own accord when asked to."""
        command = [*self.before, sys.executable, "-m", f"airhail.actors.{name}"]
        with trio.socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications:
            notify = self.run / f"{name}.{next(self._numbers)}.notify"
            await notifications.bind(str(notify))
            environment = {**self._environment, "NOTIFY_SOCKET": str(notify)}
            process = await trio.lowlevel.open_process(command, env=environment, stderr=subprocess.DEVNULL)
            try:
                with trio.fail_after(LIMIT):
                    while "READY" not in parse(await notifications.recv(4096)):
                        pass
                yield process
                if process.returncode is None:
                    process.terminate()
                with trio.fail_after(LIMIT):
                    await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    with trio.CancelScope(shield=True):
                        await process.wait()

    @asynccontextmanager
    async def client(self, name: str) -> AsyncIterator[Client]:
        """Reach an actor."""
        async with open_client(self.run / f"{name}.sock", within=LIMIT) as client:
            yield client


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_daemon(tmp_path) as daemon:
        yield House(tmp_path, daemon.address)


async def until(client: Client, wanted: object, *path: str) -> dict[str, Any]:
    """Follow an actor's state until what stands at *path* is *wanted*."""
    with trio.fail_after(LIMIT):
        async with client.subscribe() as states:
            async for state in states:
                place: Any = state
                for key in path:
                    place = place.get(key, {})
                if place == wanted:
                    return state
    raise AssertionError("the states ended")


async def test_an_intent_has_its_reason_and_outlives_the_process(house: House) -> None:
    async with house.actor("discovery"):
        async with house.actor("connection") as first, house.client("connection") as client:
            await client.call("connect", {"peer": PEER, "name": "beta"}, within=LIMIT)
            state = await until(client, "networkmanager-gone", "links", PEER, "reason")
            assert "systemctl start NetworkManager" in state["links"][PEER]["advice"]
            first.kill()
            with trio.fail_after(LIMIT):
                await first.wait()
        async with house.actor("connection"), house.client("connection") as client:
            state = await until(client, "networkmanager-gone", "links", PEER, "reason")
            assert state["links"][PEER]["name"] == "beta"
            await client.call("disconnect", {"peer": PEER}, within=LIMIT)
            await until(client, "down", "links", PEER, "phase")
            with pytest.raises(CallError) as refused:
                await client.call("disconnect", {"peer": OTHER}, within=LIMIT)
            assert refused.value.name is ErrorName.REFUSED


async def test_a_wish_survives_discovery_and_finds_the_next_one(house: House) -> None:
    async with house.actor("connection"), house.client("connection") as client:
        await client.call("connect", {"peer": PEER}, within=LIMIT)
        await until(client, "discovery-gone", "links", PEER, "reason")
        async with house.actor("discovery"):
            await until(client, "networkmanager-gone", "links", PEER, "reason")


async def test_what_failed_is_remembered_and_an_answer_needs_a_question(house: House) -> None:
    async with house.actor("discovery"):
        async with house.actor("connection"), house.client("connection") as client:
            await client.call("connect", {"peer": PEER, "allow_wifi_drop": True}, within=LIMIT)
            with pytest.raises(CallError) as refused:
                await client.call("answer", {"allow": True}, within=LIMIT)
            assert refused.value.name is ErrorName.REFUSED
        # A wish that waits for NetworkManager has not failed.
        async with house.actor("connection"), house.client("connection") as client:
            assert await client.call("history", within=LIMIT) == {"history": []}


async def test_a_reset_without_an_engine_is_refused(house: House) -> None:
    async with house.actor("discovery"), house.client("discovery") as client:
        with pytest.raises(CallError) as refused:
            await client.call("reset", {"flush": True}, within=LIMIT)
        assert refused.value.name is ErrorName.REFUSED


async def test_the_air_ends_with_the_connection_it_was_lent_on(house: House) -> None:
    async with house.actor("discovery") as discovery, house.client("discovery") as second:
        async with house.client("discovery") as first:
            await first.call("want_find", within=LIMIT)
            await first.call("borrow_air", {"peer": PEER}, within=LIMIT)
            with pytest.raises(CallError) as busy:
                await first.call("borrow_air", {"peer": PEER}, within=LIMIT)
            assert busy.value.name is ErrorName.BUSY
            with pytest.raises(CallError) as late:
                await second.call("borrow_air", {"peer": OTHER}, within=0.2)
            assert late.value.name is ErrorName.DEADLINE
            assert (await second.call("inspect", within=LIMIT))["state"]["lease"]["peer"] == PEER
        await second.call("borrow_air", {"peer": OTHER}, within=LIMIT)
        state = (await second.call("inspect", within=LIMIT))["state"]
        assert state["lease"]["peer"] == OTHER
        assert state["find"]["wanted"] == 0
        await second.call("return_air", within=LIMIT)
        assert "lease" not in (await second.call("inspect", within=LIMIT))["state"]
        assert discovery.returncode is None


async def test_without_bluez_there_is_a_reason_and_nothing_is_sent(house: House) -> None:
    address = "00:AA:01:00:00:01"
    peer = {"peer": "b" * 16, "address": address, "key": "5e" * 32, "lower": True}
    async with house.actor("ble"), house.client("ble") as client:
        state = await until(client, "bluez-gone", "problem", "reason")
        assert "systemctl start bluetooth" in state["problem"]["advice"]
        assert (state["mailbox"], state["beacon"], state["inbox"]) == ("closed", "off", [])
        await client.call("meet", {"peers": [peer]}, within=LIMIT)
        met = {"address": address.lower(), "near": False, "bonded": False}
        await until(client, met, "peers", "b" * 16)
        for args, name in (
            ({"to": "b" * 16, "address": address, "body": "00"}, ErrorName.UNAVAILABLE),
            ({"to": "c" * 16, "address": address, "body": "00"}, ErrorName.REFUSED),
            ({"to": "b" * 16, "address": address, "body": "no"}, ErrorName.BAD_ARGUMENTS),
            ({"to": "b" * 16, "address": address, "body": "00" * 401}, ErrorName.BAD_ARGUMENTS),
        ):
            with pytest.raises(CallError) as refused:
                await client.call("send", args, within=LIMIT)
            assert refused.value.name is name
        with pytest.raises(CallError) as refused:
            await client.call("meet", {"peers": [{**peer, "key": "5e"}]}, within=LIMIT)
        assert refused.value.name is ErrorName.BAD_ARGUMENTS


async def test_a_bad_bus_address_is_a_configuration_error(house: House, tmp_path: Path) -> None:
    config = tmp_path / "airhail.toml"
    config.write_text('[log]\nlevel = "info"\n\n[bus]\nnetworkmanager = "tcp:host=example"\n')
    command = [sys.executable, "-m", "airhail.actors.discovery", "--config", str(config)]
    environment = {**os.environ, "AIRHAIL_RUNTIME_DIR": str(house.run)}
    with trio.fail_after(LIMIT):
        ended = await trio.run_process(command, env=environment, capture_stderr=True, check=False)
    assert ended.returncode == 78
    assert f"{config}, line 5: [bus] networkmanager" in ended.stderr.decode()


async def test_an_actor_asked_to_stop_ends_well(house: House) -> None:
    async with house.actor("discovery") as discovery, house.client("discovery"):
        discovery.send_signal(signal.SIGTERM)
        with trio.fail_after(LIMIT):
            assert await discovery.wait() == 0
