"""`pair`: what the ble actor offers to whoever makes a bond. One pairing at a time, and it ends with its caller."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import trio
from msgspec import Meta, Struct

from airhail.actors.ble.adapter import Adapter as Chosen
from airhail.actors.ble.pairing.conversation import Conversation
from airhail.actors.ble.pairing.events import Ask, CallerGone
from airhail.actors.reasons import Problem
from airhail.ipc.dbus.bluez import Bluez
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method

# The longest name that a device can have (Core Specification, Vol 3, Part C, 12.1).
MAX_NAME = 248
# How long a person may take to walk over to the other device.
MAX_WINDOW_S = 300


class Pair(Struct, frozen=True):
    """The arguments of `pair`: an address or a name, "" for whoever comes; `again`: forget the bond that there is."""

    peer: Annotated[str, Meta(max_length=MAX_NAME)]
    seconds: Annotated[float, Meta(gt=0, le=MAX_WINDOW_S)]
    again: bool = False


class PairNext(Struct, frozen=True):
    """The arguments of `pair_next`: the number of what was told last, 0 for nothing yet."""

    after: Annotated[int, Meta(ge=0)]


class PairAnswer(Struct, frozen=True):
    """The arguments of `pair_answer`: whether the digits are the same, or those that the other end shows."""

    yes: bool
    typed: Annotated[str, Meta(pattern=r"^([0-9]{1,6})?$")] = ""


class Pairing:
    """Offers `pair`, and holds the one pairing that there may be; `choose` tells the adapter, or the problem.

    `connected` is told the address of each device to which a pairing has brought about a connection.
    """

    def __init__(
        self,
        bluez: Bluez,
        choose: Callable[[], Chosen | Problem],
        connected: Callable[[str], Awaitable[None]],
        nursery: trio.Nursery,
    ) -> None:
        self._bluez = bluez
        self._choose = choose
        self._connected = connected
        self._nursery = nursery
        self._turn = trio.Lock()
        self._conversations: dict[int, Conversation] = {}

    def methods(self) -> dict[str, Method]:
        """Offer pairing to callers."""
        return {
            "pair": Method(Pair, self._pair, change=True),
            "pair_next": Method(PairNext, self._next, change=True),
            "pair_answer": Method(PairAnswer, self._answer, change=True),
        }

    async def _pair(self, caller: Caller, args: Pair) -> None:
        if any(not conversation.over for conversation in self._conversations.values()):
            raise CallError(ErrorName.BUSY, "somebody on this host is pairing already")
        chosen = self._choose()
        if isinstance(chosen, Problem):
            told = chosen.document()
            raise CallError(ErrorName.UNAVAILABLE, f"{told['sentence']} {told['advice']}")
        adapter = next((one for one in self._bluez.adapters() if one.path == chosen.path), None)
        if adapter is None:
            raise CallError(ErrorName.UNAVAILABLE, f"{chosen.name} has just gone away")
        until = trio.current_time() + args.seconds
        ask = Ask(args.peer.strip(), args.again)
        conversation = Conversation(self._bluez, adapter, ask, until, self._connected)
        self._conversations[caller.id] = conversation
        self._nursery.start_soon(self._converse, caller, conversation)

    async def _converse(self, caller: Caller, conversation: Conversation) -> None:
        """Pair until it is over, and keep what came of it as long as its caller may ask."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run, conversation)
            await caller.closed.wait()
            conversation.send_event(CallerGone())
        if self._conversations.get(caller.id) is conversation:
            del self._conversations[caller.id]

    async def _run(self, conversation: Conversation) -> None:
        # The one before may still be ending its connection.
        async with self._turn:
            await conversation.run()

    async def _next(self, caller: Caller, args: PairNext) -> dict[str, Any]:
        conversation = self._of(caller)
        while conversation.number <= args.after:
            await conversation.changed.wait()
        return {"number": conversation.number, **conversation.told}

    async def _answer(self, caller: Caller, args: PairAnswer) -> None:
        if not self._of(caller).answer(args.yes, args.typed):
            raise CallError(ErrorName.REFUSED, "nothing is asked, or it has been answered already")

    def _of(self, caller: Caller) -> Conversation:
        if (conversation := self._conversations.get(caller.id)) is None:
            raise CallError(ErrorName.REFUSED, "this connection has not asked to pair: call `pair` first")
        return conversation
