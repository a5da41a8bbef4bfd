"""Records that others may follow while they are written.

A follower asks for what is behind its cursor and may wait for it. There is no queue for each: all read the one
ring, so a slow follower costs nothing, and what it missed it is told.
"""

import trio

from airhail.ipc.inspection.ring import Reading, Ring


class Feed:
    """A ring, and those who wait for its next record."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._news: trio.Event | None = None
        self._token: trio.lowlevel.TrioToken | None = None

    def append(self, payload: bytes) -> None:
        """Write one record, from any thread, one at a time; what is too long for the ring is cut."""
        self._ring.append(payload[: self._ring.largest])
        if self._news is not None and self._token is not None:
            try:
                self._token.run_sync_soon(self._tell, idempotent=True)
            except trio.RunFinishedError:
                # Those who waited ended with the run, in which this thread still logs.
                self._news = None

    async def read(self, after: int, wait: float = 0.0) -> Reading:
        """Return the records after the cursor *after*; waits *wait* seconds for one."""
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(wait):
            while self._ring.end == after and wait > 0:
                await self._next()
        return self._ring.read(after)

    async def _next(self) -> None:
        if self._news is None:
            self._token = trio.lowlevel.current_trio_token()
            self._news = trio.Event()
        await self._news.wait()

    def _tell(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None
