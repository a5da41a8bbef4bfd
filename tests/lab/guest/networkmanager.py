"""Read NetworkManager's view in a host, as a scenario needs it; nothing here changes anything."""

from tests.lab.guest.bus import Bus, BusError
from tests.lab.guest.failure import Failed

NAME = "org.freedesktop.NetworkManager"
PATH = "/org/freedesktop/NetworkManager"
DEVICE = NAME + ".Device"
WIFI_P2P = DEVICE + ".WifiP2P"
PEER = NAME + ".WifiP2PPeer"

# nm-dbus-interface.h: NMDeviceType, NMDeviceState
TYPE_WIFI = 2
TYPE_WIFI_P2P = 30
DISCONNECTED = 30
CONFIG = 50
ACTIVATED = 100
FAILED = 120
# nm-dbus-interface.h: NMDeviceStateReason; those with which a wifi-p2p device fails or is let go.
REASONS = {
    5: "ip-config-unavailable",
    8: "supplicant-disconnect",
    10: "supplicant-failed",
    11: "supplicant-timeout",
    17: "dhcp-failed",
    19: "shared-failed",
    39: "user-requested",
    60: "new-activation",
    67: "peer-not-found",
}


class NetworkManager:
    """One host's NetworkManager, read over the host's bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def devices(self) -> dict[str, int]:
        """Return the object path and type of every device."""
        (paths,) = await self.bus.call(NAME, PATH, NAME, "GetDevices")
        return {path: await self.bus.get(NAME, path, DEVICE, "DeviceType") for path in paths}

    async def p2p_devices(self) -> list[str]:
        """Return the object path of every Wi-Fi Direct device: there is one for each adapter."""
        return [path for path, kind in (await self.devices()).items() if kind == TYPE_WIFI_P2P]

    async def p2p_device(self) -> str:
        """Return the object path of the first Wi-Fi Direct device."""
        for path in await self.p2p_devices():
            return path
        raise Failed(f"{self.bus.host}: NetworkManager has no wifi-p2p device")

    async def usable_p2p_device(self) -> str | None:
        """Return the first Wi-Fi Direct device that is ready for use (disconnected or above), None before."""
        try:
            ready = [path for path in await self.p2p_devices() if await self.state(path) >= DISCONNECTED]
        except Failed:
            return None  # NetworkManager is not on the bus yet
        return ready[0] if ready else None

    async def state(self, device: str | None = None) -> int:
        """Return the device's NMDeviceState."""
        return int(await self.bus.get(NAME, device or await self.p2p_device(), DEVICE, "State"))

    async def peers(self) -> dict[str, str]:
        """Return the object path of every peer by its P2P device address (lower case)."""
        found = {}
        for path in await self.bus.get(NAME, await self.p2p_device(), WIFI_P2P, "Peers"):
            try:
                found[(await self.bus.get(NAME, path, PEER, "HwAddress")).lower()] = path
            except BusError:
                continue  # the peer was lost between the two reads
        return found

    async def addresses(self) -> list[str]:
        """Return the IPv4 addresses of the link as a/p, none without a link."""
        config = await self.bus.get(NAME, await self.p2p_device(), DEVICE, "Ip4Config")
        if config == "/":
            return []
        try:
            data = await self.bus.get(NAME, config, NAME + ".IP4Config", "AddressData")
        except BusError:
            return []  # replaced between the two reads
        return [f"{entry['address'][1]}/{entry['prefix'][1]}" for entry in data]
