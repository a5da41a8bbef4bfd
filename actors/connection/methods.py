"""What others may ask about links: connect, disconnect, answer the open question, and read the history."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import msgspec
import trio

from airhail.actors.connection.intents import Intent, IntentStore
from airhail.actors.connection.ladder.events import QuestionAnswered
from airhail.actors.connection.ladder.history import History
from airhail.actors.connection.links.events import PeerUnwanted, PeerWanted
from airhail.actors.connection.links.state import MAX_LINKS
from airhail.actors.connection.machine import Event, State, wanted_as
from airhail.actors.names import Address
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.paths import state_dir

log = logging.getLogger(__name__)


class Connect(msgspec.Struct, frozen=True):
    """The arguments of `connect`: the peer's P2P device address, and the name the user knows it by.

    With `allow_wifi_drop` a rung that drops this host's own Wi-Fi needs no further word.
    """

    peer: Address
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    allow_wifi_drop: bool = False


class Disconnect(msgspec.Struct, frozen=True):
    """The arguments of `disconnect`."""

    peer: Address


class Answer(msgspec.Struct, frozen=True):
    """The arguments of `answer`: whether the rung that the open question names may be used."""

    allow: bool


class LinkMethods:
    """Answers calls about links, and keeps the intents on disk that they change."""

    def __init__(
        self,
        store: IntentStore,
        history: History,
        send_event: Callable[[Event], Awaitable[None]],
        state: Callable[[], State],
    ) -> None:
        self._store = store
        self._history = history
        self._send_event = send_event
        self._state = state
        self._lock = trio.Lock()

    def methods(self) -> dict[str, Method]:
        """Offer intents, the answer to a question, and the history."""
        return {
            "connect": Method(Connect, self._connect, change=True),
            "disconnect": Method(Disconnect, self._disconnect, change=True),
            "answer": Method(Answer, self._answer, change=True),
            "history": Method(NoArguments, self._tell_history),
        }

    async def keep(self, write: Callable[[], None]) -> None:
        """Write down what the hail has changed about the intents; the machine goes on whatever the disk does."""
        async with self._lock:
            try:
                await trio.to_thread.run_sync(write)
            except OSError as error:
                log.warning("the intents could not be saved: %s", error)

    async def _connect(self, caller: Caller, args: Connect) -> None:
        links = self._state().links.links
        peer = wanted_as(self._state(), args.peer)
        if peer not in links and len(links) >= MAX_LINKS:
            raise CallError(ErrorName.TOO_MANY, f"{MAX_LINKS} links are kept already: disconnect one first")
        add = partial(self._store.add, Intent(peer, args.name, args.allow_wifi_drop))
        await self._save(add, PeerWanted(peer, args.name, args.allow_wifi_drop))

    async def _disconnect(self, caller: Caller, args: Disconnect) -> None:
        peer = wanted_as(self._state(), args.peer)
        if peer not in self._state().links.links:
            raise CallError(
                ErrorName.REFUSED, f"no link to {args.peer} is wanted: `airhail status` lists those that are"
            )
        await self._save(partial(self._store.remove, peer), PeerUnwanted(peer))

    async def _answer(self, caller: Caller, args: Answer) -> None:
        if self._state().links.question is None:
            raise CallError(ErrorName.REFUSED, "no question is open: `airhail status` shows one when there is")
        await self._send_event(QuestionAnswered(args.allow))

    async def _tell_history(self, caller: Caller, args: NoArguments) -> dict[str, Any]:
        return {"history": msgspec.to_builtins(self._history.lines)}

    async def _save(self, write: Callable[[], None], event: Event) -> None:
        """Have the intents on disk before the caller is answered and anything moves; both happen or neither."""
        async with self._lock:
            # A caller that goes away in the middle must not leave the disk and the machine of two minds. Shielded, it
            # is still bounded: by the disk, and by the core's queue.
            with trio.CancelScope(shield=True):
                try:
                    await trio.to_thread.run_sync(write)
                except OSError as error:
                    sentence = f"the intent could not be saved ({error}): make room in {state_dir()} and ask again"
                    raise CallError(ErrorName.REFUSED, sentence) from error
                await self._send_event(event)
