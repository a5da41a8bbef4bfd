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
    AnswerReset,
    Effect,
    Event,
    FindRefused,
    FindStarted,
    HoldScans,
    LendAir,
    MeetRadio,
    RefuseAir,
    ResetAnswered,
    ResetEngine,
    StartFind,
    SteerGroups,
    StopAnswered,
    StopFind,
    Tick,
    WorldSeen,
)
from airhail.actors.discovery.look import look
from airhail.actors.discovery.methods import Ask, DiscoveryMethods
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

log = logging.getLogger(__name__)


# wpa_supplicant may make its P2P interface a moment after NetworkManager shows the device.
ADDRESS_TRIES = 10
ADDRESS_PAUSE_S = 0.5


class DiscoverySection(Struct, frozen=True):
    """The section [discovery].

    *device_name*: the name this host shows to peers, by default its host name; *scan_while_linked*: whether scans for
    Wi-Fi networks may take the radio from a link that is up.
    """

    device_name: str = ""
    scan_while_linked: bool = False


class Discovery:
    """Carries out what the core decides and tells it what happens."""

    def __init__(
        self, actor: Actor, networkmanager: NetworkManager, engine: Engine, nursery: trio.Nursery, state: State
    ) -> None:
        self._networkmanager = networkmanager
        self._engine = engine
        self._scans = ScanGuard(engine.supplicant)
        self._steering = Steering(engine.supplicant)
        self._loop: Loop[State, Event, Effect] = Loop(
            actor, state, step, tick=Tick(), document=document, describe=describe, perform=self._perform
        )
        self._methods = DiscoveryMethods(nursery, self._loop.send_event, self._loop.hand_back)
        self.methods = self._methods.methods
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
                if ask := self._methods.ask_of(by):
                    self._loop.start_soon(self._answer_ask, ask, isinstance(effect, LendAir))
            case ResetEngine():
                self._loop.start_soon(self._reset_engine, effect)
            case AnswerReset(by, problem):
                self._methods.answer_reset(by, problem)

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
            shell = Discovery(
                actor, networkmanager, engine, nursery, State(scan_while_linked=section.scan_while_linked)
            )
            await nursery.start(shell.run)
            await nursery.start(engine.run, shell.send_event)
            nursery.start_soon(shell.look_around)
            nursery.start_soon(shell.hold_scans)
            nursery.start_soon(shell.steer)
            await actor.serve(shell.methods())
            await trio.sleep_forever()
