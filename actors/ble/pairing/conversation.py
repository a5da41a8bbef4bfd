"""One pairing, from the wish to the bond or the reason why there is none."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import trio

from airhail.actors.ble.pairing.agent import Door, open_door
from airhail.actors.ble.pairing.core import step
from airhail.actors.ble.pairing.document import document
from airhail.actors.ble.pairing.events import (
    Answered,
    Ask,
    BluetoothLost,
    Call,
    Called,
    CallFailed,
    CancelCall,
    Check,
    Checked,
    Claim,
    DevicesSeen,
    Effect,
    Event,
    Forget,
    HangUp,
    Offer,
    Reply,
    Search,
    SearchBegun,
    SearchFailed,
    Tick,
    Trust,
)
from airhail.actors.ble.pairing.look import look
from airhail.actors.ble.pairing.meant import address_in
from airhail.actors.ble.pairing.state import Phase, begin
from airhail.ipc.dbus.bluez import Adapter, Bluez
from airhail.ipc.dbus.errors import BusError, BusFailure

log = logging.getLogger(__name__)

# Connecting to a device that advertises takes a few seconds at most; a bond that the other end has lost breaks the
# connection as soon as it is encrypted.
CONNECT_S = 10.0
SETTLED_S = 2.0
# Ending a connection takes BlueZ two seconds (src/device.c, DISCONNECT_TIMER); it is not waited for longer.
CLEAN_UP_S = 5.0


# BlueZ has at most CALLS_SERVED (32) calls open, a person answers once, and what we do ends once each.
MOST_EVENTS = 64


class Conversation:
    """A pairing over one adapter; `run` ends when it is over and everything is taken back.

    *connected* is told the address of a device to which the pairing has brought about a connection that stays.
    """

    def __init__(
        self, bluez: Bluez, adapter: Adapter, ask: Ask, until: float, connected: Callable[[str], Awaitable[None]]
    ) -> None:
        self.number = 0
        """How often what the person is told has changed."""
        self.changed = trio.Event()
        self._bluez = bluez
        self._adapter = adapter
        self._connected = connected
        self._state = begin(ask, adapter.address, adapter.path, until)
        self._told: dict[str, Any] = {}
        self._incoming, self._events = trio.open_memory_channel[Event](MOST_EVENTS)
        # One look at the devices waits at a time: a busy air must not take the place of what is asked and answered.
        self._looks = trio.Semaphore(1, max_value=1)
        self._answered = 0
        self._searches = False
        self._hang_up_on: list[str] = []

    @property
    def over(self) -> bool:
        """Tell whether there is a bond, or a reason why there is none."""
        return self._state.phase is Phase.OVER

    @property
    def told(self) -> dict[str, Any]:
        """What the person is told, see `document`."""
        return self._told

    def send_event(self, event: Event) -> None:
        """Tell the core something, unless it is over."""
        if not self.over:
            self._incoming.send_nowait(event)

    def answer(self, yes: bool, typed: str) -> bool:
        """Take the person's answer; False when nothing is asked, or that has been answered already."""
        open_ = self._state.question is not None and self._state.ticket != self._answered
        if open_:
            self._answered = self._state.ticket
            self.send_event(Answered(yes, typed))
        return open_

    async def run(self) -> None:
        """Pair; at the end nothing is left but the bond, if there is one."""
        offer = Offer.CALLING if self._state.ask.meant else Offer.WAITING
        try:
            async with (
                open_door(self._bluez, self._adapter.path, offer, self.send_event) as door,
                trio.open_nursery() as nursery,
            ):
                self._tell()
                nursery.start_soon(self._look_around)
                await self._decide(door, nursery)
                nursery.cancel_scope.cancel()
        except* BusFailure as failures:
            self._take(BluetoothLost(str(failures.exceptions[0])))
            self._tell()
        finally:
            if self._searches:
                with trio.move_on_after(CLEAN_UP_S, shield=True):
                    await self._attempt(self._bluez.stop_discovery, self._adapter.path)
        # Last: it takes a while, and this host must not seem to be in pairing meanwhile.
        for path in self._hang_up_on:
            with trio.move_on_after(CLEAN_UP_S):
                await self._attempt(self._bluez.disconnect, path)

    async def _decide(self, door: Door, nursery: trio.Nursery) -> None:
        while not self.over:
            event: Event = Tick()
            with trio.move_on_at(self._state.deadline or float("inf")):
                event = await self._events.receive()
            for effect in self._take(event):
                await self._perform(effect, door, nursery)
            self._tell()

    def _take(self, event: Event) -> list[Effect]:
        if isinstance(event, DevicesSeen):
            self._looks.release()
        self._state, effects = step(self._state, event, trio.current_time())
        return effects

    def _tell(self) -> None:
        told = document(self._state)
        if told != self._told:
            self._told = told
            self.number += 1
            self.changed.set()
            self.changed = trio.Event()

    async def _look_around(self) -> None:
        async for _ in self._bluez.changed.eventual_values():
            adapter = next((one for one in self._bluez.adapters() if one.path == self._adapter.path), None)
            if adapter is None or not adapter.powered:
                self.send_event(BluetoothLost("BlueZ is away" if adapter is None else f"{adapter.name} is off"))
                return
            await self._looks.acquire()
            self.send_event(DevicesSeen(look(self._bluez, adapter.path)))

    # --- effects -------------------------------------------------------------------------------------

    async def _perform(self, effect: Effect, door: Door, nursery: trio.Nursery) -> None:
        match effect:
            case Reply():
                door.answer(effect)
            case Search():
                nursery.start_soon(self._search)
            case Call(path):
                nursery.start_soon(self._call, path)
            case Check(path):
                nursery.start_soon(self._check, path)
            case CancelCall(path):
                await self._attempt(self._bluez.cancel_pairing, path)
            case HangUp(path):
                self._hang_up_on.append(path)
            case Trust(path):
                await self._attempt(self._bluez.trust, path)
            case Claim(path):
                await self._connected(address_in(path))
            case Forget(path):
                await self._attempt(self._bluez.remove_device, self._adapter.path, path)

    async def _search(self) -> None:
        self._searches = True
        try:
            await self._bluez.start_discovery(self._adapter.path)
        except BusFailure as failure:
            self.send_event(SearchFailed(str(failure)))
        else:
            self.send_event(SearchBegun())

    async def _call(self, path: str) -> None:
        # A radio that searches answers late.
        self._searches = False
        await self._attempt(self._bluez.stop_discovery, self._adapter.path)
        try:
            await self._bluez.pair(path)
        except BusFailure as failure:
            name = failure.name if isinstance(failure, BusError) else ""
            self.send_event(CallFailed(name, str(failure)))
        else:
            self.send_event(Called())

    async def _check(self, path: str) -> None:
        before = self._bluez.device(path)
        try:
            with trio.fail_after(CONNECT_S):
                await self._bluez.connect(path)
        except (BusFailure, trio.TooSlowError):
            self.send_event(Checked(None))
            return
        if before is None or not before.connected:
            await self._connected(address_in(path))
        await trio.sleep(SETTLED_S)
        device = self._bluez.device(path)
        self.send_event(Checked(device is not None and device.connected))

    async def _attempt(self, work: Callable[..., Awaitable[None]], *arguments: str) -> None:
        """Do what the pairing does not hang on."""
        try:
            await work(*arguments)
        except BusFailure as failure:
            log.info("%s", failure)
