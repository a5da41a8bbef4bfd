"""A carrier of airhail in a host, called as its `connection` does it: over its socket."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host

# Virtual, and local.
CALL_S = 10.0

Document = Mapping[str, Any]


class Carrier:
    """One connection to the carrier of one host."""

    def __init__(self, host: Host, client: Client) -> None:
        self.host = host
        self.client = client

    async def call(self, method: str, args: Mapping[str, Any], within: float = CALL_S) -> dict[str, Any]:
        """Call it; what it refuses is the run's failure."""
        try:
            return await self.client.call(method, args, within=within)
        except CallError as error:
            raise Failed(f"{self.host.name}: {method}: {error.name}: {error}") from error

    async def refused(self, method: str, args: Mapping[str, Any], within: float = CALL_S) -> str:
        """Call it and return the name of the error, which must come."""
        try:
            answer = await self.client.call(method, args, within=within)
        except CallError as error:
            return str(error.name)
        raise Failed(f"{self.host.name}: {method} was not refused: {answer}")

    async def until(self, what: str, holds: Callable[[Document], object]) -> Document:
        """Follow the published document until something holds; return the document then."""
        async with self.client.subscribe() as states:
            async for document in states:
                if holds(document):
                    return document
        raise Failed(f"{self.host.name}: its carrier ended before {what}")

    async def message(self, body: bytes) -> dict[str, Any]:
        """Wait for a body in the inbox; return its message."""

        def waits(document: Document) -> list[dict[str, Any]]:
            return [message for message in document["inbox"] if message["body"] == body.hex()]

        return waits(await self.until(f"{body!r} arrived", waits))[0]


@asynccontextmanager
async def open_carrier(host: Host, name: str) -> AsyncIterator[Carrier]:
    """Connect to the carrier called `name` of a host whose airhail is root's."""
    async with open_client(host.root / f"run/airhail/{name}.sock", within=CALL_S) as client:
        yield Carrier(host, client)
