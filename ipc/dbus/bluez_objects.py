"""The objects that BlueZ calls: an advertisement, and a GATT service with what belongs to it.

Their properties: BlueZ, doc/org.bluez.LEAdvertisement.rst and doc/org.bluez.Gatt*.rst.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from airhail.ipc.dbus.bluez import GATT_CHARACTERISTIC, GATT_SERVICE
from airhail.ipc.dbus.errors import Refusal
from airhail.ipc.dbus.interfaces import Interface, Method, Property

ADVERTISEMENT: Final = "org.bluez.LEAdvertisement1"
GATT_PROFILE: Final = "org.bluez.GattProfile1"

NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
INVALID_OFFSET: Final = "org.bluez.Error.InvalidOffset"
INVALID_LENGTH: Final = "org.bluez.Error.InvalidValueLength"
"""With these a written value is refused; the peer sees the attribute protocol's errors of these names
(src/gatt-database.c, dbus_error_to_att)."""

TakeValue = Callable[[str, bytes], Awaitable[None]]
"""Takes the path of the device that wrote, and the value; raises Refusal."""


def advertisement(service: str, data: bytes, interval_ms: int, released: Callable[[], None]) -> Interface:
    """Return a connectable advertisement that carries `data` under the UUID of a service, and nothing stable else.

    BlueZ before 5.77 passes over the interval unless it runs with --experimental, and the kernel's default of
    1,280 ms stays. `released` is called when BlueZ has ended it.
    """
    return _connectable(
        service, data, released, Property("MinInterval", "u", interval_ms), Property("MaxInterval", "u", interval_ms)
    )


def invitation(service: str, data: bytes) -> Interface:
    """Return a connectable advertisement that everybody is to find: `data` under a UUID, and this host's name."""
    return _connectable(
        service,
        data,
        lambda: None,
        Property("Discoverable", "b", True),
        Property("Includes", "as", ["local-name"]),
    )


def _connectable(service: str, data: bytes, released: Callable[[], None], *more: Property) -> Interface:
    kind = Property("Type", "s", "peripheral")
    carried = Property("ServiceData", "a{sv}", {service: ("ay", data)})
    return Interface(ADVERTISEMENT, methods=(_release(released),), properties=(kind, carried, *more))


def _release(released: Callable[[], None]) -> Method:
    """Return the method by which BlueZ tells that it has ended what was registered."""

    async def release() -> tuple[Any, ...]:
        released()
        return ()

    return Method("Release", release)


def gatt_service(uuid: str) -> Interface:
    """Return a primary GATT service."""
    return Interface(GATT_SERVICE, properties=(Property("UUID", "s", uuid), Property("Primary", "b", True)))


def gatt_profile(uuid: str, released: Callable[[], None]) -> Interface:
    """Return the wish that bonded devices with a service of this UUID be connected whenever they advertise."""
    return Interface(GATT_PROFILE, methods=(_release(released),), properties=(Property("UUIDs", "as", [uuid]),))


def written_characteristic(service: str, uuid: str, flag: str, longest: int, take: TakeValue) -> Interface:
    """Return a characteristic that can only be written, whole, under the protection that `flag` asks for.

    `service` is the path of its service. A value of more than `longest` bytes never reaches `take`.
    """

    async def write(value: bytes, options: dict[str, Any]) -> tuple[Any, ...]:
        # BlueZ puts a value that came in pieces together before it calls; an offset is a piece for its own sake.
        if options.get("offset", 0):
            raise Refusal(INVALID_OFFSET, "the value must be written whole")
        if len(value) > longest:
            raise Refusal(INVALID_LENGTH, f"the value has {len(value)} bytes; at most {longest} are taken")
        await take(options.get("device", ""), bytes(value))
        return ()

    return Interface(
        GATT_CHARACTERISTIC,
        methods=(Method("WriteValue", write, "aya{sv}"),),
        properties=(Property("UUID", "s", uuid), Property("Service", "o", service), Property("Flags", "as", [flag])),
    )
