"""Plain calls on a host's system bus, from outside the host (the lab's own, independent of airhail's bus code)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_method_call
from jeepney.io.trio import DBusRouter, open_dbus_router

from tests.lab.guest.failure import Failed

PROPERTIES = "org.freedesktop.DBus.Properties"
# D-Bus's own default for a method call (dbus_connection_send_with_reply(), DBUS_TIMEOUT_USE_DEFAULT).
CALL_TIMEOUT_S = 25.0


class BusError(Failed):
    """A call was answered with an error: `name` is the D-Bus error name."""

    def __init__(self, name: str, text: str, call: str) -> None:
        super().__init__(f"{call}: {name}: {text}")
        self.name = name


class Bus:
    """Calls and property reads on one host's bus."""

    def __init__(self, host: str, router: DBusRouter) -> None:
        self.host = host
        self.router = router

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
        timeout: float = CALL_TIMEOUT_S,
    ) -> tuple[Any, ...]:
        """Call a method and return the reply's body; raise `BusError`, or `Failed` when no reply came in time."""
        address = DBusAddress(path, bus_name=destination, interface=interface)
        named = f"{self.host}: {interface}.{member} on {path}"
        try:
            with trio.fail_after(timeout):
                reply: Message = await self.router.send_and_get_reply(
                    new_method_call(address, member, signature, body)
                )
        except trio.TooSlowError:
            raise Failed(f"{named}: no reply within {timeout:g} s") from None
        if reply.header.message_type is MessageType.error:
            text = str(reply.body[0]) if reply.body else ""
            raise BusError(str(reply.header.fields[HeaderFields.error_name]), text, named)
        return tuple(reply.body)

    async def get(self, destination: str, path: str, interface: str, name: str) -> Any:
        """Read one property (the variant's value)."""
        (variant,) = await self.call(destination, path, PROPERTIES, "Get", "ss", (interface, name))
        return variant[1]


@asynccontextmanager
async def open_bus(host: str, address: str) -> AsyncIterator[Bus]:
    """Connect to the bus at `address` for as long as the context lasts."""
    async with open_dbus_router(address) as router:
        yield Bus(host, router)
