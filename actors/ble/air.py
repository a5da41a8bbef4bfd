"""What ble has on the air: the mailboxes, the advertisement, and what goes to a peer; all of it through BlueZ."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from airhail.actors.ble.service import ENCRYPTED, FLAGS, SECURE, SERVICE
from airhail.actors.carrier import MAX_BODY
from airhail.ipc.dbus.bluez import SERVICE as BLUEZ
from airhail.ipc.dbus.bluez import Bluez
from airhail.ipc.dbus.bluez_objects import advertisement, gatt_profile, gatt_service, written_characteristic
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import BusError
from airhail.ipc.dbus.serving import ServedObjects, serve_objects

MAILBOX: Final = "/org/airhail/mailbox"
BEACON: Final = "/org/airhail/beacon"

INTERVAL_MS: Final = 100
"""Between two advertisements, where BlueZ lets us say so: a call is short, and somebody waits for it."""

# What BlueZ says to a registration that it has already.
ALREADY: Final = "org.bluez.Error.AlreadyExists"

Took = Callable[[bool, str, bytes], Awaitable[None]]
"""Takes whether the mailbox was the secure one, the path of the device that wrote, and the body; raises Refusal."""


class Air:
    """This host's side of the air; made by `open_air`. Calls raise BusFailure."""

    def __init__(self, bluez: Bluez, beacon: ServedObjects, beacon_ended: Callable[[], None]) -> None:
        self._bluez = bluez
        self._beacon = beacon
        self._beacon_ended = beacon_ended
        self._called = False

    async def open_mailbox(self, adapter: str) -> None:
        """Have an adapter serve our mailboxes, and connect bonded peers that have such too when they advertise."""
        try:
            await self._bluez.register_application(adapter, MAILBOX)
        except BusError as error:
            if error.name != ALREADY:
                raise

    async def start_beacon(self, adapter: str, token: bytes) -> None:
        """Advertise with a token."""
        await self._withdraw()
        await self._beacon.add(BEACON, advertisement(SERVICE, token, INTERVAL_MS, self._beacon_ended))
        self._called = True
        try:
            await self._bluez.register_advertisement(adapter, BEACON)
        except BusError as error:
            if error.name != ALREADY:
                raise
            # One of ours that was told to be over, and was not: it has the token of then.
            await self._bluez.unregister_advertisement(adapter, BEACON)
            await self._bluez.register_advertisement(adapter, BEACON)

    async def stop_beacon(self, adapter: str) -> None:
        """Advertise no longer."""
        await self._withdraw()
        await self._bluez.unregister_advertisement(adapter, BEACON)

    async def write(self, mailbox: str, body: bytes) -> None:
        """Put a body into a peer's mailbox."""
        await self._bluez.write(mailbox, body)

    async def hang_up(self, device: str) -> None:
        """End the connection to a device."""
        await self._bluez.disconnect(device)

    async def _withdraw(self) -> None:
        if self._called:
            self._called = False
            await self._beacon.remove(BEACON)


@asynccontextmanager
async def open_air(
    bus: Bus,
    bluez: Bluez,
    *,
    took: Took,
    mailbox_closed: Callable[[], None],
    beacon_ended: Callable[[], None],
) -> AsyncGenerator[Air]:
    """Serve the objects that BlueZ calls, to BlueZ alone, until the body ends.

    `mailbox_closed` and `beacon_ended` are called when BlueZ ends by itself what was asked of it.
    """
    async with (
        serve_objects(bus, MAILBOX, callers=BLUEZ) as mailbox,
        serve_objects(bus, BEACON, callers=BLUEZ) as beacon,
    ):
        service = f"{MAILBOX}/service"
        await mailbox.add(service, gatt_service(SERVICE))
        for uuid, name in ((SECURE, "secure"), (ENCRYPTED, "encrypted")):
            take = partial(took, uuid == SECURE)
            characteristic = written_characteristic(service, uuid, FLAGS[uuid], MAX_BODY, take)
            await mailbox.add(f"{service}/{name}", characteristic)
        await mailbox.add(f"{MAILBOX}/profile", gatt_profile(SERVICE, mailbox_closed))
        yield Air(bluez, beacon, beacon_ended)
