"""The bus: calls, subscriptions and owners of names, kept alive across the bus's own restarts."""

import logging
import os
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from itertools import count
from typing import Any

import trio
from jeepney import MessageType
from trio_util import AsyncValue

from airhail.ipc.dbus.address import socket_names, system_bus_address
from airhail.ipc.dbus.background import open_background
from airhail.ipc.dbus.errors import NAME_HAS_NO_OWNER, BusError, BusFailure, BusGone
from airhail.ipc.dbus.limits import RECONNECT_FIRST, RECONNECT_HEALTHY, RECONNECT_LONGEST
from airhail.ipc.dbus.match import BUS_NAME, Pattern, owner_pattern
from airhail.ipc.dbus.names import Entry, OwnerTable
from airhail.ipc.dbus.reception import Reception
from airhail.ipc.dbus.rules import MatchRules, ask_bus
from airhail.ipc.dbus.signals import Gap, Signal, Signals
from airhail.ipc.dbus.stream import BusStream, Outgoing, Reply, open_stream
from airhail.ipc.dbus.wire import Incoming, encode_signal

log = logging.getLogger(__name__)


class Bus:
    """A message bus, there or not there at the moment; made by `open_bus`.

    `connected` tells which. `counters` count what the calls and subscriptions do not show:
    late_replies, unwanted_signals, overflows, odd_messages, calls_answered, connections.
    """

    def __init__(self, address: str, background: trio.Nursery) -> None:
        self.address = address
        self.background = background
        self.connected: AsyncValue[bool] = AsyncValue(False)
        self.unique_name: str | None = None
        self.counters: Counter[str] = Counter()
        self.stream: BusStream | None = None
        self.tried = trio.Event()
        self.why_gone = "no attempt to reach it was made yet"
        self.numbers = count(1)
        self.owners = OwnerTable()
        self.reception = Reception(self.owners.owner_of)
        self.subscriptions: list[Signals] = []
        self.rules = MatchRules(background, lambda: self.stream)

    # --- calls ---------------------------------------------------------------------------------------

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        *,
        within: float,
    ) -> tuple[Any, ...]:
        """Call a method and return its results as plain values; `within` is in seconds.

        Never starts the service. Raises BusError with the service's error, NoReply after `within`,
        BusGone at once while the bus is away; ValueError or TypeError when an argument does not fit its
        signature (an argument of type `v` is a pair of signature and value). Cancelling leaves the
        stream whole; the service may still do what it was asked.
        """
        reply = await self.exchange(destination, path, interface, member, signature, body, within=within)
        return reply.body

    async def exchange(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        *,
        within: float,
    ) -> Reply:
        """Call like `call`; the reply also says its place among the signals."""
        if self.stream is None or not self.connected.value:
            raise BusGone(f"{interface}.{member} of {destination}: the bus is away: {self.why_gone}")
        return await self.stream.exchange(destination, path, interface, member, signature, body, within)

    async def emit(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        """Send a signal; to nobody while the bus is away. ValueError or TypeError when an argument does not fit."""
        stream = self.stream
        if stream is not None and self.connected.value:
            data = encode_signal(path, interface, member, signature, body, stream.next_serial())
            with suppress(BusGone):
                await stream.post(Outgoing(data))

    # --- subscriptions and owners --------------------------------------------------------------------

    @asynccontextmanager
    async def subscribe(
        self,
        *,
        sender: str | None = None,
        path: str | None = None,
        path_namespace: str | None = None,
        interface: str | None = None,
        member: str | None = None,
    ) -> AsyncGenerator[Signals]:
        """Open a subscription to the signals that match every part given; see `subscribe_all`."""
        async with self.subscribe_all([Pattern(sender, path, path_namespace, interface, member)]) as signals:
            yield signals

    @asynccontextmanager
    async def subscribe_all(self, patterns: Iterable[Pattern]) -> AsyncGenerator[Signals]:
        """Open one subscription to the signals that match any pattern, in the order they were sent.

        What is read of the service after this has begun misses no signal. A Gap comes when the queue
        overflows, when a well-known sender gets another owner, and when the bus was away. Raises
        BusError when the bus refuses a rule, NoReply when it is stuck.
        """
        signals = Signals(tuple(patterns))
        async with AsyncExitStack() as stack:
            for name in {name for pattern in signals.patterns if (name := pattern.well_known_sender())}:
                await stack.enter_async_context(self.watch_owner(name))
            self.subscriptions.append(signals)
            stack.callback(self.subscriptions.remove, signals)
            for pattern in signals.patterns:
                await stack.enter_async_context(self.rules.hold(pattern.rule()))
            yield signals

    @asynccontextmanager
    async def watch_owner(self, name: str) -> AsyncGenerator[AsyncValue[str | None]]:
        """Follow who owns a well-known name: its unique name, None while nobody does or the bus is away."""
        entry = self.owners.hold(name)
        try:
            async with self.rules.hold(owner_pattern(name).rule()):
                if self.stream is not None:
                    # Asked again by the next greeting.
                    with suppress(BusGone):
                        await self.ask_owner(self.stream, name, entry)
                yield entry.owner
        finally:
            self.owners.release(name)

    async def ask_owner(self, stream: BusStream, name: str, entry: Entry) -> None:
        """Learn the present owner, unless newer news of it comes while we ask."""
        news = entry.news
        owner = await present_owner(stream, name)
        if entry.news == news:
            self.learn_owner(name, owner)

    def learn_owner(self, name: str, owner: str | None) -> None:
        """Note an owner; a change leaves a Gap in what comes from that name."""
        if self.owners.learn(name, owner):
            self.leave_gaps(f"{name} is now {owner}" if owner else f"{name} left the bus", name)

    def leave_gaps(self, why: str, sender: str | None = None) -> None:
        """Put a Gap in every subscription, or in those to one well-known sender."""
        for signals in self.subscriptions:
            if sender is None or any(pattern.sender == sender for pattern in signals.patterns):
                signals.put(Gap(why))

    # --- the connection ------------------------------------------------------------------------------

    async def keep_connected(self) -> None:
        """Connect, serve, and connect again; sets `tried` after the first attempt, good or bad."""
        names = socket_names(self.address)
        delay = RECONNECT_FIRST
        while True:
            began = trio.current_time()
            try:
                async with open_stream(names) as stream:
                    async with open_background() as nursery:
                        nursery.start_soon(stream.write)
                        nursery.start_soon(stream.read, partial(self.deliver, stream))
                        await self.greet(stream)
                        self.tried.set()
                        await stream.ended.wait()
                why = stream.why
            except BusFailure as failure:
                why = str(failure)
            finally:
                self.lose()
            if why != self.why_gone:
                log.warning("the bus at %s is away: %s; trying again until it is back", self.address, why)
            self.why_gone = why
            self.tried.set()
            if trio.current_time() - began > RECONNECT_HEALTHY:
                delay = RECONNECT_FIRST
            await trio.sleep(delay)
            delay = min(2 * delay, RECONNECT_LONGEST)

    async def greet(self, stream: BusStream) -> None:
        """Introduce ourselves and put back all that this bus should know of us."""
        (self.unique_name,) = await ask_bus(stream, "Hello")
        # Not before: the bus answers nobody who has not said Hello.
        self.stream = stream
        await self.rules.put_back(stream)
        entries = list(self.owners.entries.items())
        told = [(name, entry, entry.news, await present_owner(stream, name)) for name, entry in entries]
        self.counters["connections"] += 1
        self.connected.value = True
        # Not before: who hears that a service is there calls it.
        for name, entry, news, owner in told:
            if entry.news == news:
                self.learn_owner(name, owner)
        self.why_gone = ""
        log.info("connected to the bus at %s as %s", self.address, self.unique_name)
        self.leave_gaps("the bus was away")

    def lose(self) -> None:
        """Take note that the connection is over."""
        self.stream = None
        self.unique_name = None
        self.connected.value = False
        for name in self.owners.forget():
            self.leave_gaps(f"{name} cannot be seen: the bus is away", name)

    async def deliver(self, stream: BusStream, message: Incoming) -> None:
        """Hand one message to those it is for."""
        number = next(self.numbers)
        if message.trouble is not None:
            self.counters["odd_messages"] += 1
            log.warning("the bus sent an odd message from %s: %s", message.sender, message.trouble)
        match message.kind:
            case MessageType.method_return | MessageType.error:
                if not stream.answer(message, number):
                    self.counters["late_replies"] += 1
            case MessageType.signal:
                self.deliver_signal(message, number)
            case MessageType.method_call:
                self.counters["calls_answered"] += 1
                await self.reception.take(message, stream)

    def deliver_signal(self, message: Incoming, number: int) -> None:
        """Queue a signal with every subscription that wants it."""
        if message.trouble is not None:
            self.leave_gaps(f"a signal could not be read: {message.trouble}")
            return
        if message.sender == BUS_NAME and message.member == "NameOwnerChanged":
            name, _, owner = message.body
            self.learn_owner(name, owner or None)
        wanting = [each for each in self.subscriptions if each.wants(message, self.owners.owner_of)]
        if not wanting and message.sender != BUS_NAME:
            self.counters["unwanted_signals"] += 1
        signal = Signal(
            sender=message.sender or "",
            path=message.path or "",
            interface=message.interface or "",
            member=message.member or "",
            body=message.body,
            number=number,
        )
        for signals in wanting:
            if signals.put(signal):
                self.counters["overflows"] += 1


@asynccontextmanager
async def open_bus(address: str | None = None) -> AsyncGenerator[Bus]:
    """Open a bus, by default the system bus, and keep connected to it until the body ends.

    Returns after the first attempt to connect even when that failed: the Bus goes on trying by itself,
    and `connected` tells. Raises ValueError when `address` names no Unix socket.
    """
    address = address or system_bus_address(os.environ)
    socket_names(address)
    async with open_background() as nursery:
        bus = Bus(address, nursery)
        nursery.start_soon(bus.keep_connected)
        await bus.tried.wait()
        yield bus


async def present_owner(stream: BusStream, name: str) -> str | None:
    """Ask the bus who owns a name now; None when nobody does."""
    try:
        (owner,) = await ask_bus(stream, "GetNameOwner", name)
    except BusError as error:
        if error.name != NAME_HAS_NO_OWNER:
            raise
        return None
    return str(owner)
