"""Wait for the datagram by which a service manager's child says that it is ready: sd_notify(3)."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

# The largest datagram we look at; READY=1 and a STATUS sentence are far below it.
DATAGRAM = 4096


class Readiness:
    """A socket at which somebody may say READY=1."""

    def __init__(self, notices: trio.socket.SocketType) -> None:
        self._notices = notices

    async def said(self) -> None:
        """Return when it has been said."""
        while "READY=1" not in (await self._notices.recv(DATAGRAM)).decode().splitlines():
            pass


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[Readiness]:
    """Listen at `path`, as reached from outside the host, to whoever may reach it inside."""
    await trio.Path(path).unlink(missing_ok=True)
    with trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_DGRAM) as notices:
        await notices.bind(str(path))
        os.chmod(path, 0o666)
        yield Readiness(notices)
