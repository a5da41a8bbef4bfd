"""Connection's line to discovery: what it publishes, the find that is wanted there, the air on loan, and resets.

All four go over one socket connection, so a killed `connection` wants nothing and holds nothing.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import trio

from airhail.actors.connection.ladder.events import ResetEngine, RungAnswered
from airhail.actors.connection.links.events import AirLent, AirRefused, Event, HostSeen
from airhail.actors.connection.links.world import Host, Near
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.client import Client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.stay import stay_connected

Wish = Literal["want_find", "want_listen", "drop_find"]
"""What discovery is to do, by its method."""

log = logging.getLogger(__name__)

# Discovery grants the air once its own find call is answered, which NetworkManager does within 10 s or not at all.
BORROW_S = 12.0
# A reset is one call of NetworkManager's or wpa_supplicant's, after a find call that may still be on its way.
RESET_S = 12.0
# Everything else it answers at once.
CALL_S = 5.0
# Ending what runs takes a few milliseconds, and only makes the activation quicker that waits for it.
HUSH_S = 0.5


class _Radio(msgspec.Struct, frozen=True):
    device: str
    address: str = ""


class _Peer(msgspec.Struct, frozen=True):
    present: bool
    path: str = ""
    name: str = ""


class _Problem(msgspec.Struct, frozen=True):
    reason: Reason
    detail: str = ""


class _Discovery(msgspec.Struct, frozen=True):
    tier: str
    peers: dict[str, _Peer]
    radio: _Radio | None = None
    problem: _Problem | None = None


def host_of(document: dict[str, Any]) -> Host:
    """Read discovery's state document. Raises msgspec.ValidationError when it is not one."""
    read = msgspec.convert(document, _Discovery)
    return Host(
        device=read.radio.device if read.radio else "",
        address=read.radio.address if read.radio else "",
        rings=read.tier == "netdev",
        problem=Problem(read.problem.reason, read.problem.detail) if read.problem else None,
        near={address: Near(peer.path or "/", peer.name) for address, peer in read.peers.items() if peer.present},
    )


class Errand:
    """One wish for the air, from being asked for to being given back."""

    def __init__(self, peer: str, frequency: int) -> None:
        self.peer = peer
        self.frequency = frequency
        self.scope = trio.CancelScope()
        self.settled = False


class Neighbourhood:
    """Keeps one connection to discovery, and there what is wanted; `run` reports by events."""

    def __init__(self, path: Path, send_event: Callable[[Event], Awaitable[None]]) -> None:
        self._path = path
        self._send_event = send_event
        self._wish: Wish = "drop_find"
        self._errand: Errand | None = None
        self._reset: ResetEngine | None = None
        self._client: Client | None = None
        self._changed = trio.Event()

    def look(self, wish: Wish) -> None:
        """Have peers found, or this host alone, now and after every reconnection, or no longer."""
        self._wish = wish
        self._changed.set()

    def borrow_air(self, peer: str, frequency: int) -> None:
        """Ask for the air for *peer*; `AirLent` or `AirRefused` follows unless it is returned first.

        As long as it is ours, groups are formed at *frequency* (MHz; 0: anywhere).
        """
        self._errand = Errand(peer, frequency)
        self._changed.set()

    def return_air(self) -> None:
        """Give the air back, or stop asking for it."""
        if self._errand:
            self._errand.scope.cancel()
            self._errand = None
            self._changed.set()

    def reset(self, reset: ResetEngine) -> None:
        """Have the engine reset; `RungAnswered` follows."""
        self._reset = reset
        self._changed.set()

    async def hush(self) -> None:
        """Have the find end for which the air is ours; return then, or when it cannot be helped.

        wpa_supplicant would end it, too, once it is to negotiate. But on a radio driven in software its request comes
        before the end was carried out, and then waits for half a second, rounded to a whole one
        (ieee80211_start_next_roc, net/mac80211/offchannel.c): so long that both ends may call at once.
        """
        if self._client is None:
            return
        try:
            await self._client.call("reset", {"flush": False}, within=HUSH_S)
        except (CallError, PeerGone, RemoteProtocolError) as error:
            log.info("what discovery does was not ended before the activation: %s", error)

    async def run(self) -> None:
        """Stay connected and report what discovery publishes, until cancelled."""
        await stay_connected(self._path, self._use, away=self._lose)

    async def _use(self, client: Client) -> None:
        self._client = client
        async with trio.open_nursery() as nursery, client.subscribe() as states:
            nursery.start_soon(self._keep_wants, client)
            async for document in states:
                await self._send_event(HostSeen(host_of(document)))

    async def _lose(self) -> None:
        """Report that discovery is away, and with it whatever it was asked for."""
        self._client = None
        await self._send_event(HostSeen(None))
        if self._errand and not self._errand.settled:
            await self._settle(self._errand, AirRefused(self._errand.peer))
        if self._reset:
            await self._answer(self._reset, "discovery does not answer")

    async def _keep_wants(self, client: Client) -> None:
        """Make what this connection holds at discovery what is wanted, whenever that changes."""
        told: Wish = "drop_find"
        held: Errand | None = None
        while True:
            self._changed = trio.Event()
            if told != self._wish:
                told = self._wish
                await client.call(told, within=CALL_S)
            elif held and held is not self._errand:
                held = None
                await client.call("return_air", within=CALL_S)
            elif self._errand and not self._errand.settled:
                held = self._errand
                await self._borrow(client, held)
            elif self._reset:
                await self._have_reset(client, self._reset)
            else:
                await self._changed.wait()

    async def _borrow(self, client: Client, errand: Errand) -> None:
        # Withdrawn in the middle, the air may have been lent all the same: the caller gives it back.
        with errand.scope:
            try:
                wish = {"peer": errand.peer, "frequency": errand.frequency}
                await client.call("borrow_air", wish, within=BORROW_S)
            except CallError as error:
                log.warning("the air was not lent: %s", error)
                await self._settle(errand, AirRefused(errand.peer))
            else:
                await self._settle(errand, AirLent(errand.peer))

    async def _have_reset(self, client: Client, reset: ResetEngine) -> None:
        try:
            await client.call("reset", {"flush": reset.flush}, within=RESET_S)
        except CallError as error:
            await self._answer(reset, error.sentence)
        else:
            await self._answer(reset, "")

    async def _answer(self, reset: ResetEngine, problem: str) -> None:
        # Forgotten first: the answer may bring the next one, which may also have come while this one was on its way.
        if self._reset is reset:
            self._reset = None
        await self._send_event(RungAnswered(reset.rung, problem))

    async def _settle(self, errand: Errand, event: Event) -> None:
        await self._send_event(event)
        errand.settled = True
