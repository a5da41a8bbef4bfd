"""The network's side of `lan`: who calls, who answers, and the lines that come of it."""

import itertools
import logging
import secrets
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import trio

from airhail.actors.lan import calls
from airhail.actors.lan.events import BodyAnswered, BodyHeard, Event, HearingChanged, LineClosed, LineOpened
from airhail.actors.lan.interfaces import Interface
from airhail.actors.lan.line import (
    SHAKE_S,
    Line,
    StrangerError,
    connect,
    open_port,
    shake_as_answerer,
    shake_as_caller,
)
from airhail.actors.lan.ring import STRANGER, Handshake, Ring, Silence
from airhail.actors.lan.state import CALL_LAST_S
from airhail.actors.lan.wire import NONCE_BYTES, Call, Frame, Kind, decode_call

log = logging.getLogger(__name__)

UNPROVED = 16
UNPROVED_EACH = 2
"""Connections whose other end has not shown yet who it is, of all and of one address; more are closed at once. A call
has one answer, or two when a host calls in both families."""

ANSWERING = 8
ANSWERING_EACH = 2
"""Calls answered at once, of all and of one peer; one of each address."""

HEAD_START_S = 0.2
"""Seconds until a peer that is being answered is answered at another of its addresses, too. On one network a
connection takes milliseconds; where a firewall lets none in, in one family or on one interface, the other must not
wait for SHAKE_S. A caller repeats its calls a little later than this."""

AGAIN_S = 0.5
"""Seconds from the end of one answer until the same one is answered again."""

LATELY_S = 2 * CALL_LAST_S
"""Seconds for which a peer is held to call from an address: until the next call, and one may get lost."""

PLACES = 64
"""Addresses of peers of which is known how it went: a few peers have four each. The one that was quiet for longest
makes room for a new one, and is answered like any other when it calls again."""

BACK_S = 1.0
"""Seconds to tell the core of the end of a line when all is being cancelled: its queue moves within milliseconds."""


@dataclass(slots=True)
class Place:
    """An address of a peer: when it last called from there, and when an answer last came to nothing there."""

    heard: float
    failed: float = float("-inf")


class Network:
    """Calls, answers and lines; what happens is reported as events of the core.

    `silenced` counts what was not answered, by why.
    """

    def __init__(self, ring: Ring, nursery: trio.Nursery, report: Callable[[Event], Awaitable[None]]) -> None:
        self._ring = ring
        self._nursery = nursery
        self._report = report
        self._interfaces: Sequence[Interface] = ()
        self._ear = trio.CancelScope()
        self._unheard: dict[socket.AddressFamily, str] = {}
        self._deaf = ""
        self._ports = calls.Ports()
        self._awaiting = trio.CancelScope()
        self._numbers = itertools.count(1)
        self._lines: dict[int, Line] = {}
        # Whom, where, and since when.
        self._answering: dict[tuple[str, str], float] = {}
        self._places: OrderedDict[tuple[str, str], Place] = OrderedDict()
        self._unproved: Counter[str] = Counter()
        self.silenced: Counter[Silence] = Counter()

    def use(self, interfaces: Sequence[Interface]) -> None:
        """Hear calls on these interfaces from now on, and call there."""
        self._interfaces = interfaces
        # The groups are joined anew; a call that is missed meanwhile is repeated.
        self._ear.cancel()
        self._ear = trio.CancelScope()
        self._nursery.start_soon(self._listen, interfaces, self._ear)

    def call(self, peer: str, address: str) -> None:
        """Call a peer, or strangers (""), once: at an address, else on every interface."""

        def make(port: int, source: bytes) -> bytes:
            return self._ring.call(peer, port, secrets.token_bytes(NONCE_BYTES), source, time.time())

        if self._ports == calls.Ports():
            # Neither family gave a port; a process may run out of descriptors for a while.
            self.await_answers()
        try:
            if address:
                calls.call_one(address, self._ports, make)
            else:
                calls.call_all(self._interfaces, self._ports, make)
        except KeyError:
            log.debug("%s is not met any more, which the core learns next", peer)

    def await_answers(self) -> None:
        """Open a port in each family, at which answers are taken until `await_no_answers`.

        Where neither is to be had, each call tries again.
        """
        listeners = {family: open_port(family) for family in (socket.AF_INET, socket.AF_INET6)}
        self._ports = calls.Ports(
            *(0 if port is None else port.socket.getsockname()[1] for port in listeners.values()),
        )
        self._awaiting = trio.CancelScope()
        if ports := [port for port in listeners.values() if port]:
            self._nursery.start_soon(self._serve, ports, self._awaiting)

    def await_no_answers(self) -> None:
        """Close the ports; lines that are open stay."""
        self._ports = calls.Ports()
        self._awaiting.cancel()

    def say(self, line: int, frame: Frame) -> None:
        """Send a frame over a line; one that has ended is reported as such anyway."""
        if known := self._lines.get(line):
            known.say(frame)

    def close(self, line: int) -> None:
        """End a line."""
        if known := self._lines.get(line):
            known.scope.cancel()

    async def _listen(self, interfaces: Sequence[Interface], scope: trio.CancelScope) -> None:
        with scope:
            await calls.listen(interfaces, self._hear, self._tell_hearing)

    async def _tell_hearing(self, family: socket.AddressFamily, why: str) -> None:
        """Report when calls can be heard in no family any more that this host has, or in one again."""
        self._unheard[family] = why
        reasons = [self._unheard.get(one, "") for one in calls.families_of(self._interfaces)]
        deaf = "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""
        if deaf != self._deaf:
            await self._report(HearingChanged(deaf))
            self._deaf = deaf

    async def _hear(self, datagram: bytes, place: str) -> None:
        call = decode_call(datagram)
        if call is None:
            self.silenced[Silence.GARBLED] += 1
            return
        heard = self._ring.hear(call, calls.packed(place), time.time())
        if isinstance(heard, Silence):
            self.silenced[heard] += 1
            return
        if heard != STRANGER:
            self._note(heard, place)
        if self._has_better(heard, place) or self._is_crowded(heard, place):
            self.silenced[Silence.CROWDED] += 1
            return
        self._answering[heard, place] = trio.current_time()
        self._nursery.start_soon(self._answer, heard, call, place)

    def _note(self, peer: str, place: str) -> None:
        """Keep in mind from where a peer calls."""
        known = self._places.setdefault((peer, place), Place(0.0))
        known.heard = trio.current_time()
        self._places.move_to_end((peer, place))
        if len(self._places) > PLACES:
            self._places.popitem(last=False)

    def _has_better(self, peer: str, place: str) -> bool:
        """Tell whether a peer calls from elsewhere, too, where answers have come to nothing longer ago or never.

        Its calls come in the same order each time: the first addresses, where a firewall lets no connection in, would
        be answered again and again, and the others never.
        """
        lately = trio.current_time() - LATELY_S
        here = self._places.get((peer, place))
        return here is not None and any(
            key[0] == peer and key not in self._answering and other.heard > lately and other.failed < here.failed
            for key, other in self._places.items()
        )

    def _is_crowded(self, peer: str, place: str) -> bool:
        """Tell whether as much is being answered as may be."""
        if (peer, place) in self._answering or len(self._answering) >= ANSWERING:
            return True
        begun = [since for (other, _), since in self._answering.items() if other == peer != STRANGER]
        late = trio.current_time() - HEAD_START_S
        return len(begun) >= ANSWERING_EACH or any(since > late for since in begun)

    async def _answer(self, peer: str, call: Call, place: str) -> None:
        try:
            with trio.fail_after(SHAKE_S):
                stream = await connect(place, call.port)
        except (OSError, trio.TooSlowError) as error:
            log.debug("who called from %s is not there: %s", place, error)
        else:
            nonce = secrets.token_bytes(NONCE_BYTES)
            async with stream:
                try:
                    shake = await shake_as_answerer(stream, self._ring, peer, call, nonce, time.time())
                except (StrangerError, trio.BrokenResourceError, trio.TooSlowError, KeyError) as error:
                    log.debug("who called from %s is nobody: %s", place, error)
                else:
                    # While this line is open, too, another call is answered: the peer may have been restarted.
                    self._nursery.start_soon(self._again, peer, place)
                    await self._converse(stream, peer, place, shake, caller=False)
                    return
        if known := self._places.get((peer, place)):
            known.failed = trio.current_time()
        await self._again(peer, place)

    async def _again(self, peer: str, place: str) -> None:
        await trio.sleep(AGAIN_S)
        del self._answering[peer, place]

    async def _serve(self, listeners: list[trio.SocketListener], scope: trio.CancelScope) -> None:
        with scope:
            await trio.serve_listeners(self._take, listeners, handler_nursery=self._nursery)
        for listener in listeners:
            await trio.aclose_forcefully(listener)

    async def _take(self, stream: trio.SocketStream) -> None:
        """Take a connection at our port: an answer, or nobody."""
        async with stream:
            try:
                place = calls.named(stream.socket.getpeername())
            except OSError as error:
                log.debug("who connected has gone already: %s", error)
                return
            if self._unproved.total() >= UNPROVED or self._unproved[place] >= UNPROVED_EACH:
                self.silenced[Silence.CROWDED] += 1
                return
            self._unproved[place] += 1
            try:
                peer, shake = await shake_as_caller(stream, self._ring)
            except StrangerError as error:
                self.silenced[error.why] += 1
                return
            except (trio.BrokenResourceError, trio.TooSlowError):
                self.silenced[Silence.GARBLED] += 1
                return
            finally:
                self._unproved[place] -= 1
                # Nothing is kept of who has been here.
                self._unproved += Counter()
            await self._converse(stream, peer, place, shake, caller=True)

    async def _converse(
        self, stream: trio.SocketStream, peer: str, place: str, shake: Handshake, *, caller: bool
    ) -> None:
        number = next(self._numbers)
        line = self._lines[number] = Line(stream, shake, caller=caller)

        async def heard(frame: Frame) -> None:
            if frame.kind is Kind.BODY:
                await self._report(BodyHeard(number, frame.number, frame.payload))
            else:
                await self._report(BodyAnswered(number, frame.number, frame.kind is Kind.TAKEN))

        try:
            await self._report(LineOpened(number, peer, place))
            await line.run(heard)
        finally:
            del self._lines[number]
            with trio.move_on_after(BACK_S, shield=True):
                await self._report(LineClosed(number))
