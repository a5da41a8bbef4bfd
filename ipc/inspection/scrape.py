"""Ask every process of a tree for its counters."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import trio

from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, ErrorName, PeerGone, RemoteProtocolError
from airhail.ipc.inspection.documents import StatsDocument
from airhail.ipc.inspection.exposition import Scrape, Tree

EACH_WITHIN = 2.0
"""Seconds for the counters of one process: one that is stuck must not hide the others for long."""


async def scrape(root: str, path_of: Callable[[str], Path]) -> Scrape:
    """Return what the process *root*, which keeps the others, and all of those tell.

    Those that do not answer are left out. Raises PeerGone, CallError or RemoteProtocolError when *root* does not.
    """
    async with open_client(path_of(root), within=EACH_WITHIN) as client:
        answer = await client.call("inspect", within=EACH_WITHIN)
    try:
        tree = msgspec.convert(answer["state"], Tree)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(ErrorName.BAD_MESSAGE, f"{root} published what cannot be read: {error}") from error
    found: dict[str, StatsDocument] = {}

    async def ask(name: str) -> None:
        try:
            async with open_client(path_of(name), within=EACH_WITHIN) as one:
                found[name] = msgspec.convert(await one.call("stats", within=EACH_WITHIN), StatsDocument)
        except (PeerGone, CallError, RemoteProtocolError, msgspec.ValidationError):
            # That it is missing is what is told of it.
            return

    async with trio.open_nursery() as nursery:
        for name in (root, *tree.actors):
            nursery.start_soon(ask, name)
    return Scrape(tree, found)
