"""Who expects strangers at a carrier: a wish that ends with its caller, as whatever is lent to one does."""

from collections.abc import Awaitable, Callable

import trio

from airhail.actors.carrier import Expect
from airhail.ipc.methods import Caller, Method


class Expecting:
    """Offers `expect`; *report* tells the core who expects strangers, and for how many seconds; 0: no longer."""

    def __init__(self, nursery: trio.Nursery, report: Callable[[int, float], Awaitable[None]]) -> None:
        self._nursery = nursery
        self._report = report
        self._callers: set[int] = set()

    def methods(self) -> dict[str, Method]:
        """Offer it to callers."""
        return {"expect": Method(Expect, self._expect, change=True)}

    async def _expect(self, caller: Caller, args: Expect) -> None:
        if caller.id not in self._callers:
            self._callers.add(caller.id)
            self._nursery.start_soon(self._end_with, caller)
        await self._report(caller.id, args.seconds)

    async def _end_with(self, caller: Caller) -> None:
        await caller.closed.wait()
        self._callers.remove(caller.id)
        await self._report(caller.id, 0.0)
