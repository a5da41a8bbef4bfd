"""A mirror of another process's state that lasts longer than any connection."""

from pathlib import Path
from typing import Any

import trio
from trio_util import AsyncValue

from airhail.ipc.client import Client
from airhail.ipc.stay import stay_connected


async def follow(path: Path, *, task_status: trio.TaskStatus[AsyncValue[dict[str, Any] | None]]) -> None:
    """Keep a mirror of the state document at *path*, until cancelled; start it with `nursery.start`.

    That returns the mirror, an AsyncValue, at once: None until the server is reached and whenever it is away.
    """
    mirror: AsyncValue[dict[str, Any] | None] = AsyncValue(None)
    task_status.started(mirror)

    async def reflect(client: Client) -> None:
        async with client.subscribe() as states:
            async for state in states:
                mirror.value = state

    async def forget() -> None:
        mirror.value = None

    await stay_connected(path, reflect, away=forget)
