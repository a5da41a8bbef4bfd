"""The hail's shell: seals what is said, opens what is heard, and tells the cores whom this host trusts."""

import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import trio

from airhail.actors.connection.hail.events import (
    Delivered,
    HereSeen,
    MessageArrived,
    Send,
    SendFailed,
    TakeBack,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.messages import SESSION_BYTES, Accept, Propose, decode, encode
from airhail.actors.connection.hail.stages import Stage
from airhail.actors.connection.lines.carriers import Carriers, Met
from airhail.actors.connection.links.addresses import destinations
from airhail.actors.connection.links.rendezvous_events import CallPeer
from airhail.actors.connection.machine import Event, HailBegun, State, Trusted, TrustSeen
from airhail.actors.connection.radio.activation import own_routes
from airhail.actors.connection.trust.identity import TrustError
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.names import TrustId
from airhail.actors.netlink import NetlinkError
from airhail.actors.nl80211 import list_interfaces, wifi_frequency
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method
from airhail.ipc.paths import socket_path

log = logging.getLogger(__name__)

CARRIERS = ("lan", "ble")


class Answered(msgspec.Struct, frozen=True):
    """The arguments of `accept` and `refuse`: the trust id of the peer that calls."""

    peer: TrustId


class Hailing:
    """Carries out what the hail's core decides."""

    def __init__(
        self, trust: Trust, send_event: Callable[[Event], Awaitable[None]], state: Callable[[], State]
    ) -> None:
        self._trust = trust
        self._send_event = send_event
        self._state = state
        self._carriers = Carriers([socket_path(name) for name in CARRIERS], self._hear)
        # What is on its way to each peer, and the number of the latest; a later word takes an earlier one's place.
        self._saying: dict[str, trio.CancelScope] = {}
        self._latest: dict[str, int] = {}

    async def run(self) -> None:
        """Follow trust and the carriers, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._carriers.run)
            async for peers in self._trust.peers.eventual_values():
                bluetooth = {peer.id: peer.bluetooth or "" for peer in peers.values()}
                self._carriers.met.value = tuple(
                    Met(one.peer, one.key, one.lower, bluetooth[one.peer]) for one in self._trust.beacons()
                )
                problem = self._trust.problem
                own = self._trust.id if problem is None else ""
                usable = peers.values() if problem is None else ()
                trusted = {peer.id: Trusted(peer.addresses, peer.policy, peer.name) for peer in usable}
                await self._send_event(TrustSeen(own, trusted, problem))

    def methods(self) -> dict[str, Method]:
        """Offer the answers to a peer that calls."""
        return {
            "accept": Method(Answered, self._accept, change=True),
            "refuse": Method(Answered, self._refuse, change=True),
        }

    async def call(self, effect: CallPeer) -> None:
        """Begin a session with a peer."""
        await self.show()
        await self._send_event(HailBegun(effect, os.urandom(SESSION_BYTES)))

    async def say(self, effect: Send) -> None:
        """Have a message brought to a peer, and say whether it was; nothing when a later one was begun before."""
        if effect.number < self._latest.get(effect.peer, 0):
            return  # both came of one step, and tasks begin in any order
        self._latest[effect.peer] = effect.number
        if before := self._saying.get(effect.peer):
            before.cancel()
        with trio.CancelScope() as scope:
            self._saying[effect.peer] = scope
            try:
                sealed = await self._trust.seal(effect.peer, encode(effect.message))
                problem = await self._carriers.deliver(effect.peer, sealed)
            except KeyError:
                problem = Problem(Reason.NO_CARRIER, "it is not trusted any more")
            except TrustError as error:
                log.error("%s", error)
                problem = Problem(Reason.TRUST_UNREADABLE, str(error))
            if problem:
                log.info("%s to %s: %s", type(effect.message).__name__, effect.peer, problem.detail)
                await self._send_event(SendFailed(effect.peer, effect.number, problem))
            else:
                await self._send_event(Delivered(effect.peer, effect.number))
        if self._saying.get(effect.peer) is scope:
            del self._saying[effect.peer]

    def take_back(self, effect: TakeBack) -> None:
        """Bring a message to nobody any more, whether its task has begun or not."""
        self._latest[effect.peer] = max(self._latest.get(effect.peer, 0), effect.number + 1)
        if saying := self._saying.get(effect.peer):
            saying.cancel()

    async def show(self) -> None:
        """Tell the hail's core what this host can offer, with its name, routes and Wi-Fi as they are now."""
        frequency = await _wifi_frequency(self._state().links.shown.address)
        here = replace(self._state().links.shown, name=socket.gethostname(), frequency=frequency)
        await self._send_event(HereSeen(replace(here, taken=destinations(own_routes()))))

    async def _hear(self, peer: str, sealed: bytes) -> None:
        try:
            clear = await self._trust.open(peer, sealed)
            if clear is None:
                return
            message = decode(clear)
            log.info("%s says %s", peer, type(message).__name__)
            if isinstance(message, Propose | Accept):
                await self._trust.learn(peer, name=message.offer.name, address=message.offer.address)
        except TrustError as error:
            log.error("%s", error)
        else:
            if isinstance(message, Propose):
                await self.show()
            await self._send_event(MessageArrived(peer, message))

    async def _accept(self, caller: Caller, args: Answered) -> None:
        self._asked(args.peer)
        await self._send_event(UserAccepted(args.peer))

    async def _refuse(self, caller: Caller, args: Answered) -> None:
        self._asked(args.peer)
        await self._send_event(UserRefused(args.peer))

    def _asked(self, peer: str) -> None:
        one = self._state().hail.conversations.get(peer)
        if one is None or one.stage is not Stage.ASKING:
            raise CallError(ErrorName.REFUSED, f"{peer} does not call now: `airhail incoming` shows who does")


async def _wifi_frequency(address: str) -> int:
    try:
        return wifi_frequency(await list_interfaces(), address)
    except NetlinkError as error:
        log.info("where this host's Wi-Fi is: %s", error)
        return 0
