"""A server on one Unix socket: many sessions, none of which can harm another or the actor."""

import itertools
import logging
import os
import secrets
from collections import Counter
from collections.abc import Mapping

import trio

from airhail.ipc.access import Access, decide_access
from airhail.ipc.channel import Channel
from airhail.ipc.errors import ErrorName
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.methods import inspection_methods
from airhail.ipc.limits import CONNECTIONS, CONNECTIONS_PER_USER
from airhail.ipc.messages import VERSION, Failure, Hello, encode
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.peercred import Credentials, peer_credentials
from airhail.ipc.published import Published
from airhail.ipc.session import Service, Session

__all__ = ["Caller", "Method", "NoArguments", "serve"]

log = logging.getLogger(__name__)


async def serve(
    listener: trio.SocketListener,
    *,
    name: str,
    published: Published,
    methods: Mapping[str, Method],
    inspection: Inspection | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve *methods* and *published* at *listener* until cancelled, as the actor *name*.

    The methods that show *inspection*, by default one that begins here, are added. Reports started once
    connections are accepted.
    """
    server = Server(listener, name, published, methods, inspection or Inspection())
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, server.handle, [listener])
        task_status.started()


class Server:
    """Lets connections in, within the limits, and keeps what goes wrong in one of them there."""

    def __init__(
        self,
        listener: trio.SocketListener,
        name: str,
        published: Published,
        methods: Mapping[str, Method],
        inspection: Inspection,
    ) -> None:
        self._group = socket_group(listener)
        self._callers = itertools.count(1)
        self._open_by_user: Counter[int] = Counter()
        self._stats = inspection.stats
        hello = Hello(VERSION, name, os.getpid(), secrets.token_hex(8))
        offered = {**methods, **inspection_methods(published, inspection)}
        self._service = Service(hello, published, offered, inspection.stats)

    async def handle(self, stream: trio.SocketStream) -> None:
        """Serve one connection; never raises but when cancelled."""
        self._stats.accepted += 1
        self._stats.connections += 1
        credentials = None
        try:
            credentials = peer_credentials(stream.socket)
            self._open_by_user[credentials.uid] += 1
            await self._converse(stream, credentials)
        except Exception:
            log.exception("a session with process %s failed", credentials and credentials.pid)
        finally:
            self._stats.connections -= 1
            if credentials is not None:
                self._open_by_user[credentials.uid] -= 1
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream, credentials: Credentials) -> None:
        access = decide_access(credentials, os.geteuid(), self._group)
        channel = Channel(stream, self._stats)
        channel.name_other_end(f"process {credentials.pid}")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(channel.write_frames)
            if (refusal := self._refusal(credentials, access)) is not None:
                self._stats.failures[refusal.name] += 1
                await channel.send(encode(refusal))
            else:
                caller = Caller(next(self._callers), credentials, access)
                await Session(channel, caller, self._service).run()
            channel.finish()

    def _refusal(self, credentials: Credentials, access: Access) -> Failure | None:
        name = self._service.hello.actor
        if access is Access.NONE:
            sentence = f"user {credentials.uid} may not speak to {name}: join the group of its socket"
            return Failure(ErrorName.NOT_PERMITTED, sentence)
        if self._stats.connections > CONNECTIONS:
            sentence = f"{name} has {CONNECTIONS} connections already: close one and try again"
            return Failure(ErrorName.TOO_MANY, sentence)
        if access is Access.READ and self._open_by_user[credentials.uid] > CONNECTIONS_PER_USER:
            sentence = f"user {credentials.uid} has {CONNECTIONS_PER_USER} connections to {name} already"
            return Failure(ErrorName.TOO_MANY, sentence)
        return None


def socket_group(listener: trio.SocketListener) -> int | None:
    """Return the group that owns the listening socket's file; None when it has no file."""
    path = listener.socket.getsockname()
    try:
        return os.stat(path).st_gid if path else None
    except (FileNotFoundError, ValueError):
        # Unlinked since, or an abstract name: then there is no group to let in.
        return None
