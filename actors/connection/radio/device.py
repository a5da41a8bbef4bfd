"""The P2P device as NetworkManager shows it, in the core's words."""

from collections.abc import Awaitable, Callable

from trio_util import AsyncValue, compose_values

from airhail.actors.connection.links.events import DeviceSeen
from airhail.actors.connection.links.world import Device
from airhail.actors.connection.radio.profile import peer_of
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceState


class DeviceWatch:
    """Keeps `Device` true for user *uid*'s links; `run` reports each change of it."""

    def __init__(
        self, networkmanager: NetworkManager, uid: int, report: Callable[[DeviceSeen], Awaitable[None]]
    ) -> None:
        # The P2P device that discovery chose last; kept while discovery is away.
        self.radio: AsyncValue[str] = AsyncValue("")
        self._networkmanager = networkmanager
        self._uid = uid
        self._report = report

    async def run(self) -> None:
        """Look until cancelled."""
        seen = None
        with compose_values(objects=self._networkmanager.changed, radio=self.radio) as sources:
            async for current in sources.eventual_values():
                device = look(self._networkmanager, current.radio, self._uid)
                if device != seen:
                    seen = device
                    await self._report(DeviceSeen(device))


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
