"""The radios that the links are on: which are away to scan, and whose association has ended, by nl80211's news."""

import logging

from airhail.actors.liveness import kernel
from airhail.actors.liveness.events import Effect, Event, PeerLeft, ScanSeen, Watched
from airhail.actors.liveness.state import State
from airhail.actors.loop import Loop
from airhail.actors.netlink import Attributes, NetlinkError, number_of
from airhail.actors.nl80211 import (
    NL80211_ATTR_IFINDEX,
    NL80211_ATTR_WIPHY,
    NL80211_IFTYPE_P2P_GO,
    list_interfaces,
)

log = logging.getLogger(__name__)


class Radios:
    """Knows the radio of each open link, and tells the core what becomes of it."""

    def __init__(self, loop: Loop[State, Event, Effect]) -> None:
        self._loop = loop
        # Which radio (wiphy) each link is on, and which are away to scan.
        self._radios: dict[str, int] = {}
        self._scanning: frozenset[int] = frozenset()
        # Whose radio the core was last told to be away; its state may lag behind what waits for it.
        self._told: frozenset[str] = frozenset()
        # The peers whose group this host owns.
        self._owned: frozenset[str] = frozenset()

    async def watch(self) -> None:
        """Hear the news, until cancelled."""
        await kernel.hear_wireless(self._begin, self._take_news)

    async def learn(self, link: Watched) -> None:
        """Learn which radio a link is on, and whether this host owns its group."""
        try:
            named = [one for one in await list_interfaces() if one.name == link.interface]
        except NetlinkError as error:
            log.info("the radio of %s: %s", link.interface, error)
            return
        if named:
            self._radios[link.peer] = named[0].radio
            self._owned = self._owned | {link.peer} if named[0].kind == NL80211_IFTYPE_P2P_GO else self._owned
            await self._tell_scanning()

    def forget(self, peer: str) -> None:
        """Forget the link to a peer."""
        self._radios.pop(peer, None)
        self._owned -= {peer}

    async def _begin(self) -> None:
        """Take no radio for scanning whose scan may have ended unheard."""
        self._scanning = frozenset()
        await self._tell_scanning()

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
        if peers != self._told:
            self._told = peers
            await self._loop.send_event(ScanSeen(peers))
