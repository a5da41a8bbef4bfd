"""What other programs on a host do to the radio that airhail thinks is its own."""

from collections.abc import Sequence

from tests.lab.guest.bus import PROPERTIES
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import SUPPLICANT, Host
from tests.lab.guest.networkmanager import NAME, WIFI_P2P
from tests.lab.guest.pinging import Span
from tests.lab.guest.processes import Daemon
from tests.lab.guest.supplicant import PATH, interface

# A source of Miracast, as GNOME Network Displays announces one (Wi-Fi Display specification, 5.1.2: subelement 0 of
# 6 bytes: device information, RTSP port 7236, 200 Mbit/s).
WFD_SOURCE = bytes.fromhex("000006 0090 1c44 00c8")
PROFILE = "other"
# wpa_supplicant refuses a scan while another one runs; the program tries again after its pause.
TAKEN = "taken"
SCAN = f"""
while :; do
    busctl call "$1" "$2" "$1.Interface" Scan "a{{sv}}" 1 Type s active && echo {TAKEN}
    sleep "$3"
done
"""


async def start_find(host: Host, seconds: int = 30) -> None:
    """Let a program look for displays."""
    options = {"timeout": ("i", seconds)}
    await host.bus.call(NAME, host.p2p_device, WIFI_P2P, "StartFind", "a{sv}", (options,))


async def stop_find(host: Host) -> None:
    """Let a program end the find, whoever began it."""
    await host.bus.call(NAME, host.p2p_device, WIFI_P2P, "StopFind")


async def announce_display(host: Host, elements: bytes = WFD_SOURCE) -> None:
    """Let a program change the Wi-Fi Display elements, which are global to wpa_supplicant."""
    value = (SUPPLICANT, "WFDIEs", ("ay", elements))
    await host.bus.call(SUPPLICANT, PATH, PROPERTIES, "Set", "ssv", value)


async def take_over(host: Host, address: str) -> None:
    """Let a program activate a connection of its own to a peer, whatever the device is doing."""
    kind = ("type", "wifi-p2p", "ifname", "*", "con-name", PROFILE)
    (await host.run("nmcli", "connection", "add", *kind, "wifi-p2p.peer", address, "autoconnect", "no")).check()
    (await host.run("nmcli", "--wait", "0", "connection", "up", PROFILE)).check()


async def give_back(host: Host) -> None:
    """Let that program end its connection, and forget it."""
    (await host.run("nmcli", "connection", "delete", PROFILE)).check()


async def scan(host: Host, pause: float) -> Daemon:
    """Let a program scan for Wi-Fi networks on wlan0 again and again, with a pause after each request."""
    path = await interface(host, "wlan0")
    if path is None:
        raise Failed(f"{host.name}: wpa_supplicant has no wlan0 that a program could scan with")
    return await host.spawn("scanner", "sh", "-c", SCAN, "scanner", SUPPLICANT, path, str(pause))


def expect_scanned(scanner: Daemon, spans: Sequence[Span]) -> None:
    """Raise `Failed` unless wpa_supplicant has taken a request of that program, and the adapter has scanned."""
    expect(TAKEN in scanner.lines, f"{scanner.host}: no request to scan was taken: {scanner.tail()}")
    expect(spans, f"{scanner.host}: requests to scan were taken, and its adapter never scanned")
