"""Translate what NetworkManager and wpa_supplicant show into the core's `World`."""

from collections.abc import Mapping

from airhail.actors.discovery.radio import Adapter, Sighting, Tier, World
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_objects import Peer
from airhail.ipc.dbus.wpa_supplicant_events import SupplicantPeer


def look(
    networkmanager: NetworkManager, *, life: str, tier: Tier, home: str, known: Mapping[str, SupplicantPeer]
) -> World:
    """Look at the host's radios once; *known* fills in, by address, what NetworkManager leaves empty of a peer."""
    if not networkmanager.present:
        return World(supplicant=bool(life), life=life, tier=tier)
    devices, wifi = networkmanager.p2p_devices(), networkmanager.wifi_devices()
    let_go = {device.interface for device in wifi if not device.managed}
    return World(
        networkmanager=networkmanager.version or "unknown",
        supplicant=bool(life),
        life=life,
        home=home,
        known=frozenset(known),
        tier=tier,
        wireless_on=networkmanager.wireless_enabled and networkmanager.wireless_hardware_enabled,
        wlans=tuple(device.interface for device in wifi),
        adapters=tuple(
            Adapter(device.path, device.interface, device.parent or "", device.state, device.parent not in let_go)
            for device in devices
        ),
        sightings=tuple(
            sighting_of(device.path, peer, known.get(peer.address))
            for device in devices
            for peer in networkmanager.peers(device.path)
        ),
    )


def sighting_of(device: str, peer: Peer, known: SupplicantPeer | None) -> Sighting:
    """Join what NetworkManager and wpa_supplicant tell of one peer; texts from the air may be blanks alone."""
    return Sighting(
        address=peer.address,
        device=device,
        path=peer.path,
        name=peer.name.strip() or (known.name.strip() if known else ""),
        manufacturer=peer.manufacturer.strip() or (known.manufacturer.strip() if known else ""),
        signal=known.level if known else None,
    )
