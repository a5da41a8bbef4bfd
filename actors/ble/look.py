"""Translate what BlueZ shows into the core's `World`."""

from airhail.actors.ble import adapter as core
from airhail.actors.ble.service import ENCRYPTED, SECURE, SERVICE
from airhail.ipc.dbus.bluez import Bluez, Device


def look(bluez: Bluez) -> core.World:
    """Look at BlueZ once; devices that are neither bonded nor connected are passers-by, and left out."""
    if not bluez.present:
        return core.World()
    adapters = bluez.adapters()
    return core.World(
        # Names on a bus begin anew with the bus itself, so its connections are counted in.
        life=f"{bluez.bus.counters['connections']}{bluez.life}",
        adapters=tuple(
            core.Adapter(one.path, one.name, one.address, one.powered, one.advertises and one.serves)
            for one in adapters
        ),
        devices=tuple(
            device_of(bluez, adapter.path, device)
            for adapter in adapters
            for device in bluez.devices(adapter.path)
            if device.bonded or device.connected
        ),
    )


def device_of(bluez: Bluez, adapter: str, device: Device) -> core.Device:
    """Return a device with its mailboxes; while it is not resolved, what is remembered of them may be untrue."""
    boxes = bluez.characteristics(device.path, SERVICE) if device.resolved else {}
    return core.Device(
        path=device.path,
        adapter=adapter,
        address=device.address,
        name=device.name,
        speaks=SERVICE in device.uuids,
        connected=device.connected,
        bonded=device.bonded,
        trusted=device.trusted,
        secure=boxes.get(SECURE, ""),
        encrypted=boxes.get(ENCRYPTED, ""),
    )
