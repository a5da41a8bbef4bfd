"""The buses on which the services of the radio are found."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from msgspec import Struct

from airhail.ipc.config import Config
from airhail.ipc.dbus.address import SYSTEM_BUS, socket_names
from airhail.ipc.dbus.bus import Bus, open_bus


class BusSection(Struct, frozen=True):
    """The section [bus]: addresses as in the D-Bus specification, "Server Addresses"; absent: the system bus."""

    networkmanager: str | None = None
    wpa_supplicant: str | None = None
    bluez: str | None = None


@dataclass(frozen=True, slots=True)
class Buses:
    """One open bus for each service; the same one twice when they share an address."""

    networkmanager: Bus
    wpa_supplicant: Bus


def bus_section(config: Config) -> BusSection:
    """Return the section [bus].

    Raises ConfigError when an address cannot be used.
    """
    section = config.section("bus", BusSection)
    for key in section.__struct_fields__:
        address = getattr(section, key)
        try:
            socket_names(address or SYSTEM_BUS)
        except ValueError as error:
            raise config.error(str(error), "bus", key) from error
    return section


@asynccontextmanager
async def open_buses(config: Config) -> AsyncGenerator[Buses]:
    """Open the buses that the configuration names, each once.

    Raises ConfigError when an address cannot be used; a bus that is away is not an error, it is waited for.
    """
    section = bus_section(config)
    async with open_bus(section.networkmanager) as first:
        if section.wpa_supplicant == section.networkmanager:
            yield Buses(first, first)
        else:
            async with open_bus(section.wpa_supplicant) as second:
                yield Buses(first, second)
