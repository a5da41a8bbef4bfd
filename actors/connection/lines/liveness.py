"""Connection's line to liveness: the keys for its probes, its verdicts, and goodbyes.

Without liveness, while it is restarted or switched off, links are judged by NetworkManager and wpa_supplicant alone.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import trio

from airhail.actors.connection.links.events import Event, VerdictChanged
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.verdicts import Finding, Verdict
from airhail.ipc.client import Client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.stay import stay_connected

log = logging.getLogger(__name__)

# It answers at once.
CALL_S = 5.0
# A goodbye takes 0.1 s; a link that nobody wants is not kept up for long to say it.
GOODBYE_S = 0.5


class _Link(msgspec.Struct, frozen=True):
    interface: str
    verdict: Verdict | None = None
    finding: Finding | None = None


class _Liveness(msgspec.Struct, frozen=True):
    links: dict[str, _Link]


class Watching:
    """Keeps one connection to liveness; `run` reports its verdicts as events."""

    def __init__(self, path: Path, trust: Trust, send_event: Callable[[Event], Awaitable[None]]) -> None:
        self._path = path
        self._trust = trust
        self._send_event = send_event
        self._client: Client | None = None

    async def run(self) -> None:
        """Stay connected, until cancelled."""
        await stay_connected(self._path, self._use)

    async def _use(self, client: Client) -> None:
        self._client = client
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._tell_keys, client)
                await self._report(client)
        finally:
            self._client = None

    async def say_goodbye(self, peer: str) -> None:
        """Have the other end told that the link to *peer* is taken down; it is taken down all the same if not."""
        if self._client is None:
            return
        try:
            await self._client.call("say_goodbye", {"peer": peer}, within=GOODBYE_S)
        except (CallError, PeerGone, RemoteProtocolError) as error:
            log.info("no goodbye to %s: %s", peer, error)

    async def _tell_keys(self, client: Client) -> None:
        async for peers in self._trust.peers.eventual_values():
            if self._trust.problem is not None:
                peers = {}  # with those that know a key which is gone this host shares nothing
            keys = {peer: self._trust.keys(peer) for peer in peers}
            known = [
                {"peer": address, "id": peer, "key": keys[peer].probe.hex(), "lower": keys[peer].lower}
                for peer, one in peers.items()
                for address in one.addresses
            ]
            await client.call("know", {"peers": known}, within=CALL_S)

    async def _report(self, client: Client) -> None:
        seen: dict[str, _Link] = {}
        async with client.subscribe() as states:
            async for document in states:
                links = msgspec.convert(document, _Liveness).links
                for peer, link in links.items():
                    if link.verdict is not None and link != seen.get(peer):
                        await self._send_event(VerdictChanged(peer, link.interface, link.verdict, link.finding))
                seen = links
