"""The whole of airhail, as `airhail run` starts it, on a bus of its own without NetworkManager."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio

from airhail.ipc.client import Client, open_client
from tests.system.dbus.private_bus import Daemon, open_daemon
from tests.system.supervised.harness import WITHIN, State, Supervised

ACTORS = ("discovery", "connection")
PEER = "42:00:00:00:01:00"


class House(Supervised):
    """One runtime directory, the bus in it, and `airhail run`."""

    program = "airhail.supervisor"

    def __init__(self, directory: Any, bus: Daemon) -> None:
        super().__init__(directory)
        self.bus = bus
        self.environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address

    @asynccontextmanager
    async def airhail(self, *before: str, **options: Any) -> AsyncIterator[trio.Process]:
        """Run it from the moment on in which every actor serves."""
        async with self.running("run", before=before, **options) as process:
            await self.until_running()
            yield process

    @asynccontextmanager
    async def client(self, name: str) -> AsyncIterator[Client]:
        """Reach an actor, or the next life of one."""
        async with open_client(self.socket(name), within=WITHIN) as client:
            yield client

    async def connection(self) -> State:
        """Return connection's state document."""
        async with self.client("connection") as client:
            state: State = (await client.call("inspect", within=WITHIN))["state"]
        return state


@asynccontextmanager
async def house_in(tree: Supervised) -> AsyncIterator[House]:
    """Start a bus in the directory of `tree`, for airhail to run on."""
    async with open_daemon(tree.directory) as bus:
        yield House(tree.directory, bus)
