"""The ble actor: BlueZ's news go to the core, its effects to BlueZ, and calls from the socket between them."""

import logging
import os
import time
from itertools import count

import trio
from msgspec import Struct

from airhail.actors.beacons import TOKEN_BYTES, Beacon, outgoing
from airhail.actors.ble.adapter import Adapter, diagnose
from airhail.actors.ble.air import Air, open_air
from airhail.actors.ble.core import step
from airhail.actors.ble.document import describe, document
from airhail.actors.ble.events import (
    AnswerSend,
    AnswerWriter,
    BeaconEnded,
    BeaconStarted,
    BodyArrived,
    BodyRefused,
    BodyTaken,
    ConnectionMade,
    Effect,
    Event,
    Failure,
    HangUp,
    MailboxOpened,
    MailboxRefused,
    MessageTaken,
    OpenMailbox,
    Peer,
    PeersMet,
    SendAsked,
    SendDropped,
    StartBeacon,
    StopBeacon,
    StrangersExpected,
    Tick,
    WorldSeen,
    WriteBody,
)
from airhail.actors.ble.look import look
from airhail.actors.ble.pairing.methods import Pairing
from airhail.actors.ble.state import State
from airhail.actors.buses import bus_section
from airhail.actors.carrier import Meet, Send, Take
from airhail.actors.expecting import Expecting
from airhail.actors.loop import Loop
from airhail.actors.reasons import Problem, Reason
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.dbus.bluez import Bluez, open_bluez
from airhail.ipc.dbus.bluez_objects import NOT_PERMITTED
from airhail.ipc.dbus.bus import open_bus
from airhail.ipc.dbus.errors import BusError, BusFailure, Refusal
from airhail.ipc.errors import CallError
from airhail.ipc.methods import Caller, Method

log = logging.getLogger(__name__)

# How long before its caller gives up a send is given up here, so that the caller hears how far it came.
MARGIN_S = 0.2

# How BlueZ tells what the peer answered to a write (src/gatt-client.c, create_gatt_dbus_error).
UNPROTECTED = "Not paired"
FINAL = frozenset(
    {
        NOT_PERMITTED,
        "org.bluez.Error.NotAuthorized",
        "org.bluez.Error.NotSupported",
        "org.bluez.Error.InvalidArguments",
    }
)


class BleSection(Struct, frozen=True):
    """The section [ble]: the adapter to use, `hci0`; "" is any that works, "none" is none at all."""

    adapter: str = ""


class Ble:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, bluez: Bluez, wanted: str) -> None:
        self.air: Air
        self._bluez = bluez
        self._beacons: dict[str, Beacon] = {}
        self._numbers = count(1)
        self._senders: dict[int, trio.MemorySendChannel[AnswerSend]] = {}
        self._writers: dict[int, trio.MemorySendChannel[AnswerWriter]] = {}
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, State(wanted), step, tick=Tick(), document=document, describe=describe, perform=self._perform
        )
        self.run = self._loop.run
        self.send_event = self._loop.send_event

    async def look_around(self) -> None:
        """Show the core the world whenever it changes."""
        seen = None
        async for _ in self._bluez.changed.eventual_values():
            world = look(self._bluez)
            if world != seen:
                seen = world
                await self.send_event(WorldSeen(world))

    def adapter(self) -> Adapter | Problem:
        """Return the adapter that is used, or why there is none."""
        state = self._loop.state
        return diagnose(state.world, state.wanted, state.adapter) or state.adapter or Problem(Reason.NO_BLUETOOTH)

    async def expected(self, by: int, seconds: float) -> None:
        """Take note that a caller expects strangers, or does no longer."""
        await self.send_event(StrangersExpected(by, seconds))

    async def connected(self, address: str) -> None:
        """Take note of a connection that a pairing has brought about."""
        await self.send_event(ConnectionMade(address))

    # --- callers -------------------------------------------------------------------------------------

    def methods(self) -> dict[str, Method]:
        """Offer what every carrier offers, but for `expect`."""
        return {
            # The pairs' keys are nothing for the trace.
            "meet": Method(Meet, self._meet, change=True, untraced=True),
            "send": Method(Send, self._send, change=True),
            "take": Method(Take, self._take, change=True),
        }

    async def _meet(self, caller: Caller, args: Meet) -> None:
        beacons = {one.address.lower(): Beacon(one.peer, bytes.fromhex(one.key), one.lower) for one in args.peers}
        self._beacons = beacons
        await self.send_event(PeersMet(tuple(Peer(beacon.peer, address) for address, beacon in beacons.items())))

    async def _send(self, caller: Caller, args: Send) -> None:
        number = next(self._numbers)
        body = bytes.fromhex(args.body)
        answers, answer = trio.open_memory_channel[AnswerSend](1)
        self._senders[number] = answers
        try:
            expires = trio.current_effective_deadline() - MARGIN_S
            await self.send_event(SendAsked(number, args.to, args.address.lower(), body, expires))
            told = await answer.receive()
        finally:
            del self._senders[number]
            await self._loop.hand_back(SendDropped(number))
        if told.name is not None:
            raise CallError(told.name, told.why)

    async def _take(self, caller: Caller, args: Take) -> None:
        await self.send_event(MessageTaken(args.number))

    # --- BlueZ ---------------------------------------------------------------------------------------

    async def took(self, secure: bool, device: str, body: bytes) -> None:
        """Take a body that a device wrote into a mailbox; raises Refusal."""
        ticket = next(self._numbers)
        answers, answer = trio.open_memory_channel[AnswerWriter](1)
        self._writers[ticket] = answers
        try:
            await self.send_event(BodyArrived(ticket, device, secure, body))
            told = await answer.receive()
        finally:
            del self._writers[ticket]
        if told.why:
            raise Refusal(NOT_PERMITTED, told.why)

    def mailbox_closed(self) -> None:
        """Tell the core that BlueZ serves our mailboxes no longer, by its own will."""
        at = self._loop.state.mailbox_at
        self._loop.start_soon(self.send_event, MailboxRefused(*at, "BlueZ has ended the service"))

    def beacon_ended(self) -> None:
        """Tell the core that BlueZ has ended our advertisement, by its own will."""
        self._loop.start_soon(self.send_event, BeaconEnded("BlueZ has ended the advertisement"))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case OpenMailbox():
                self._loop.start_soon(self._open_mailbox, effect)
            case StartBeacon():
                self._loop.start_soon(self._start_beacon, effect)
            case StopBeacon():
                self._loop.start_soon(self._stop_beacon, effect)
            case WriteBody():
                self._loop.start_soon(self._write, effect)
            case HangUp():
                self._loop.start_soon(self._hang_up, effect)
            case AnswerSend(id):
                # Absent when the caller gave up in the same moment.
                if senders := self._senders.get(id):
                    senders.send_nowait(effect)
            case AnswerWriter(ticket):
                if writers := self._writers.get(ticket):
                    writers.send_nowait(effect)

    async def _open_mailbox(self, effect: OpenMailbox) -> None:
        try:
            await self.air.open_mailbox(effect.path)
        except BusFailure as failure:
            log.warning("%s", failure)
            await self.send_event(MailboxRefused(effect.life, effect.path, sentence_of(failure)))
        else:
            log.info("peers can call this host over %s", effect.path)
            await self.send_event(MailboxOpened(effect.life, effect.path))

    async def _start_beacon(self, effect: StartBeacon) -> None:
        beacon = self._beacons.get(effect.address)
        # Whoever is not met yet cannot resolve a token, and nobody else learns from noise that it is none.
        token = outgoing(beacon, time.time()) if beacon else os.urandom(TOKEN_BYTES)
        try:
            await self.air.start_beacon(effect.path, token)
        except BusFailure as failure:
            log.warning("%s", failure)
            await self.send_event(BeaconEnded(sentence_of(failure)))
        else:
            log.info("calling %s", effect.address)
            await self.send_event(BeaconStarted())

    async def _stop_beacon(self, effect: StopBeacon) -> None:
        try:
            await self.air.stop_beacon(effect.path)
        except BusFailure as failure:
            # It ends with BlueZ, the adapter or our bus; else the next start says what is wrong.
            log.info("%s", failure)
        await self.send_event(BeaconEnded())

    async def _write(self, effect: WriteBody) -> None:
        try:
            await self.air.write(effect.path, effect.body)
        except BusFailure as failure:
            log.info("%s", failure)
            await self.send_event(BodyRefused(effect.id, failure_of(failure), sentence_of(failure)))
        else:
            await self.send_event(BodyTaken(effect.id))

    async def _hang_up(self, effect: HangUp) -> None:
        try:
            await self.air.hang_up(effect.path)
        except BusFailure as failure:
            # The peer may have ended it in the same moment; if not, it stays and costs a little.
            log.info("%s", failure)


def failure_of(failure: BusFailure) -> Failure:
    """Say what BlueZ's answer to a write means."""
    if isinstance(failure, BusError) and failure.name == NOT_PERMITTED and failure.sentence == UNPROTECTED:
        return Failure.UNPROTECTED
    return Failure.REFUSED if isinstance(failure, BusError) and failure.name in FINAL else Failure.LOST


def sentence_of(failure: BusFailure) -> str:
    """Return what a person needs of a failed call."""
    return (failure.sentence or failure.name) if isinstance(failure, BusError) else str(failure)


def check(config: Config) -> BleSection:
    """Read every section that this actor uses, and return its own.

    Raises ConfigError.
    """
    bus_section(config)
    return config.section("ble", BleSection)


async def ble(actor: Actor) -> None:
    """Run the ble actor until it is cancelled."""
    section = check(actor.config)
    async with open_bus(bus_section(actor.config).bluez) as bus, open_bluez(bus) as bluez:
        shell = Ble(actor, bluez, section.adapter)
        async with (
            open_air(
                bus,
                bluez,
                took=shell.took,
                mailbox_closed=shell.mailbox_closed,
                beacon_ended=shell.beacon_ended,
            ) as shell.air,
            trio.open_nursery() as nursery,
        ):
            await nursery.start(shell.run)
            nursery.start_soon(shell.look_around)
            pairing = Pairing(bluez, shell.adapter, shell.connected, nursery)
            expecting = Expecting(nursery, shell.expected)
            await actor.serve(shell.methods() | expecting.methods() | pairing.methods())
            await trio.sleep_forever()
