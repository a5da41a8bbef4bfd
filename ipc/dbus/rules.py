"""The match rules that the bus daemon holds for us: by them it knows which signals to send."""

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import trio

from airhail.ipc.dbus.errors import BusFailure, BusGone
from airhail.ipc.dbus.limits import BUS_CALL
from airhail.ipc.dbus.match import BUS_INTERFACE, BUS_NAME, BUS_PATH
from airhail.ipc.dbus.stream import BusStream

log = logging.getLogger(__name__)


class MatchRules:
    """Who holds which rule; *connection* returns the stream to the bus, None while it is away."""

    def __init__(self, background: trio.Nursery, connection: Callable[[], BusStream | None]) -> None:
        self._background = background
        self._connection = connection
        self.holders: Counter[str] = Counter()
        self._lock = trio.Lock()

    @asynccontextmanager
    async def hold(self, rule: str) -> AsyncGenerator[None]:
        """Keep a match rule on the bus; equal rules of several holders are there once.

        Raises BusError when the bus refuses it, NoReply when it is stuck. Cancelling waits for its answer.
        """
        self.holders[rule] += 1
        try:
            # Added by the next greeting.
            with suppress(BusGone):
                # Cut short on a connection that goes on, nobody would know whether the bus has it.
                await self._settle(rule, to_the_end=True)
            yield
        finally:
            self.holders[rule] -= 1
            if not self.holders[rule]:
                del self.holders[rule]
                self._background.start_soon(self._drop, rule)

    async def put_back(self, stream: BusStream) -> None:
        """Have a new connection hold all rules, also those that are wanted meanwhile. Raises BusFailure."""
        while missing := self.holders.keys() - stream.rules:
            for rule in missing:
                await self._settle(rule)

    async def _settle(self, rule: str, *, to_the_end: bool = False) -> None:
        """Make the bus have the rule if and only if somebody holds it; *to_the_end*: a cancel waits until then."""
        async with self._lock:
            stream = self._connection()
            if stream is None or (rule in stream.rules) == (rule in self.holders):
                return
            if rule in self.holders:
                # Without an answer it is taken to be missing: a rule too many costs signals that nobody wants, one
                # too few those that somebody waits for.
                with trio.CancelScope(shield=to_the_end):
                    await ask_bus(stream, "AddMatch", rule)
                stream.rules.add(rule)
            else:
                stream.rules.remove(rule)
                await ask_bus(stream, "RemoveMatch", rule)

    async def _drop(self, rule: str) -> None:
        """Settle a rule that nobody waits for."""
        try:
            await self._settle(rule)
        except BusGone:
            return
        except BusFailure as failure:
            log.warning("a match rule may stay on the bus: %s", failure)


async def ask_bus(stream: BusStream, member: str, *names: str) -> tuple[Any, ...]:
    """Call the bus daemon itself. Raises BusFailure."""
    signature = "s" * len(names) or None
    reply = await stream.exchange(BUS_NAME, BUS_PATH, BUS_INTERFACE, member, signature, names, BUS_CALL)
    return reply.body
