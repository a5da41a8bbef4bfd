"""A connection that is made again for as long as somebody wants it."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import trio

from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.limits import RECONNECT_FIRST, RECONNECT_LAST

log = logging.getLogger(__name__)


async def stay_connected(
    path: Path, use: Callable[[Client], Awaitable[None]], *, away: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Have *use* called with each connection to the server at *path*, until cancelled.

    It ends with its connection; what it cannot read ends the connection, too. *away* is called when a connection has
    ended, and whenever none could be had. Tries again after RECONNECT_FIRST seconds, twice as long each time that
    nobody is there, up to RECONNECT_LAST.
    """
    pause = RECONNECT_FIRST
    while True:
        connected = False
        try:
            async with open_client(path) as client:
                connected = True
                pause = RECONNECT_FIRST
                await use(client)
        except* (PeerGone, CallError, RemoteProtocolError, msgspec.ValidationError) as group:
            log.log(logging.INFO if connected else logging.DEBUG, "%s: %s", path.stem, group.exceptions[0])
        if away:
            await away()
        await trio.sleep(pause)
        pause = min(pause * 2, RECONNECT_LAST)
