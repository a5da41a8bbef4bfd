"""Bus addresses: which sockets a D-Bus address names (D-Bus specification, "Server Addresses")."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

SYSTEM_BUS_VARIABLE: Final = "DBUS_SYSTEM_BUS_ADDRESS"
SYSTEM_BUS: Final = "unix:path=/var/run/dbus/system_bus_socket"
"""Where every system bus listens (D-Bus specification, "System message bus")."""


def system_bus_address(environment: Mapping[str, str]) -> str:
    """Return the system bus's address, as the environment or else the specification gives it."""
    return environment.get(SYSTEM_BUS_VARIABLE) or SYSTEM_BUS


def socket_names(address: str) -> list[bytes]:
    """Return the names of the Unix sockets that `address` offers, in its order, ready for connect().

    An abstract socket's name starts with a zero byte. Raises ValueError, with a sentence, on an address
    that cannot be read or that offers no Unix socket.
    """
    names = [name for entry in address.split(";") if entry and (name := socket_name(address, entry))]
    if not names:
        raise ValueError(f"the bus address {address!r} names no Unix socket; give one such as {SYSTEM_BUS!r}")
    return names


def socket_name(address: str, entry: str) -> bytes | None:
    """Return the socket that one entry of `address` names, or None when it is of another transport."""
    transport, colon, rest = entry.partition(":")
    if not colon:
        raise ValueError(f"the bus address {address!r} has no ':' after its transport in {entry!r}")
    values = {}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"the bus address {address!r} has {pair!r} where key=value belongs")
        values[key] = unquote_to_bytes(value)
    if transport != "unix":
        return None
    if "path" in values:
        return values["path"]
    if "abstract" in values:
        return b"\0" + values["abstract"]
    return None
