"""Translate what BlueZ shows into what pairing's core sees, and say what it may be told about this host."""

from typing import Final

from airhail.actors.ble.pairing.events import Device, Offer
from airhail.ipc.dbus.bluez import DEVICE, Bluez

PAIRING: Final = "77033063-0b72-4d02-af7c-6a3944c0fcd1"
"""The UUID under which a host in pairing advertises one byte, its `Offer`; made by chance once."""


def look(bluez: Bluez, adapter: str) -> tuple[Device, ...]:
    """Return the devices that an adapter knows."""
    return tuple(
        Device(
            one.path, one.address, one.name, bonded=one.bonded, connected=one.connected, offer=offer(bluez, one.path)
        )
        for one in bluez.devices(adapter)
    )


def offer(bluez: Bluez, device: str) -> Offer | None:
    """Return what a device offers in its advertisement, None when it is not in pairing."""
    data = (bluez.tree.properties(device, DEVICE) or {}).get("ServiceData", {}).get(PAIRING)
    return Offer(data[0]) if data and data[0] in tuple(Offer) else None
