"""The carriers of the hail: each an actor of its own that moves sealed bodies between this host and a peer.

A body goes by whichever carrier delivers it first. What has come waits in a carrier's inbox until it is taken, so
nothing is lost while this process is started anew.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import msgspec
import trio
from trio_util import AsyncValue

from airhail.actors.carrier import CarrierState
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.client import Client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.limits import CALLS_IN_FLIGHT
from airhail.ipc.stay import stay_connected

# A carrier answers all but `send` at once.
CALL_S = 5.0
# Bluetooth wakes a peer within some seconds, or it is not there; the hail says its word again every few.
SEND_S = 20.0
# Deliveries of one carrier at once; the others wait for one to end. The rest of what a connection may have in flight
# is for `meet` and `take`, whose refusal ends the connection, and for deliveries that are just being cancelled.
SENDS = CALLS_IN_FLIGHT * 3 // 4
# As many of these are kept for peers that are near, as one that calls is: an absent one holds its own for all of
# SEND_S, and an answer that waits for that comes too late.
NEAR_SENDS = 4
# A carrier that is being started, or started anew after a crash, tells how it is well within this.
AWAY_S = 3.0


@dataclass(frozen=True, slots=True)
class Met:
    """A peer that the carriers are to serve; *bluetooth* is its address there, "" when none is known."""

    peer: str
    key: bytes
    lower: bool
    bluetooth: str


class Carrier:
    """One carrier's socket, for as long as it is connected; `usable` is None until it has told how it is."""

    def __init__(self, name: str, client: Client) -> None:
        self.name = name
        self.client = client
        self.usable: bool | None = None
        self._near: frozenset[str] = frozenset()
        # How many deliveries are under way, and the peers of those that wait, in order.
        self._sending = 0
        self._waiting: dict[object, str] = {}
        self._changed = trio.Event()

    def see(self, state: CarrierState) -> None:
        """Take in how the carrier is, and which peers are near."""
        # A host that cannot be called may still call.
        self.usable = state.problem is None or state.problem.reason is Reason.CALLS_UNHEARD
        self._near = frozenset(peer for peer, known in state.peers.items() if known.near)
        self._change()

    async def begin(self, peer: str) -> None:
        """Wait for the turn of a delivery, after which `end` is called. Raises trio.TooSlowError after SEND_S."""
        turn = object()
        self._waiting[turn] = peer
        try:
            with trio.fail_after(SEND_S):
                # The peer may come near meanwhile, as by calling.
                while self._next() is not turn:
                    await self._changed.wait()
        finally:
            del self._waiting[turn]
            self._change()
        self._sending += 1

    def end(self) -> None:
        """Let the next delivery have its turn."""
        self._sending -= 1
        self._change()

    def _next(self) -> object | None:
        """Return the first of those that wait for which there is room, None when there is none."""
        rooms = ((turn, SENDS if peer in self._near else SENDS - NEAR_SENDS) for turn, peer in self._waiting.items())
        return next((turn for turn, room in rooms if self._sending < room), None)

    def _change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


class Carriers:
    """Keeps a connection to each carrier: whom to meet is told, what comes is heard, and bodies are delivered."""

    def __init__(self, paths: Iterable[Path], hear: Callable[[str, bytes], Awaitable[None]]) -> None:
        self.met: AsyncValue[tuple[Met, ...]] = AsyncValue(())
        self._paths = tuple(paths)
        self._hear = hear
        self._connected: dict[str, Carrier] = {}
        self._told = trio.Event()

    async def run(self) -> None:
        """Stay connected to every carrier, until cancelled."""
        async with trio.open_nursery() as nursery:
            for path in self._paths:
                nursery.start_soon(self._serve, path)

    async def deliver(self, peer: str, body: bytes) -> Problem | None:
        """Have *body* brought to *peer*; return why nobody could, None once its end has it."""
        usable = await self._usable()
        if not usable:
            return Problem(Reason.NO_CARRIER)
        refused: list[str] = []
        delivered = False

        async def bring(carrier: Carrier, scope: trio.CancelScope) -> None:
            nonlocal delivered
            try:
                await carrier.begin(peer)
            except trio.TooSlowError:
                refused.append(f"{carrier.name}: as many deliveries to other peers are under way as may")
                return
            try:
                args = {"to": peer, "address": "", "body": body.hex()}
                await carrier.client.call("send", args, within=SEND_S)
            except (CallError, PeerGone, RemoteProtocolError) as error:
                refused.append(f"{carrier.name}: {error}")
            else:
                delivered = True
                scope.cancel()
            finally:
                carrier.end()

        async with trio.open_nursery() as nursery:
            for carrier in usable:
                nursery.start_soon(bring, carrier, nursery.cancel_scope)
        return None if delivered else Problem(Reason.HAIL_UNANSWERED, "; ".join(refused))

    async def _usable(self) -> list[Carrier]:
        """Return the carriers that can be used, after a wait for one that is away if there is none."""
        with trio.move_on_after(AWAY_S):
            while not any(one.usable for one in self._connected.values()) and self._away():
                await self._told.wait()
        return [one for one in self._connected.values() if one.usable]

    def _away(self) -> bool:
        told = [one for one in self._connected.values() if one.usable is not None]
        return len(told) < len(self._paths)

    async def _serve(self, path: Path) -> None:
        async def use(client: Client) -> None:
            carrier = self._connected[path.stem] = Carrier(path.stem, client)
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._meet, carrier)
                    await self._follow(carrier)
            finally:
                del self._connected[path.stem]

        await stay_connected(path, use)

    async def _meet(self, carrier: Carrier) -> None:
        async with aclosing(self.met.eventual_values()) as changes:
            async for met in changes:
                peers = [
                    {"peer": one.peer, "address": one.bluetooth, "key": one.key.hex(), "lower": one.lower}
                    for one in met
                    if carrier.name == "lan" or one.bluetooth
                ]
                await carrier.client.call("meet", {"peers": peers}, within=CALL_S)

    async def _follow(self, carrier: Carrier) -> None:
        taken = 0
        async with carrier.client.subscribe() as states:
            async for state in states:
                told = msgspec.convert(state, CarrierState)
                carrier.see(told)
                self._told.set()
                self._told = trio.Event()
                for letter in told.inbox:
                    # Others than those we meet are others' business, and strangers' words are introductions; a
                    # document may still show what was just taken.
                    if letter.number > taken and any(one.peer == letter.peer for one in self.met.value):
                        taken = letter.number
                        await self._hear(letter.peer, bytes.fromhex(letter.body))
                        await carrier.client.call("take", {"number": letter.number}, within=CALL_S)
