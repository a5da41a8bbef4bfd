"""A line: one TCP connection between two hosts that have shown each other who they are, and the frames on it."""

import hmac
import logging
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import trio

from airhail.actors.lan.ring import Handshake, Ring, Silence
from airhail.actors.lan.wire import (
    ANSWER,
    HEAD,
    MAC_BYTES,
    Call,
    Frame,
    decode_answer,
    rest_of,
)

log = logging.getLogger(__name__)

SHAKE_S = 5.0
"""Seconds from the connection until both ends have shown who they are: one round trip on one network."""

FRAMES = 16
"""Frames that wait to be written to a line: more than all deliveries and what answers those of the other end."""


class StrangerError(Exception):
    """Who is at the other end has not shown that it is a peer; it is left without a word."""

    def __init__(self, why: Silence) -> None:
        super().__init__(why.value)
        self.why = why


def open_port(family: socket.AddressFamily) -> trio.SocketListener | None:
    """Return a listener for answers at a port of its own; None when this family is not to be had."""
    try:
        with ExitStack() as closing:
            port = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
            near_only(port)
            port.bind(("", 0))
            port.listen()
            closing.pop_all()
    except OSError as error:
        # A kernel may be without IPv6 altogether.
        log.debug("no port of %s: %s", family.name, error)
        return None
    return trio.SocketListener(trio.socket.from_stdlib_socket(port))


def near_only(sock: socket.socket | trio.socket.SocketType) -> None:
    """Let nothing of a connection leave the link: what goes through a router is dropped there."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)


async def connect(place: str, port: int) -> trio.SocketStream:
    """Connect to who has called from an address. Raises OSError."""
    host, _, zone = place.partition("%")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    connecting = trio.socket.from_stdlib_socket(socket.socket(family, socket.SOCK_STREAM))
    try:
        near_only(connecting)
        scope = socket.if_nametoindex(zone) if zone else 0
        await connecting.connect((host, port, 0, scope) if family == socket.AF_INET6 else (host, port))
    except BaseException:
        connecting.close()
        raise
    return trio.SocketStream(connecting)


async def read(stream: trio.SocketStream, size: int) -> bytes:
    """Read so many bytes. Raises trio.BrokenResourceError when the connection ends before."""
    data = b""
    while len(data) < size:
        more = await stream.receive_some(size - len(data))
        if not more:
            raise trio.BrokenResourceError("the other end has closed the connection")
        data += more
    return data


async def shake_as_caller(stream: trio.SocketStream, ring: Ring) -> tuple[str, Handshake]:
    """Learn who answers, without a word until it has shown it.

    Raises StrangerError, trio.BrokenResourceError, or trio.TooSlowError after SHAKE_S.
    """
    with trio.fail_after(SHAKE_S):
        answer = decode_answer(await read(stream, ANSWER.size))
        if answer is None:
            raise StrangerError(Silence.GARBLED)
        known = ring.recognize(answer)
        if isinstance(known, Silence):
            raise StrangerError(known)
        peer, shake = known
        await stream.send_all(shake.confirmation)
        return peer, shake


async def shake_as_answerer(
    stream: trio.SocketStream, ring: Ring, peer: str, call: Call, nonce: bytes, unix: float
) -> Handshake:
    """Show who answers, and see that who called is there, and not somebody who has heard it call.

    Raises as `shake_as_caller` does, and KeyError when *peer* is not met any more.
    """
    with trio.fail_after(SHAKE_S):
        answer, shake = ring.answer(peer, call, nonce, unix)
        await stream.send_all(answer)
        if not hmac.compare_digest(await read(stream, MAC_BYTES), shake.confirmation):
            raise StrangerError(Silence.FORGED)
        return shake


class Line:
    """What the two tasks of an open line do: write frames that are queued, and hand on those that come."""

    def __init__(self, stream: trio.SocketStream, shake: Handshake, *, caller: bool) -> None:
        self._stream = stream
        self._outgoing, self._incoming = shake.wires(caller=caller)
        self._queue, self._frames = trio.open_memory_channel[Frame](FRAMES)
        self.scope = trio.CancelScope()

    def say(self, frame: Frame) -> None:
        """Queue a frame; an end that reads nothing is given up."""
        try:
            self._queue.send_nowait(frame)
        except trio.WouldBlock:
            self.scope.cancel()

    async def run(self, heard: Callable[[Frame], Awaitable[None]]) -> None:
        """Write and read until the connection ends, breaks the rules, or `scope` is cancelled."""
        with self.scope:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._write)
                    await self._read(heard)
                    nursery.cancel_scope.cancel()
            except* trio.BrokenResourceError as group:
                log.debug("a line has ended: %s", group.exceptions[0])

    async def _write(self) -> None:
        async for frame in self._frames:
            await self._stream.send_all(self._outgoing.encode(frame))

    async def _read(self, heard: Callable[[Frame], Awaitable[None]]) -> None:
        while True:
            head = await read(self._stream, HEAD.size)
            rest = rest_of(head)
            frame = None if rest is None else self._incoming.decode(head, await read(self._stream, rest))
            if frame is None:
                log.warning("a line was broken by what its other end has not sent")
                return
            await heard(frame)
