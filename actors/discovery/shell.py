"""Discovery's shell: NetworkManager's calls, the callers' wants and leases, and the core between them."""

import logging

import trio
from msgspec import Struct
from trio_util import compose_values

from airhail.actors.buses import bus_section, open_buses
from airhail.actors.discovery.core import step
from airhail.actors.discovery.document import describe, document
from airhail.actors.discovery.engine import Engine
from airhail.actors.discovery.events import (
    AddressLearned,
    AirAsked,
    AirReturned,
    AnswerReset,
    Effect,
    Event,
    FindDropped,
    FindRefused,
    FindStarted,
    FindWanted,
    HoldScans,
    LendAir,
    ListenWanted,
    MeetRadio,
    RefuseAir,
    ResetAnswered,
    ResetAsked,
    ResetDropped,
    ResetEngine,
    StartFind,
    SteerGroups,
    StopAnswered,
    StopFind,
    Tick,
    WorldSeen,
)
from airhail.actors.discovery.look import look
from airhail.actors.discovery.scans import ScanGuard
from airhail.actors.discovery.state import State
from airhail.actors.discovery.steering import Steering
from airhail.actors.loop import Loop
from airhail.actors.netlink import NetlinkError
from airhail.actors.nl80211 import own_address
from airhail.actors.reasons import Reason
from airhail.actors.refusals import problem_of
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.networkmanager import NetworkManager, open_networkmanager
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments

log = logging.getLogger(__name__)


# wpa_supplicant may make its P2P interface a moment after NetworkManager shows the device.
ADDRESS_TRIES = 10
ADDRESS_PAUSE_S = 0.5


class DiscoverySection(Struct, frozen=True):
    """The section [discovery]: the name this host shows to peers, by default its host name."""

    device_name: str = ""


class BorrowAir(Struct, frozen=True):
    """The arguments of `borrow_air`: whom the air is wanted for, and where groups are formed (MHz; 0: anywhere)."""

    peer: str
    frequency: int = 0


class Reset(Struct, frozen=True):
    """The arguments of `reset`: whether all that the engine holds about peers goes, not only its find."""

    flush: bool = False


class Ask:
    """A caller's wish for the air, until it is answered."""

    def __init__(self) -> None:
        self.answered = trio.Event()
        self.lent = False
        self.returned = False


class Discovery:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, networkmanager: NetworkManager, engine: Engine, nursery: trio.Nursery) -> None:
        self._networkmanager = networkmanager
        self._engine = engine
        self._scans = ScanGuard(engine.supplicant)
        self._steering = Steering(engine.supplicant)
        self._nursery = nursery
        self._asks: dict[int, Ask] = {}
        self._resets: dict[int, trio.MemorySendChannel[str]] = {}
        self._watched: set[int] = set()
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, State(), step, tick=Tick(), document=document, describe=describe, perform=self._perform
        )
        self.run = self._loop.run
        self.hold_scans = self._scans.run
        self.steer = self._steering.run
        self.send_event = self._loop.send_event

    async def look_around(self) -> None:
        """Show the core the world whenever it changes."""
        seen = None
        engine = self._engine
        with compose_values(
            objects=self._networkmanager.changed,
            life=engine.life,
            tier=engine.tier,
            home=engine.home,
            known=engine.known,
        ) as sources:
            async for current in sources.eventual_values():
                world = look(
                    self._networkmanager,
                    life=current.life,
                    tier=current.tier,
                    home=current.home,
                    known=current.known,
                )
                if world != seen:
                    seen = world
                    await self.send_event(WorldSeen(world))

    def methods(self) -> dict[str, Method]:
        """Offer the find and the air to callers."""
        return {
            "want_find": Method(NoArguments, self._want_find, change=True),
            "want_listen": Method(NoArguments, self._want_listen, change=True),
            "drop_find": Method(NoArguments, self._drop_find, change=True),
            "borrow_air": Method(BorrowAir, self._borrow_air, change=True),
            "return_air": Method(NoArguments, self._return_air, change=True),
            "reset": Method(Reset, self._reset, change=True),
        }

    async def _want_find(self, caller: Caller, args: NoArguments) -> None:
        self._watch(caller)
        await self.send_event(FindWanted(caller.id))

    async def _want_listen(self, caller: Caller, args: NoArguments) -> None:
        self._watch(caller)
        await self.send_event(ListenWanted(caller.id))

    async def _drop_find(self, caller: Caller, args: NoArguments) -> None:
        await self.send_event(FindDropped(caller.id))

    async def _borrow_air(self, caller: Caller, args: BorrowAir) -> None:
        if caller.id in self._asks:
            raise CallError(ErrorName.BUSY, "this connection has asked for the air already: return it first")
        self._watch(caller)
        ask = self._asks[caller.id] = Ask()
        try:
            await self.send_event(AirAsked(caller.id, caller.credentials.pid, args.peer, args.frequency))
            await ask.answered.wait()
        finally:
            if not ask.lent and self._asks.get(caller.id) is ask:
                del self._asks[caller.id]
                await self._loop.hand_back(AirReturned(caller.id))
        if ask.returned:
            raise CallError(ErrorName.REFUSED, "this connection has returned the air while it was asking for it")
        if not ask.lent:
            raise CallError(ErrorName.TOO_MANY, "too many wait for the air already: try again in a while")

    async def _return_air(self, caller: Caller, args: NoArguments) -> None:
        if ask := self._asks.pop(caller.id, None):
            ask.returned = True
            ask.answered.set()
        await self.send_event(AirReturned(caller.id))

    async def _reset(self, caller: Caller, args: Reset) -> None:
        if caller.id in self._resets:
            raise CallError(ErrorName.BUSY, "this connection has a reset under way already: wait for its answer")
        self._watch(caller)
        answers, answer = trio.open_memory_channel[str](1)
        self._resets[caller.id] = answers
        try:
            await self.send_event(ResetAsked(caller.id, args.flush))
            problem = await answer.receive()
        finally:
            del self._resets[caller.id]
            await self._loop.hand_back(ResetDropped(caller.id))
        if problem:
            raise CallError(ErrorName.REFUSED, problem)

    def _watch(self, caller: Caller) -> None:
        """See to it that what *caller* holds ends with its connection."""
        if caller.id not in self._watched:
            self._watched.add(caller.id)
            self._nursery.start_soon(self._end_with, caller)

    async def _end_with(self, caller: Caller) -> None:
        await caller.closed.wait()
        self._watched.remove(caller.id)
        self._asks.pop(caller.id, None)
        await self.send_event(FindDropped(caller.id))
        await self.send_event(AirReturned(caller.id))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case MeetRadio(adapter):
                self._engine.parent.value = adapter
                if adapter:
                    self._loop.start_soon(self._learn_address, adapter)
            case StartFind():
                self._loop.start_soon(self._start_find, effect)
            case HoldScans(adapter):
                self._scans.adapter.value = adapter
            case StopFind():
                self._loop.start_soon(self._stop_find, effect)
            case SteerGroups():
                self._steering.wanted.value = effect
            case LendAir(by) | RefuseAir(by):
                # Absent when the asker gave up in the same moment: its AirReturned is on the way.
                if ask := self._asks.get(by):
                    self._loop.start_soon(self._answer_ask, ask, isinstance(effect, LendAir))
            case ResetEngine():
                self._loop.start_soon(self._reset_engine, effect)
            case AnswerReset(by, problem):
                if answers := self._resets.get(by):
                    answers.send_nowait(problem)

    async def _answer_ask(self, ask: Ask, lent: bool) -> None:
        if lent:
            await self._steering.settle()
        ask.lent = lent
        ask.answered.set()

    async def _start_find(self, effect: StartFind) -> None:
        try:
            if effect.afresh:
                await self._networkmanager.stop_find(effect.device)
            if effect.listen:
                await self._engine.listen(effect.adapter, effect.seconds)
            elif effect.adapter:
                await self._engine.find(effect.adapter, effect.seconds)
            else:
                await self._networkmanager.start_find(effect.device, effect.seconds)
        except BusFailure as failure:
            log.warning("%s", failure)
            await self.send_event(FindRefused(effect.device, problem_of(failure, Reason.FIND_REFUSED)))
        else:
            log.info("listening" if effect.listen else "finding peers")
            await self.send_event(FindStarted(effect.device))

    async def _stop_find(self, effect: StopFind) -> None:
        try:
            await self._networkmanager.stop_find(effect.device)
            log.info("finding stopped")
        except BusFailure as failure:
            # Nothing hangs on it: the find ends by itself.
            log.warning("%s", failure)
        await self.send_event(StopAnswered())

    async def _reset_engine(self, effect: ResetEngine) -> None:
        try:
            if effect.flush:
                await self._engine.flush(effect.adapter)
            else:
                await self._networkmanager.stop_find(effect.device)
        except BusFailure as failure:
            log.warning("%s", failure)
            await self.send_event(ResetAnswered(str(failure)))
        else:
            log.info("engine flushed" if effect.flush else "finding stopped, to begin afresh")
            await self.send_event(ResetAnswered())

    async def _learn_address(self, adapter: str) -> None:
        for _ in range(ADDRESS_TRIES):
            try:
                if address := await own_address(adapter):
                    await self.send_event(AddressLearned(adapter, address))
                    return
            except NetlinkError as error:
                log.warning("this host's own P2P address: %s", error)
            await trio.sleep(ADDRESS_PAUSE_S)
        log.warning("this host's own P2P address is not known: links come about, but more slowly")


def check(config: Config) -> DiscoverySection:
    """Read every section that this actor uses, and return its own.

    Raises ConfigError.
    """
    bus_section(config)
    return config.section("discovery", DiscoverySection)


async def discovery(actor: Actor) -> None:
    """Run the discovery actor until it is cancelled."""
    section = check(actor.config)
    async with open_buses(actor.config) as buses, open_networkmanager(buses.networkmanager) as networkmanager:
        async with trio.open_nursery() as nursery:
            engine = Engine(buses.wpa_supplicant, section.device_name)
            shell = Discovery(actor, networkmanager, engine, nursery)
            await nursery.start(shell.run)
            await nursery.start(engine.run, shell.send_event)
            nursery.start_soon(shell.look_around)
            nursery.start_soon(shell.hold_scans)
            nursery.start_soon(shell.steer)
            await actor.serve(shell.methods())
            await trio.sleep_forever()
