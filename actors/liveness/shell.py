"""The shell of `liveness`: connection's links above, probes and the kernel below, and the core between them."""

import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import trio

from airhail.actors.carrier import MAX_PEERS
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
    LinkOpened,
    LinksSeen,
    Look,
    OpenLink,
    PeerAnswered,
    PeerLeft,
    ProbeHeard,
    ScanSeen,
    SendProbe,
    TellVerdict,
    Tick,
    Watched,
)
from airhail.actors.liveness.keyring import Keyring, PairKey, Silence
from airhail.actors.liveness.link import FAREWELL_S, FAREWELLS
from airhail.actors.liveness.sockets import LinkSockets
from airhail.actors.liveness.state import State
from airhail.actors.liveness.wire import NOWHERE
from airhail.actors.loop import Loop
from airhail.actors.names import Address
from airhail.actors.netdevice import own_link_locals
from airhail.actors.netlink import Attributes, NetlinkError, number_of
from airhail.actors.nl80211 import (
    NL80211_ATTR_IFINDEX,
    NL80211_ATTR_WIPHY,
    NL80211_IFTYPE_P2P_GO,
    list_interfaces,
)
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.follow import follow
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.paths import socket_path

log = logging.getLogger(__name__)

CARRIERS = ("ble", "lan")
"""Who else may hear a peer."""

OPEN_AGAIN_S = 0.5
"""Seconds until a link is tried again whose sockets could not be had: its interface is being made, or it is gone and
connection is about to say so."""

Hexadecimal = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Keyed(msgspec.Struct, frozen=True):
    """A peer with whom probes are authenticated: its P2P device address, its trust id, and what the pair has."""

    peer: Address
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    key: Hexadecimal
    lower: bool


class Know(msgspec.Struct, frozen=True):
    """The arguments of `know`: all the peers that have a key."""

    # A peer has had a few addresses.
    peers: Annotated[list[Keyed], msgspec.Meta(max_length=8 * MAX_PEERS)]


class SayGoodbye(msgspec.Struct, frozen=True):
    """The arguments of `say_goodbye`: whose link is about to be taken down."""

    peer: Address


class LivenessSection(msgspec.Struct, frozen=True):
    """The section [liveness]: whether links are probed at all."""

    enabled: bool = True


class _Link(msgspec.Struct, frozen=True):
    phase: str
    interface: str = ""
    peer_address: str = ""


class _Connection(msgspec.Struct, frozen=True):
    links: dict[str, _Link] = {}


class _Near(msgspec.Struct, frozen=True):
    near: bool = False


class _Carrier(msgspec.Struct, frozen=True):
    peers: dict[str, _Near] = {}


class Liveness:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._keyring = Keyring()
        self._watched: dict[str, Watched] = {}
        self._near: dict[str, frozenset[str]] = {}
        self._sockets: dict[str, LinkSockets] = {}
        # Which radio (wiphy) each link is on, and which are away to scan.
        self._radios: dict[str, int] = {}
        self._scanning: frozenset[int] = frozenset()
        # The peers whose group this host owns.
        self._owned: frozenset[str] = frozenset()
        self._own: dict[int, str] = {}
        # The peers about whom the kernel is being asked.
        self._looking: set[str] = set()
        self._silenced: Counter[Silence] = Counter()
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, State(), step, tick=Tick(), document=Documents(), describe=describe, perform=self._perform
        )
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
            nursery.start_soon(kernel.hear_wireless, self._take_news)

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
            links = msgspec.convert(document, _Connection).links
            self._watched = {peer: one for peer, link in links.items() if (one := self._watching(peer, link))}
            await self._loop.send_event(LinksSeen(tuple(self._watched.values())))

        await self._follow("connection", take)

    def _watching(self, peer: str, link: _Link) -> Watched | None:
        """Return what is to be watched; a link that is taken down goes on as it was, for a goodbye is said on it."""
        if link.phase == "leaving":
            return self._watched.get(peer)
        up = link.phase == "up" and link.interface
        return Watched(peer, link.interface, link.peer_address) if up else None

    async def _follow_carrier(self, name: str) -> None:
        async def take(document: dict[str, Any]) -> None:
            peers = msgspec.convert(document, _Carrier).peers
            self._near[name] = frozenset(peer for peer, one in peers.items() if one.near)
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
        if near != self._loop.state.elsewhere:
            await self._loop.send_event(HeardElsewhere(near))

    async def _look_at_interfaces(self) -> None:
        self._own = own_link_locals()
        for peer, link in list(self._loop.state.links.items()):
            there = kernel.is_up(link.watched.interface)
            if there == (link.gone is not None):
                await self._loop.send_event(InterfaceSeen(peer, there))

    async def _take_news(self, command: int, attributes: Attributes) -> None:
        if command in kernel.SCAN_BEGINS | kernel.SCAN_ENDS:
            radio = frozenset({number_of(attributes, NL80211_ATTR_WIPHY)})
            self._scanning = self._scanning | radio if command in kernel.SCAN_BEGINS else self._scanning - radio
            await self._tell_scanning()
            return
        index = number_of(attributes, NL80211_ATTR_IFINDEX)
        watched = {peer: link.watched.interface for peer, link in self._loop.state.links.items()}
        for peer in [peer for peer, interface in watched.items() if kernel.index_of(interface) == index]:
            if command == kernel.NL80211_CMD_DISCONNECT:
                itself = kernel.NL80211_ATTR_DISCONNECTED_BY_AP in attributes
                await self._loop.send_event(PeerLeft(peer, itself))
            elif command == kernel.NL80211_CMD_DEL_STATION and peer in self._owned and await self._is_alone(index):
                # wpa_supplicant removes a client that says that it leaves, or does not acknowledge for 300 s.
                await self._loop.send_event(PeerLeft(peer, itself=True))

    async def _is_alone(self, index: int) -> bool:
        try:
            return not await kernel.stations_at(index)
        except NetlinkError as error:
            log.debug("stations: %s", error)
            return False

    async def _tell_scanning(self) -> None:
        peers = frozenset(peer for peer, radio in self._radios.items() if radio in self._scanning)
        if peers != self._loop.state.scanning:
            await self._loop.send_event(ScanSeen(peers))

    async def _open(self, link: Watched) -> None:
        """Have sockets on a link's interface, and hear what comes there until the link is closed."""
        peer = link.peer
        while peer not in self._sockets:
            watched = self._loop.state.links.get(peer)
            if watched is None or watched.watched.interface != link.interface:
                return
            try:
                sockets = LinkSockets(link.interface)
            except OSError as error:
                log.info("%s on %s cannot be probed yet: %s", peer, link.interface, error)
                await trio.sleep(OPEN_AGAIN_S)
                continue
            self._sockets[peer] = sockets
            sockets.aim(watched.watched.address, "")
            self._own = own_link_locals()
            self._nursery.start_soon(self._hear, peer, sockets)
            await self._learn_radio(link)
            await self._loop.send_event(LinkOpened(peer, secrets.randbits(63) + 1))

    async def _learn_radio(self, link: Watched) -> None:
        try:
            named = [one for one in await list_interfaces() if one.name == link.interface]
        except NetlinkError as error:
            log.info("the radio of %s: %s", link.interface, error)
            return
        if named:
            self._radios[link.peer] = named[0].radio
            self._owned = self._owned | {link.peer} if named[0].kind == NL80211_IFTYPE_P2P_GO else self._owned
            await self._tell_scanning()

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
            case CloseLink(peer):
                self._radios.pop(peer, None)
                self._owned -= {peer}
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
