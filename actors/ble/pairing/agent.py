"""Wait at BlueZ's door during one pairing: its agent is ours, and what it asks goes to the core."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

import trio

from airhail.actors.ble.pairing.events import Asked, Event, Kind, Offer, Reply, Voided
from airhail.actors.ble.pairing.look import PAIRING
from airhail.ipc.dbus.bluez import SERVICE as BLUEZ
from airhail.ipc.dbus.bluez import Bluez
from airhail.ipc.dbus.bluez_agent import agent, register_agent, request_default_agent, unregister_agent
from airhail.ipc.dbus.bluez_objects import invitation
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.serving import serve_objects

log = logging.getLogger(__name__)

ROOT: Final = "/org/airhail/pairing"
AGENT: Final = f"{ROOT}/agent"
INVITATION: Final = f"{ROOT}/invitation"

# What taking one thing back may take: BlueZ does it at once.
CLEAN_UP_S: Final = 5.0


class Door:
    """What BlueZ asks while a pairing lasts."""

    def __init__(self, send_event: Callable[[Event], None]) -> None:
        self._send_event = send_event
        self._tickets = count(1)
        self._open: dict[int, trio.MemorySendChannel[Reply]] = {}

    def answer(self, reply: Reply) -> None:
        """Answer what BlueZ has asked; it may have given up in the same moment."""
        if (answers := self._open.get(reply.ticket)) is not None:
            answers.send_nowait(reply)

    async def compare(self, device: str, digits: str) -> bool:
        """Ask whether the other end shows the same digits."""
        return (await self._ask(Kind.COMPARE, device, digits)).yes

    def show(self, device: str, digits: str) -> None:
        """Show digits that are to be typed at the other end."""
        self._send_event(Asked(0, Kind.SHOW, device, digits))

    async def type(self, device: str) -> int | None:
        """Ask for the digits that the other end shows."""
        reply = await self._ask(Kind.TYPE, device)
        return int(reply.typed) if reply.yes else None

    async def allow(self, device: str) -> bool:
        """Ask whether a bond may come about without a comparison."""
        return (await self._ask(Kind.ALLOW, device)).yes

    def cancel(self) -> None:
        """Take note that what was asked has become void."""
        self._send_event(Voided())

    async def _ask(self, kind: Kind, device: str, digits: str = "") -> Reply:
        ticket = next(self._tickets)
        answers, answer = trio.open_memory_channel[Reply](1)
        self._open[ticket] = answers
        try:
            self._send_event(Asked(ticket, kind, device, digits))
            return await answer.receive()
        finally:
            del self._open[ticket]


@asynccontextmanager
async def open_door(
    bluez: Bluez, adapter: str, offer: Offer, send_event: Callable[[Event], None]
) -> AsyncGenerator[Door]:
    """Be asked about pairings, and advertise that this host is in one, until the body ends. Raises BusFailure."""
    door = Door(send_event)
    async with serve_objects(bluez.bus, ROOT, callers=BLUEZ) as served:
        await served.add(AGENT, agent(door.compare, door.show, door.type, door.allow, door.cancel))
        await served.add(INVITATION, invitation(PAIRING, bytes([offer])))
        try:
            await register_agent(bluez, AGENT)
            await request_default_agent(bluez, AGENT)
            await bluez.register_advertisement(adapter, INVITATION)
            yield door
        finally:
            # Each on its own, also what BlueZ refused: it may have done what we heard no good answer to.
            await take_back("the invitation", bluez.unregister_advertisement(adapter, INVITATION))
            await take_back("the agent", unregister_agent(bluez, AGENT))


async def take_back(what: str, undone: Awaitable[None]) -> None:
    """Leave BlueZ as it was, as far as it lets us; what stays goes with our bus connection at the latest."""
    try:
        with trio.fail_after(CLEAN_UP_S, shield=True):
            await undone
    except BusFailure as failure:
        log.info("%s of the pairing was not taken back: %s", what, failure)
    except trio.TooSlowError:
        log.warning("%s of the pairing was not taken back: BlueZ did not answer within %g s", what, CLEAN_UP_S)
