"""The shell of `liveness`: connection's links above, probes and the kernel below, and the core between them."""

import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import msgspec
import trio

from airhail.actors.liveness import kernel
from airhail.actors.liveness.core import step
from airhail.actors.liveness.document import Documents, describe
from airhail.actors.liveness.events import (
    AimLink,
    CloseLink,
    Effect,
    Event,
    GoodbyeWanted,
    HeardElsewhere,
    InterfaceSeen,
    KeysKnown,
    LinkLooked,
    LinkNotOpened,
    LinkOpened,
    LinksSeen,
    Look,
    OpenLink,
    PeerAnswered,
    ProbeHeard,
    SendProbe,
    TellTrouble,
    TellVerdict,
    Tick,
    Watched,
)
from airhail.actors.liveness.keyring import Keyring, PairKey, Silence
from airhail.actors.liveness.link import FAREWELL_S, FAREWELLS
from airhail.actors.liveness.radios import Radios
from airhail.actors.liveness.sockets import LinkSockets
from airhail.actors.liveness.state import State
from airhail.actors.liveness.told import Know, SayGoodbye, near_in, watched_in
from airhail.actors.liveness.wire import NOWHERE
from airhail.actors.loop import Loop
from airhail.actors.netdevice import own_link_locals
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.follow import follow
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.paths import socket_path

log = logging.getLogger(__name__)

CARRIERS = ("ble", "lan")
"""Who else may hear a peer."""


class LivenessSection(msgspec.Struct, frozen=True):
    """The section [liveness]: whether links are probed at all."""

    enabled: bool = True


class Liveness:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._keyring = Keyring()
        self._watched: dict[str, Watched] = {}
        self._near: dict[str, frozenset[str]] = {}
        # What the core was told last; its own state may lag behind what waits for it.
        self._elsewhere: frozenset[str] = frozenset()
        self._sockets: dict[str, LinkSockets] = {}
        self._own: dict[int, str] = {}
        # The peers about whom the kernel is being asked.
        self._looking: set[str] = set()
        self._silenced: Counter[Silence] = Counter()
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, State(), step, tick=Tick(), document=Documents(), describe=describe, perform=self._perform
        )
        self._radios = Radios(self._loop)
        self.run = self._loop.run

    def methods(self) -> dict[str, Method]:
        """Offer what connection needs, and the counters."""
        return {
            # The pairs' keys are nothing for the trace.
            "know": Method(Know, self._know, change=True, untraced=True),
            "say_goodbye": Method(SayGoodbye, self._say_goodbye, change=True),
            "silenced": Method(NoArguments, self._tell_silenced),
        }

    async def watch(self) -> None:
        """Follow the links and all that tells of them, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_links)
            for name in CARRIERS:
                nursery.start_soon(self._follow_carrier, name)
            nursery.start_soon(kernel.watch_interfaces, self._look_at_interfaces)
            nursery.start_soon(self._radios.watch)

    async def _know(self, caller: Caller, args: Know) -> None:
        self._keyring.know((one.peer, PairKey(one.id, bytes.fromhex(one.key), one.lower)) for one in args.peers)
        await self._loop.send_event(KeysKnown(self._keyring.peers))
        await self._tell_near()

    async def _say_goodbye(self, caller: Caller, args: SayGoodbye) -> None:
        if args.peer not in self._sockets:
            raise CallError(ErrorName.REFUSED, f"no link to {args.peer} is watched")
        await self._loop.send_event(GoodbyeWanted(args.peer))
        # So that who asked may take the link down now.
        await trio.sleep(FAREWELLS * FAREWELL_S)

    async def _tell_silenced(self, caller: Caller, args: NoArguments) -> dict[str, int]:
        return {why.value: count for why, count in self._silenced.items()}

    async def _follow_links(self) -> None:
        async def take(document: dict[str, Any]) -> None:
            self._watched = watched_in(document, self._watched)
            await self._loop.send_event(LinksSeen(tuple(self._watched.values())))

        await self._follow("connection", take)

    async def _follow_carrier(self, name: str) -> None:
        async def take(document: dict[str, Any]) -> None:
            self._near[name] = near_in(document)
            await self._tell_near()

        await self._follow(name, take)

    async def _follow(self, name: str, take: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """Take each state of another actor's; while it is away nothing is known to have changed."""
        async with trio.open_nursery() as nursery:
            mirror = await nursery.start(follow, socket_path(name))
            async for document in mirror.eventual_values():
                try:
                    if document is not None:
                        await take(document)
                except msgspec.ValidationError as error:
                    log.error("what %s publishes cannot be read: %s", name, error)

    async def _tell_near(self) -> None:
        near = self._keyring.peers_with(peer for peers in self._near.values() for peer in peers)
        if near != self._elsewhere:
            self._elsewhere = near
            await self._loop.send_event(HeardElsewhere(near))

    async def _look_at_interfaces(self) -> None:
        self._own = own_link_locals()
        for peer, link in list(self._loop.state.links.items()):
            await self._loop.send_event(InterfaceSeen(peer, kernel.is_up(link.watched.interface)))

    async def _open(self, link: Watched) -> None:
        """Have sockets on a link's interface, and hear what comes there until the link is closed."""
        peer = link.peer
        watched = self._loop.state.links.get(peer)
        if peer in self._sockets or watched is None or watched.watched.interface != link.interface:
            return
        try:
            sockets = LinkSockets(link.interface)
        except OSError as error:
            await self._loop.send_event(LinkNotOpened(peer, error.strerror or str(error)))
            return
        self._sockets[peer] = sockets
        sockets.aim(watched.watched.address, "")
        self._own = own_link_locals()
        self._nursery.start_soon(self._hear, peer, sockets)
        await self._radios.learn(link)
        await self._loop.send_event(LinkOpened(peer, secrets.randbits(63) + 1))

    async def _hear(self, peer: str, sockets: LinkSockets) -> None:
        async def hear(datagram: bytes, family: int) -> None:
            heard = self._keyring.open(peer, datagram)
            if isinstance(heard, Silence):
                self._silenced[heard] += 1
            else:
                await self._loop.send_event(ProbeHeard(peer, heard, family))

        async def answered() -> None:
            await self._loop.send_event(PeerAnswered(peer))

        try:
            await sockets.run(hear, answered)
        finally:
            sockets.close()

    async def _look(self, effect: Look, sockets: LinkSockets) -> None:
        if effect.knock:
            sockets.knock()
        link = self._loop.state.links.get(effect.peer)
        if link is not None:
            looked = await kernel.look(link.watched.interface, sockets.addresses)
            await self._loop.send_event(LinkLooked(effect.peer, looked))
        self._looking.discard(effect.peer)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case OpenLink(link):
                self._nursery.start_soon(self._open, link)
            case TellVerdict(peer, verdict, finding, silence):
                log.info("%s is %s%s after %.3f s", peer, verdict, f" ({finding})" if finding else "", silence)
            case TellTrouble(link, why):
                log.warning("%s on %s cannot be probed: %s; it is tried again", link.peer, link.interface, why)
            case CloseLink(peer):
                self._radios.forget(peer)
                if sockets := self._sockets.pop(peer, None):
                    sockets.scope.cancel()
            case AimLink(peer) | SendProbe(peer) | Look(peer):
                # One that is not there has just been closed, or could not be opened yet.
                if sockets := self._sockets.get(peer):
                    self._use(sockets, effect)

    def _use(self, sockets: LinkSockets, effect: AimLink | SendProbe | Look) -> None:
        match effect:
            case AimLink(_, ipv4, ipv6):
                sockets.aim(ipv4, ipv6)
            case SendProbe(peer, probe, family):
                own = self._own.get(sockets.index, NOWHERE)
                sockets.send(self._keyring.seal(peer, replace(probe, address=own)), family)
            # On a busy machine a look may take longer than the next one is away.
            case Look(peer) if peer not in self._looking:
                self._looking.add(peer)
                self._nursery.start_soon(self._look, effect, sockets)


def check(config: Config) -> LivenessSection:
    """Read the section that this actor uses. Raises ConfigError."""
    return config.section("liveness", LivenessSection)


async def liveness(actor: Actor) -> None:
    """Run the actor until it is cancelled."""
    section = check(actor.config)
    async with trio.open_nursery() as nursery:
        shell = Liveness(actor, nursery)
        await nursery.start(shell.run)
        if section.enabled:
            nursery.start_soon(shell.watch)
        await actor.serve(shell.methods())
        await trio.sleep_forever()
