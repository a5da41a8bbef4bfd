"""The services on the bus, asked and never told: properties, names and permissions are read, nothing is started."""

import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from airhail.actors.doctor.facts import (
    Adapter,
    BluetoothFacts,
    Device,
    NetworkManagerFacts,
    Presence,
    Rights,
    SupplicantFacts,
)
from airhail.ipc.dbus.address import socket_names, system_bus_address
from airhail.ipc.dbus.bus import Bus, open_bus
from airhail.ipc.dbus.errors import ACCESS_DENIED, NAME_HAS_NO_OWNER, SERVICE_UNKNOWN, BusError, BusFailure, BusGone
from airhail.ipc.dbus.limits import BUS_CALL
from airhail.ipc.dbus.match import BUS_INTERFACE, BUS_NAME, BUS_PATH
from airhail.ipc.dbus.networkmanager import open_networkmanager
from airhail.ipc.dbus.networkmanager_objects import MANAGER, MANAGER_PATH
from airhail.ipc.dbus.networkmanager_objects import SERVICE as NETWORKMANAGER
from airhail.ipc.dbus.objects import OBJECT_MANAGER
from airhail.ipc.dbus.wpa_supplicant import MAIN as SUPPLICANT_MAIN
from airhail.ipc.dbus.wpa_supplicant import MAIN_PATH as SUPPLICANT_PATH
from airhail.ipc.dbus.wpa_supplicant import SERVICE as SUPPLICANT
from airhail.ipc.dbus.wpa_supplicant import Supplicant

IWD = "net.connman.iwd"
POLKIT = "org.freedesktop.PolicyKit1"
FIREWALLD = "org.fedoraproject.FirewallD1"
BLUEZ = "org.bluez"
# Interfaces of an adapter: doc/adapter-api, advertising-api and gatt-api of BlueZ.
ADAPTER = "org.bluez.Adapter1"
ADVERTISING = "org.bluez.LEAdvertisingManager1"
GATT = "org.bluez.GattManager1"

ANSWER_S = 5.0
"""For a service to answer all that is asked of it here: it takes milliseconds, and a person waits."""

Found = TypeVar("Found")


async def ask(
    address: str | None,
    service: str,
    answered: Callable[[Bus], Awaitable[Found]],
    failed: Callable[[Presence, str], Found],
) -> Found:
    """Return what a service answers, or what *failed* makes of its presence and of what it said instead."""
    try:
        socket_names(address or system_bus_address(os.environ))
    except ValueError as error:
        return failed(Presence.NO_BUS, str(error))
    async with open_bus(address) as bus:
        if not bus.connected.value:
            return failed(Presence.NO_BUS, f"{bus.address}: {bus.why_gone}")
        try:
            with trio.fail_after(ANSWER_S):
                if not await owned(bus, service):
                    return failed(Presence.AWAY, "")
                return await answered(bus)
        except trio.TooSlowError:
            return failed(Presence.SILENT, f"{service} did not answer within {ANSWER_S:g} s")
        except BusGone as failure:
            return failed(Presence.NO_BUS, str(failure))
        except BusError as failure:
            return failed(presence_after(failure), str(failure))
        except BusFailure as failure:
            return failed(Presence.SILENT, str(failure))


def presence_after(error: BusError) -> Presence:
    """Tell what an error says of the service's presence."""
    if error.name == ACCESS_DENIED:
        return Presence.REFUSED
    return Presence.AWAY if error.name in (NAME_HAS_NO_OWNER, SERVICE_UNKNOWN) else Presence.SILENT


async def owned(bus: Bus, service: str) -> bool:
    """Tell whether somebody owns the name."""
    (has,) = await bus.call(BUS_NAME, BUS_PATH, BUS_INTERFACE, "NameHasOwner", "s", (service,), within=BUS_CALL)
    return bool(has)


async def startable(bus: Bus, service: str) -> bool:
    """Tell whether the bus would start the service for somebody who asked."""
    (names,) = await bus.call(BUS_NAME, BUS_PATH, BUS_INTERFACE, "ListActivatableNames", within=BUS_CALL)
    return service in names


async def look_at_networkmanager(address: str | None) -> NetworkManagerFacts:
    """Read NetworkManager's version, switches and devices."""
    return await ask(address, NETWORKMANAGER, read_networkmanager, NetworkManagerFacts)


async def read_networkmanager(bus: Bus) -> NetworkManagerFacts:
    """Read what there is to know, once."""
    async with open_networkmanager(bus) as manager:
        if not manager.present:
            return NetworkManagerFacts(Presence.SILENT, "it does not list its objects")
        return NetworkManagerFacts(
            presence=Presence.HERE,
            version=manager.version or "",
            wireless_enabled=manager.wireless_enabled,
            wlans=tuple(Device(one.interface, one.state) for one in manager.wifi_devices()),
            p2p=tuple(Device(one.interface, one.state, one.ip_interface) for one in manager.p2p_devices()),
        )


async def look_at_supplicant(address: str | None) -> SupplicantFacts:
    """Learn whether wpa_supplicant is there and talks to this user."""
    found = await ask(address, SUPPLICANT, read_supplicant, SupplicantFacts)
    if found.presence is not Presence.AWAY:
        return found
    return await ask(address, IWD, read_iwd, lambda _presence, _said: found)


async def read_supplicant(bus: Bus) -> SupplicantFacts:
    """Read what this wpa_supplicant can do."""
    told = await Supplicant(bus).get(SUPPLICANT_PATH, SUPPLICANT_MAIN, "Capabilities")
    return SupplicantFacts(Presence.HERE, capabilities=frozenset(map(str, told)))


async def read_iwd(_bus: Bus) -> SupplicantFacts:
    """Note that iwd is on the bus in wpa_supplicant's place."""
    return SupplicantFacts(Presence.AWAY, iwd=True)


async def look_at_rights(address: str | None) -> Rights:
    """Ask NetworkManager what this user may do; raises LookupError with a sentence when it does not say."""

    async def read(bus: Bus) -> Rights:
        (permissions,) = await bus.call(NETWORKMANAGER, MANAGER_PATH, MANAGER, "GetPermissions", within=ANSWER_S)
        return Rights(dict(permissions), await owned(bus, POLKIT) or await startable(bus, POLKIT))

    def failed(presence: Presence, said: str) -> Rights:
        raise LookupError("its bus cannot be reached" if presence is Presence.NO_BUS else said or "it is not running")

    return await ask(address, NETWORKMANAGER, read, failed)


async def look_at_bluetooth(address: str | None) -> BluetoothFacts:
    """Read what BlueZ's adapters can do."""
    return await ask(address, BLUEZ, read_bluetooth, BluetoothFacts)


async def read_bluetooth(bus: Bus) -> BluetoothFacts:
    """Read every adapter."""
    (objects,) = await bus.call(BLUEZ, "/", OBJECT_MANAGER, "GetManagedObjects", within=ANSWER_S)
    return BluetoothFacts(
        Presence.HERE,
        adapters=tuple(
            Adapter(
                name=path.rpartition("/")[2],
                powered=bool(interfaces[ADAPTER].get("Powered")),
                advertises=ADVERTISING in interfaces,
                serves=GATT in interfaces,
            )
            for path, interfaces in sorted(objects.items())
            if ADAPTER in interfaces
        ),
    )


async def firewalld_runs(address: str | None) -> bool:
    """Tell whether firewalld is on the bus."""

    async def runs(_bus: Bus) -> bool:
        return True

    return await ask(address, FIREWALLD, runs, lambda _presence, _said: False)
