"""Connection's shell: intents from users, NetworkManager and discovery below, and the core between them."""

import logging
import os
import time
from functools import partial

import msgspec
import trio

from airhail.actors.buses import bus_section, open_buses
from airhail.actors.connection.document import describe, document
from airhail.actors.connection.hail.events import Send, TakeBack
from airhail.actors.connection.hail.hailing import Hailing
from airhail.actors.connection.intents import IntentStore
from airhail.actors.connection.ladder.events import (
    DisconnectDevice,
    Remanage,
    Remember,
    Remembered,
    RemoveGroups,
    ResetEngine,
    RestartSupplicant,
    UsesRead,
)
from airhail.actors.connection.ladder.history import History, line_of, uses
from airhail.actors.connection.ladder.rungs import Toolbox, Work
from airhail.actors.connection.lines.discovery import Neighbourhood
from airhail.actors.connection.lines.liveness import Watching
from airhail.actors.connection.links.addresses import first_hosts
from airhail.actors.connection.links.events import (
    Activate,
    BorrowAir,
    Deactivate,
    DeviceSeen,
    DropFind,
    HostSeen,
    PeerAnswered,
    PeerWanted,
    ReturnAir,
    SeekPeer,
    Tick,
    WantFind,
    WantListen,
)
from airhail.actors.connection.links.quick import PowerSave, Quick, SetPowerSave
from airhail.actors.connection.links.rendezvous_events import CallPeer, DropIntent, KeepIntent, MoveIntent, ShowHere
from airhail.actors.connection.links.state import Consent, fixed_pair
from airhail.actors.connection.links.state import State as Links
from airhail.actors.connection.machine import Effect, Event, State, step
from airhail.actors.connection.methods import LinkMethods
from airhail.actors.connection.radio.activation import activate, deactivate
from airhail.actors.connection.radio.device import DeviceWatch
from airhail.actors.connection.radio.falls import hear_falls
from airhail.actors.connection.radio.radios import RadioWatch
from airhail.actors.connection.radio.reach import seek
from airhail.actors.connection.radio.signals import hear_signals
from airhail.actors.connection.radio.stack import StackWatch
from airhail.actors.connection.trust.methods import TrustMethods
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.loop import Loop
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.dbus.networkmanager import NetworkManager, open_networkmanager
from airhail.ipc.dbus.wpa_supplicant import Supplicant
from airhail.ipc.methods import Method
from airhail.ipc.paths import PathError, socket_path, state_dir

log = logging.getLogger(__name__)

# Enough to see what was done about the last few failures; `history` has the rest.
HISTORY_SHOWN = 8


class ConnectionSection(msgspec.Struct, frozen=True):
    """The section [connection].

    Whether a rung may drop this host's own Wi-Fi, and whether the interface of a link may doze.
    """

    allow_wifi_drop: Consent = Consent.ASK
    power_save: PowerSave = PowerSave.BATTERY


class Connection:
    """Carries out what the core decides and tells it what happens."""

    def __init__(
        self, actor: Actor, networkmanager: NetworkManager, supplicant: Supplicant, section: ConnectionSection
    ) -> None:
        self._networkmanager = networkmanager
        self._supplicant = supplicant
        self._store = IntentStore(state_dir())
        self._history = History(state_dir())
        self._history_lock = trio.Lock()
        self._toolbox = Toolbox(networkmanager, supplicant, state_dir())
        self._trust = Trust(state_dir())
        self._trust_methods = TrustMethods(self._trust, self._own_address)
        self._uid = os.geteuid()
        self._loop: Loop[State, Event, Effect] = Loop(
            actor,
            State(Links(consent=section.allow_wifi_drop, quick=Quick(section.power_save))),
            step,
            tick=Tick(),
            document=document,
            describe=describe,
            perform=self._perform,
        )
        self._hailing = Hailing(self._trust, self._loop.send_event, lambda: self._loop.state)
        self._link_methods = LinkMethods(self._store, self._history, self._loop.send_event, lambda: self._loop.state)
        self._device = DeviceWatch(networkmanager, self._uid, self._see_device)
        self._stack = StackWatch(supplicant, self._loop.send_event)
        self._radios = RadioWatch(lambda: self._loop.state.links.quick.found, self._loop.send_event)
        self._watching = Watching(socket_path("liveness"), self._trust, self._loop.send_event)
        self._neighbourhood = Neighbourhood(socket_path("discovery"), self._hear_of_host)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Take the intents up again, then link and keep linked until cancelled."""
        try:
            intents = await trio.to_thread.run_sync(self._store.load)
            await trio.to_thread.run_sync(self._history.load)
            await self._trust.load()
        except OSError as error:
            sentence = f"nothing can be kept in {state_dir()}: {error}; set AIRHAIL_STATE_DIR to a folder of yours"
            raise PathError(sentence) from error
        async with trio.open_nursery() as nursery:
            await nursery.start(self._loop.run)
            await self._loop.send_event(Remembered(tuple(self._history.lines[-HISTORY_SHOWN:])))
            await self._loop.send_event(UsesRead(uses(self._history.lines, time.time(), trio.current_time())))
            # Before the first look at the device: a link that nobody is known to want is taken down.
            for intent in intents:
                wanted = PeerWanted(intent.peer, intent.name, intent.allow_wifi_drop, intent.invited)
                await self._loop.send_event(wanted)
            nursery.start_soon(self._hailing.run)
            nursery.start_soon(
                hear_falls, self._networkmanager, lambda: self._loop.state.links.device.path, self._loop.send_event
            )
            nursery.start_soon(hear_signals, self._supplicant, self._loop.send_event)
            nursery.start_soon(self._device.run)
            nursery.start_soon(self._neighbourhood.run)
            nursery.start_soon(self._watching.run)
            nursery.start_soon(self._stack.run)
            nursery.start_soon(self._radios.run)
            nursery.start_soon(self._toolbox.give_back)
            await nursery.start(self._trust_methods.run)
            task_status.started()

    def methods(self) -> dict[str, Method]:
        """Offer links, trust and the hail to callers."""
        return self._link_methods.methods() | self._trust_methods.methods() | self._hailing.methods()

    def _own_address(self) -> str:
        host = self._loop.state.links.host
        return host.address if host else ""

    async def _hear_of_host(self, event: Event) -> None:
        """Take what discovery tells to the core, and look where its radio is."""
        if isinstance(event, HostSeen) and event.host and event.host.device:
            self._device.radio.value = event.host.device
        await self._loop.send_event(event)

    async def _see_device(self, event: DeviceSeen) -> None:
        await self._loop.send_event(event)
        self._radios.look_again()

    def _perform(self, effect: Effect) -> None:
        log.info("%s", effect)
        match effect:
            case WantFind():
                self._neighbourhood.look("want_find")
            case WantListen():
                self._neighbourhood.look("want_listen")
            case DropFind():
                self._neighbourhood.look("drop_find")
            case BorrowAir(peer, frequency):
                self._neighbourhood.borrow_air(peer, frequency)
            case ReturnAir():
                self._neighbourhood.return_air()
            case Activate():
                self._loop.start_soon(self._activate, effect)
            case Deactivate():
                # wpa_supplicant may have fallen silent under the attempt that ends here.
                self._stack.look_again()
                self._loop.start_soon(self._deactivate, effect)
            case SeekPeer():
                self._loop.start_soon(self._seek, effect)
            case ResetEngine():
                self._neighbourhood.reset(effect)
            case RemoveGroups() | DisconnectDevice() | Remanage() | RestartSupplicant():
                self._loop.start_soon(self._use, effect)
            case SetPowerSave():
                self._loop.start_soon(self._radios.set_power_save, effect)
            case CallPeer():
                self._loop.start_soon(self._hailing.call, effect)
            case Send():
                self._loop.start_soon(self._hailing.say, effect)
            case TakeBack():
                self._hailing.take_back(effect)
            case ShowHere():
                self._loop.start_soon(self._hailing.show)
            case KeepIntent(peer, name):
                self._loop.start_soon(self._link_methods.keep, partial(self._store.invite, peer, name))
            case MoveIntent(peer, to):
                self._loop.start_soon(self._link_methods.keep, partial(self._store.move, peer, to))
            case DropIntent(peer):
                self._loop.start_soon(self._link_methods.keep, partial(self._store.uninvite, peer))
            case Remember(entry):
                self._history.add(line_of(entry, time.time()))
                self._loop.start_soon(self._remember)

    async def _use(self, effect: Work) -> None:
        answer = await self._toolbox.use(effect)
        self._stack.look_again()
        await self._loop.send_event(answer)

    async def _remember(self) -> None:
        async with self._history_lock:
            try:
                await trio.to_thread.run_sync(self._history.write)
            except OSError as error:
                log.warning("the history could not be written: %s", error)
        await self._loop.send_event(Remembered(tuple(self._history.lines[-HISTORY_SHOWN:])))

    async def _activate(self, effect: Activate) -> None:
        await self._neighbourhood.hush()
        await self._loop.send_event(await activate(self._networkmanager, effect, self._uid))

    async def _deactivate(self, effect: Deactivate) -> None:
        if effect.farewell:
            await self._watching.say_goodbye(effect.farewell)
        if refusal := await deactivate(self._networkmanager, effect.active):
            await self._loop.send_event(refusal)

    async def _seek(self, effect: SeekPeer) -> None:
        def candidates() -> list[str] | None:
            state = self._loop.state.links
            link = state.links.get(effect.peer)
            if link is None or link.interface != effect.interface:
                return None
            # Afresh each time: after a restart this host's own address becomes known only after the link is seen.
            return [*filter(None, [fixed_pair(state, link.peer).peer]), *first_hosts(link.addresses)]

        if address := await seek(effect.interface, candidates):
            await self._loop.send_event(PeerAnswered(effect.peer, address))


def check(config: Config) -> ConnectionSection:
    """Read every section that this actor uses, and return its own.

    Raises ConfigError.
    """
    bus_section(config)
    return config.section("connection", ConnectionSection)


async def connection(actor: Actor) -> None:
    """Run the connection actor until it is cancelled."""
    section = check(actor.config)
    async with open_buses(actor.config) as buses, open_networkmanager(buses.networkmanager) as networkmanager:
        async with trio.open_nursery() as nursery:
            shell = Connection(actor, networkmanager, Supplicant(buses.wpa_supplicant), section)
            await nursery.start(shell.run)
            await actor.serve(shell.methods())
