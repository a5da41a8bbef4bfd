"""What others may ask of discovery: the find, the air on loan, and resets; all of it ends with its connection."""

from collections.abc import Awaitable, Callable

import trio
from msgspec import Struct

from airhail.actors.discovery.events import (
    AirAsked,
    AirReturned,
    Event,
    FindDropped,
    FindWanted,
    ListenWanted,
    ResetAsked,
    ResetDropped,
)
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments


class BorrowAir(Struct, frozen=True):
    """The arguments of `borrow_air`: whom the air is wanted for, and where groups are formed (MHz; 0: anywhere)."""

    peer: str
    frequency: int = 0


class Reset(Struct, frozen=True):
    """The arguments of `reset`: whether all that the engine holds about peers goes, not only its find."""

    flush: bool = False


class Ask:
    """A caller's wish for the air, until it is answered."""

    def __init__(self) -> None:
        self.answered = trio.Event()
        self.lent = False
        self.returned = False


class DiscoveryMethods:
    """Answers calls, once the core has; *hand_back* tells the core what a caller that went away asks no more."""

    def __init__(
        self,
        nursery: trio.Nursery,
        send_event: Callable[[Event], Awaitable[None]],
        hand_back: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._nursery = nursery
        self._send_event = send_event
        self._hand_back = hand_back
        self._asks: dict[int, Ask] = {}
        self._resets: dict[int, trio.MemorySendChannel[str]] = {}
        self._watched: set[int] = set()

    def methods(self) -> dict[str, Method]:
        """Offer the find and the air to callers."""
        return {
            "want_find": Method(NoArguments, self._want_find, change=True),
            "want_listen": Method(NoArguments, self._want_listen, change=True),
            "drop_find": Method(NoArguments, self._drop_find, change=True),
            "borrow_air": Method(BorrowAir, self._borrow_air, change=True),
            "return_air": Method(NoArguments, self._return_air, change=True),
            "reset": Method(Reset, self._reset, change=True),
        }

    def ask_of(self, by: int) -> Ask | None:
        """Return the open wish for the air of a connection; None when it gave up in this moment."""
        return self._asks.get(by)

    def answer_reset(self, by: int, problem: str) -> None:
        """Answer the reset that a connection asked for; *problem* says why not, or nothing."""
        if answers := self._resets.get(by):
            answers.send_nowait(problem)

    async def _want_find(self, caller: Caller, args: NoArguments) -> None:
        self._watch(caller)
        await self._send_event(FindWanted(caller.id))

    async def _want_listen(self, caller: Caller, args: NoArguments) -> None:
        self._watch(caller)
        await self._send_event(ListenWanted(caller.id))

    async def _drop_find(self, caller: Caller, args: NoArguments) -> None:
        await self._send_event(FindDropped(caller.id))

    async def _borrow_air(self, caller: Caller, args: BorrowAir) -> None:
        if caller.id in self._asks:
            raise CallError(ErrorName.BUSY, "this connection has asked for the air already: return it first")
        self._watch(caller)
        ask = self._asks[caller.id] = Ask()
        try:
            await self._send_event(AirAsked(caller.id, caller.credentials.pid, args.peer, args.frequency))
            await ask.answered.wait()
        finally:
            if not ask.lent and self._asks.get(caller.id) is ask:
                del self._asks[caller.id]
                await self._hand_back(AirReturned(caller.id))
        if ask.returned:
            raise CallError(ErrorName.REFUSED, "this connection has returned the air while it was asking for it")
        if not ask.lent:
            raise CallError(ErrorName.TOO_MANY, "too many wait for the air already: try again in a while")

    async def _return_air(self, caller: Caller, args: NoArguments) -> None:
        if ask := self._asks.pop(caller.id, None):
            ask.returned = True
            ask.answered.set()
        await self._send_event(AirReturned(caller.id))

    async def _reset(self, caller: Caller, args: Reset) -> None:
        if caller.id in self._resets:
            raise CallError(ErrorName.BUSY, "this connection has a reset under way already: wait for its answer")
        self._watch(caller)
        answers, answer = trio.open_memory_channel[str](1)
        self._resets[caller.id] = answers
        try:
            await self._send_event(ResetAsked(caller.id, args.flush))
            problem = await answer.receive()
        finally:
            del self._resets[caller.id]
            await self._hand_back(ResetDropped(caller.id))
        if problem:
            raise CallError(ErrorName.REFUSED, problem)

    def _watch(self, caller: Caller) -> None:
        """See to it that what *caller* holds ends with its connection."""
        if caller.id not in self._watched:
            self._watched.add(caller.id)
            self._nursery.start_soon(self._end_with, caller)

    async def _end_with(self, caller: Caller) -> None:
        await caller.closed.wait()
        self._watched.remove(caller.id)
        self._asks.pop(caller.id, None)
        await self._send_event(FindDropped(caller.id))
        await self._send_event(AirReturned(caller.id))
