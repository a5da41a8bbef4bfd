"""A mirror of another process's state that lasts longer than any connection."""

import logging
from pathlib import Path
from typing import Any

import trio
from trio_util import AsyncValue

from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.limits import RECONNECT_FIRST, RECONNECT_LAST

log = logging.getLogger(__name__)


async def follow(path: str | Path, *, task_status: trio.TaskStatus[AsyncValue[dict[str, Any] | None]]) -> None:
    """Keep a mirror of the state document at *path*, until cancelled; start it with `nursery.start`.

    That returns the mirror, an AsyncValue, at once: None until the server is reached and whenever it is
    away. Tries again after RECONNECT_FIRST seconds, twice as long each time, up to RECONNECT_LAST.
    """
    mirror: AsyncValue[dict[str, Any] | None] = AsyncValue(None)
    task_status.started(mirror)
    pause = RECONNECT_FIRST
    while True:
        try:
            async with open_client(path) as client, client.subscribe() as states:
                async for state in states:
                    mirror.value = state
                    pause = RECONNECT_FIRST
        except (PeerGone, CallError, RemoteProtocolError) as error:
            log.log(logging.INFO if mirror.value is not None else logging.DEBUG, "%s", error)
        mirror.value = None
        await trio.sleep(pause)
        pause = min(pause * 2, RECONNECT_LAST)
