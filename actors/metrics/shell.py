"""The metrics actor's shell: a listener that the parent bound, and a scrape of everyone for each request."""

import logging
import os
import socket

import trio

from airhail.actors.metrics.http import converse
from airhail.actors.runtime import Actor
from airhail.ipc.access import Access, decide_access
from airhail.ipc.inspection.exposition import exposition
from airhail.ipc.inspection.scrape import scrape
from airhail.ipc.paths import socket_path
from airhail.ipc.peercred import peer_credentials
from airhail.ipc.server import socket_group

log = logging.getLogger(__name__)

HTTP = "http"
"""The name among LISTEN_FDNAMES of the socket on which to speak HTTP."""

ROOT = "supervisor"
"""The process that knows of all the others."""

CONVERSATIONS = 16
"""Requests answered at once; more are closed unheard. A host has one or two Prometheus."""


class Metrics:
    """Answers requests at one listener."""

    def __init__(self, listener: trio.SocketListener) -> None:
        self._listener = listener
        self._loopback = listener.socket.family != socket.AF_UNIX
        self._group = None if self._loopback else socket_group(listener)
        self._open = 0

    async def run(self) -> None:
        """Answer until cancelled."""
        async with self._listener:
            await trio.serve_listeners(self._handle, [self._listener])

    async def _handle(self, stream: trio.SocketStream) -> None:
        self._open += 1
        try:
            async with stream:
                if self._open <= CONVERSATIONS and self._may_ask(stream):
                    await converse(stream, scraped, loopback=self._loopback)
        except trio.BrokenResourceError:
            log.debug("whoever asked for the metrics left before they were told")
        except Exception:
            log.exception("a request for the metrics failed")
        finally:
            self._open -= 1

    def _may_ask(self, stream: trio.SocketStream) -> bool:
        """Tell whether who connected may read; of a loopback connection the kernel does not say who it is."""
        if self._loopback:
            return True
        who = peer_credentials(stream.socket)
        if decide_access(who, os.geteuid(), self._group) is not Access.NONE:
            return True
        log.warning("user %d may not read the metrics: it is not in the group of the socket", who.uid)
        return False


async def scraped() -> str:
    """Return the metrics of everyone who answers."""
    return exposition(await scrape(ROOT, socket_path))


async def metrics(actor: Actor) -> None:
    """Run the metrics actor until it is cancelled."""
    listener = actor.handed_listener(HTTP)
    actor.published.update({"address": str(listener.socket.getsockname())})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Metrics(listener).run)
        await actor.serve({})
        while True:
            actor.alive()
            await trio.sleep(actor.alive_every)
