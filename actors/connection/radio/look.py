"""Translate what NetworkManager shows of the radio's device into the core's `Device`."""

from airhail.actors.connection.links.world import Device
from airhail.actors.connection.radio.profile import peer_of
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def look(networkmanager: NetworkManager, radio: str, uid: int) -> Device:
    """Look at the P2P device that carries a link of user *uid*'s, else at *radio*, the one discovery chose."""
    if not networkmanager.present:
        return Device()
    ids = {active.path: active.id for active in networkmanager.active_connections()}
    devices = networkmanager.p2p_devices()
    ours = (device for device in devices if peer_of(ids.get(device.active_connection or "", ""), uid))
    chosen = (device for device in devices if device.path == radio)
    device = next(ours, None) or next(chosen, None)
    wifi = tuple(one.interface for one in networkmanager.wifi_devices() if one.state > DeviceState.DISCONNECTED)
    if device is None:
        return Device(state=DeviceState.UNAVAILABLE, wifi=wifi)
    active = device.active_connection or ""
    profile = ids.get(active, "")
    peer = peer_of(profile, uid)
    return Device(
        path=device.path,
        state=device.state,
        active=active,
        peer=peer,
        stranger=profile if active and not peer else "",
        interface=device.ip_interface,
        addresses=tuple(networkmanager.addresses(device.path)),
        parent=device.parent or "",
        wifi=wifi,
    )
