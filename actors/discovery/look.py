"""Translate what NetworkManager and wpa_supplicant show into the core's `World`."""

from collections.abc import Mapping

from airhail.actors.discovery.radio import Adapter, Sighting, Tier, World
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.wpa_supplicant_events import SupplicantPeer


def look(
    networkmanager: NetworkManager, *, supplicant: bool, tier: Tier, known: Mapping[str, SupplicantPeer]
) -> World:
    """Look at the host's radios once; *known* fills in, by address, what NetworkManager leaves empty of a peer."""
    if not networkmanager.present:
        return World(supplicant=supplicant, tier=tier)
    devices = networkmanager.p2p_devices()
    return World(
        networkmanager=networkmanager.version or "unknown",
        supplicant=supplicant,
        tier=tier,
        wireless_on=networkmanager.wireless_enabled and networkmanager.wireless_hardware_enabled,
        wlans=tuple(device.interface for device in networkmanager.wifi_devices()),
        adapters=tuple(
            Adapter(device.path, device.interface, device.parent or "", device.state) for device in devices
        ),
        sightings=tuple(
            Sighting(
                address=peer.address,
                device=device.path,
                path=peer.path,
                name=peer.name or (known[peer.address].name if peer.address in known else ""),
                manufacturer=peer.manufacturer or (known[peer.address].manufacturer if peer.address in known else ""),
                signal=known[peer.address].level if peer.address in known else None,
            )
            for device in devices
            for peer in networkmanager.peers(device.path)
        ),
    )
