"""The shell of `lan`: callers above, the network below, and the core between them."""

import itertools
import logging

import msgspec
import trio

from airhail.actors.beacons import Beacon
from airhail.actors.carrier import Meet, Send, Take
from airhail.actors.expecting import Expecting
from airhail.actors.lan.calls import packed
from airhail.actors.lan.core import step
from airhail.actors.lan.document import describe, document
from airhail.actors.lan.events import (
    AnswerBody,
    AnswerSend,
    AwaitAnswers,
    CallPeer,
    CloseLine,
    Effect,
    Event,
    ExpectStrangers,
    MessageTaken,
    NetworksSeen,
    PeersMet,
    SendAsked,
    SendBody,
    SendDropped,
    StrangersExpected,
    Tick,
)
from airhail.actors.lan.interfaces import Interface, watch_interfaces
from airhail.actors.lan.network import Network
from airhail.actors.lan.ring import STRANGER, Ring
from airhail.actors.lan.state import State
from airhail.actors.lan.wire import Frame, Kind
from airhail.actors.loop import Loop
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments

log = logging.getLogger(__name__)


class LanSection(msgspec.Struct, frozen=True):
    """The section [lan]: whether peers are called, and heard, in the networks that this host is in."""

    enabled: bool = True


class Lan:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, nursery: trio.Nursery) -> None:
        self._ring = Ring()
        self._sends: dict[int, trio.MemorySendChannel[str]] = {}
        self._numbers = itertools.count(1)
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, State(), step, tick=Tick(), document=document, describe=describe, perform=self._perform
        )
        self._network = Network(self._ring, nursery, self._loop.send_event)
        self.run = self._loop.run

    async def look_around(self) -> None:
        """Follow the interfaces, until cancelled."""

        async def see(found: list[Interface]) -> None:
            names = tuple(one.name for one in found)
            log.info("networks: %s", ", ".join(names) or "none")
            self._network.use(found)
            await self._loop.send_event(NetworksSeen(names))

        await watch_interfaces(see)

    async def expected(self, by: int, seconds: float) -> None:
        """Take note that a caller expects strangers, or does no longer."""
        await self._loop.send_event(StrangersExpected(by, seconds))

    def methods(self) -> dict[str, Method]:
        """Offer what every carrier offers, but for `expect`, and what this one has kept silent about."""
        return {
            # The pairs' keys are nothing for the trace.
            "meet": Method(Meet, self._meet, change=True, untraced=True),
            "send": Method(Send, self._send, change=True),
            "take": Method(Take, self._take, change=True),
            "silenced": Method(NoArguments, self._tell_silenced),
        }

    async def _meet(self, caller: Caller, args: Meet) -> None:
        self._ring.meet([Beacon(one.peer, bytes.fromhex(one.key), one.lower) for one in args.peers])
        await self._loop.send_event(PeersMet(tuple(dict.fromkeys(one.peer for one in args.peers))))

    async def _send(self, caller: Caller, args: Send) -> None:
        address = args.address if args.to == STRANGER else ""
        if address:
            try:
                packed(address)
            except ValueError as error:
                raise CallError(ErrorName.BAD_ARGUMENTS, f"{address!r} is no IP address") from error
        send = next(self._numbers)
        answers, answer = trio.open_memory_channel[str](1)
        self._sends[send] = answers
        try:
            await self._loop.send_event(SendAsked(send, args.to, address, bytes.fromhex(args.body)))
            problem = await answer.receive()
        finally:
            del self._sends[send]
            await self._loop.hand_back(SendDropped(send))
        if problem:
            raise CallError(ErrorName.REFUSED, problem)

    async def _take(self, caller: Caller, args: Take) -> None:
        await self._loop.send_event(MessageTaken(args.number))

    async def _tell_silenced(self, caller: Caller, args: NoArguments) -> dict[str, int]:
        return {why.value: count for why, count in self._network.silenced.items()}

    def _perform(self, effect: Effect) -> None:
        match effect:
            case CallPeer(to, address):
                self._network.call(to, address)
            case AwaitAnswers(open=True):
                self._network.await_answers()
            case AwaitAnswers():
                self._network.await_no_answers()
            case ExpectStrangers(expecting):
                self._ring.expect(expecting)
            case SendBody(line, number, body):
                self._network.say(line, Frame(Kind.BODY, number, body))
            case AnswerBody(line, number, taken):
                self._network.say(line, Frame(Kind.TAKEN if taken else Kind.FULL, number))
            case CloseLine(line):
                self._network.close(line)
            case AnswerSend(send, problem):
                # Absent when its caller gave up in the same moment: SendDropped is on the way.
                if answers := self._sends.get(send):
                    answers.send_nowait(problem)


def check(config: Config) -> LanSection:
    """Read the section that this actor uses. Raises ConfigError."""
    return config.section("lan", LanSection)


async def lan(actor: Actor) -> None:
    """Run the actor until it is cancelled."""
    section = check(actor.config)
    async with trio.open_nursery() as nursery:
        shell = Lan(actor, nursery)
        await nursery.start(shell.run)
        if section.enabled:
            nursery.start_soon(shell.look_around)
        expecting = Expecting(nursery, shell.expected)
        await actor.serve(shell.methods() | expecting.methods())
        await trio.sleep_forever()
