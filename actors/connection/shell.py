"""Connection's shell: intents from users, NetworkManager and discovery below, and the core between them."""

import logging
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import msgspec
import trio
from trio_util import AsyncValue, compose_values

from airhail.actors.buses import bus_section, open_buses
from airhail.actors.connection.document import describe, document
from airhail.actors.connection.hail.events import Send
from airhail.actors.connection.hail.hailing import Hailing
from airhail.actors.connection.intents import Intent, IntentStore
from airhail.actors.connection.ladder.events import (
    DisconnectDevice,
    QuestionAnswered,
    Remanage,
    Remember,
    Remembered,
    RemoveGroups,
    ResetEngine,
    RestartSupplicant,
)
from airhail.actors.connection.ladder.history import History, line_of
from airhail.actors.connection.ladder.rungs import Toolbox, Work
from airhail.actors.connection.lines.discovery import Neighbourhood
from airhail.actors.connection.lines.liveness import Watching
from airhail.actors.connection.links.addresses import first_hosts
from airhail.actors.connection.links.events import (
    Activate,
    BorrowAir,
    Deactivate,
    DeviceFell,
    DeviceSeen,
    DropFind,
    HostSeen,
    PeerAnswered,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    SeekPeer,
    StackSeen,
    Tick,
    WantFind,
    WantListen,
)
from airhail.actors.connection.links.quick import PowerSave, Quick, RadiosSeen, SetPowerSave
from airhail.actors.connection.links.rendezvous_events import CallPeer, DropIntent, KeepIntent, MoveIntent, ShowHere
from airhail.actors.connection.links.state import MAX_LINKS, Consent, fixed_pair
from airhail.actors.connection.links.state import State as Links
from airhail.actors.connection.links.world import Stack
from airhail.actors.connection.machine import Effect, Event, State, step, wanted_as
from airhail.actors.connection.radio.activation import activate, deactivate
from airhail.actors.connection.radio.falls import fall_of
from airhail.actors.connection.radio.look import look
from airhail.actors.connection.radio.radios import RadioWatch
from airhail.actors.connection.radio.reach import seek
from airhail.actors.connection.radio.signals import event_of
from airhail.actors.connection.radio.stack import StackWatch
from airhail.actors.connection.trust.methods import TrustMethods
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.loop import Loop
from airhail.actors.names import Address
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.dbus.networkmanager import NetworkManager, open_networkmanager
from airhail.ipc.dbus.signals import Gap
from airhail.ipc.dbus.wpa_supplicant import Supplicant
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.paths import PathError, socket_path, state_dir

log = logging.getLogger(__name__)

# Enough to see what was done about the last few failures; `history` has the rest.
HISTORY_SHOWN = 8


class Connect(msgspec.Struct, frozen=True):
    """The arguments of `connect`: the peer's P2P device address, and the name the user knows it by.

    With `allow_wifi_drop` a rung that drops this host's own Wi-Fi needs no further word.
    """

    peer: Address
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""
    allow_wifi_drop: bool = False


class Disconnect(msgspec.Struct, frozen=True):
    """The arguments of `disconnect`."""

    peer: Address


class Answer(msgspec.Struct, frozen=True):
    """The arguments of `answer`: whether the rung that the open question names may be used."""

    allow: bool


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
        self._store_lock = trio.Lock()
        self._history = History(state_dir())
        self._history_lock = trio.Lock()
        self._toolbox = Toolbox(networkmanager, supplicant, state_dir())
        self._trust = Trust(state_dir())
        self._trust_methods = TrustMethods(self._trust, self._own_address)
        self._uid = os.geteuid()
        # The P2P device that discovery chose last; kept while discovery is away.
        self._radio: AsyncValue[str] = AsyncValue("")
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
        self._stack = StackWatch(supplicant, self._see_stack)
        self._radios = RadioWatch(lambda: self._loop.state.links.quick.found, self._see_radios)
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
            # Before the first look at the device: a link that nobody is known to want is taken down.
            for intent in intents:
                wanted = PeerWanted(intent.peer, intent.name, intent.allow_wifi_drop, intent.invited)
                await self._loop.send_event(wanted)
            nursery.start_soon(self._hailing.run)
            nursery.start_soon(self._follow_falls)
            nursery.start_soon(self._follow_signals)
            nursery.start_soon(self._follow_device)
            nursery.start_soon(self._neighbourhood.run)
            nursery.start_soon(self._watching.run)
            nursery.start_soon(self._stack.run)
            nursery.start_soon(self._radios.run)
            nursery.start_soon(self._toolbox.give_back)
            await nursery.start(self._trust_methods.run)
            task_status.started()

    def methods(self) -> dict[str, Method]:
        """Offer intents, and trust, to callers."""
        return {
            "connect": Method(Connect, self._connect, change=True),
            "disconnect": Method(Disconnect, self._disconnect, change=True),
            "answer": Method(Answer, self._answer, change=True),
            "history": Method(NoArguments, self._tell_history),
            **self._trust_methods.methods(),
            **self._hailing.methods(),
        }

    def _own_address(self) -> str:
        host = self._loop.state.links.host
        return host.address if host else ""

    async def _connect(self, caller: Caller, args: Connect) -> None:
        links = self._loop.state.links.links
        peer = wanted_as(self._loop.state, args.peer)
        if peer not in links and len(links) >= MAX_LINKS:
            raise CallError(ErrorName.TOO_MANY, f"{MAX_LINKS} links are kept already: disconnect one first")
        add = partial(self._store.add, Intent(peer, args.name, args.allow_wifi_drop))
        await self._save(add, PeerWanted(peer, args.name, args.allow_wifi_drop))

    async def _disconnect(self, caller: Caller, args: Disconnect) -> None:
        peer = wanted_as(self._loop.state, args.peer)
        if peer not in self._loop.state.links.links:
            raise CallError(
                ErrorName.REFUSED, f"no link to {args.peer} is wanted: `airhail status` lists those that are"
            )
        await self._save(partial(self._store.remove, peer), PeerUnwanted(peer))

    async def _answer(self, caller: Caller, args: Answer) -> None:
        if self._loop.state.links.question is None:
            raise CallError(ErrorName.REFUSED, "no question is open: `airhail status` shows one when there is")
        await self._loop.send_event(QuestionAnswered(args.allow))

    async def _tell_history(self, caller: Caller, args: NoArguments) -> dict[str, Any]:
        return {"history": msgspec.to_builtins(self._history.lines)}

    async def _save(self, write: Callable[[], None], event: Event) -> None:
        """Have the intents on disk before the caller is answered and anything moves; both happen or neither."""
        async with self._store_lock:
            # A caller that goes away in the middle must not leave the disk and the machine of two minds. Shielded, it
            # is still bounded: by the disk, and by the core's queue.
            with trio.CancelScope(shield=True):
                try:
                    await trio.to_thread.run_sync(write)
                except OSError as error:
                    sentence = f"the intent could not be saved ({error}): make room in {state_dir()} and ask again"
                    raise CallError(ErrorName.REFUSED, sentence) from error
                await self._loop.send_event(event)

    async def _keep(self, write: Callable[[], None]) -> None:
        """Write down what the hail has changed about the intents; the machine goes on whatever the disk does."""
        async with self._store_lock:
            try:
                await trio.to_thread.run_sync(write)
            except OSError as error:
                log.warning("the intents could not be saved: %s", error)

    async def _hear_of_host(self, event: Event) -> None:
        """Take what discovery tells to the core, and look where its radio is."""
        if isinstance(event, HostSeen) and event.host and event.host.device:
            self._radio.value = event.host.device
        await self._loop.send_event(event)

    async def _see_stack(self, stack: Stack) -> None:
        await self._loop.send_event(StackSeen(stack))

    async def _see_radios(self, seen: RadiosSeen) -> None:
        await self._loop.send_event(seen)

    async def _follow_device(self) -> None:
        seen = None
        with compose_values(objects=self._networkmanager.changed, radio=self._radio) as sources:
            async for current in sources.eventual_values():
                device = look(self._networkmanager, current.radio, self._uid)
                if device != seen:
                    seen = device
                    await self._loop.send_event(DeviceSeen(device))
                    self._radios.look_again()

    async def _follow_falls(self) -> None:
        """Hear why links end: properties alone skip states and reasons that pass quickly."""
        async with self._networkmanager.state_changes() as changes:
            async for change in changes:
                if isinstance(change, Gap) or change.device != self._loop.state.links.device.path:
                    continue
                log.info(
                    "device %s: %s to %s, %s", change.device, change.old.name, change.new.name, change.reason.name
                )
                if problem := fall_of(change):
                    await self._loop.send_event(DeviceFell(problem))

    async def _follow_signals(self) -> None:
        async with self._supplicant.events() as signals:
            async for signal in signals:
                # A missed signal only costs time: the deadlines stand behind every one of them.
                if not isinstance(signal, Gap) and (event := event_of(signal)):
                    log.info("%s", event)
                    await self._loop.send_event(event)

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
            case ShowHere():
                self._loop.start_soon(self._hailing.show)
            case KeepIntent(peer, name):
                self._loop.start_soon(self._keep, partial(self._store.add, Intent(peer, name, invited=True)))
            case MoveIntent(peer, to):
                self._loop.start_soon(self._keep, partial(self._store.move, peer, to))
            case DropIntent(peer):
                self._loop.start_soon(self._keep, partial(self._store.remove, peer))
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
