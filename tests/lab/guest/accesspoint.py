"""An ordinary Wi-Fi network: hostapd and dnsmasq on one host, to which others belong; and a TCP stream over it.

Its scenario asks for the package: `PACKAGES = ("hostapd",)`. The host that serves has no NetworkManager.
"""

import json
from dataclasses import dataclass

from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host
from tests.lab.guest.processes import Daemon

SSID = "home"
PASSPHRASE = "correct horse"
SERVER = "192.168.77.1"
RANGE = "192.168.77.10,192.168.77.99"
PORT = 4748
# hostapd is up at once; a station needs NetworkManager's scan and DHCP.
SERVE_S = 10.0
JOIN_S = 60

HOSTAPD = f"""
interface=wlan0
ssid={SSID}
hw_mode=g
channel=%d
wpa=2
wpa_key_mgmt=WPA-PSK
rsn_pairwise=CCMP
wpa_passphrase={PASSPHRASE}
"""
# Answers each line with itself.
ECHO = f"""
import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
server = socketserver.ThreadingTCPServer(("{SERVER}", {PORT}), Echo)
print("serving", flush=True)
server.serve_forever()
"""
# Sends a line every 0.1 s until its standard output is gone or it is stopped, and tells how long answers took.
STREAM = f"""
import json, socket, time
stream = socket.create_connection(("{SERVER}", {PORT}))
answers = stream.makefile()
sent, longest = 0, 0.0
while True:
    before = time.monotonic()
    stream.sendall(b"%d\\n" % sent)
    answer = answers.readline()
    assert answer == "%d\\n" % sent, repr(answer)
    sent += 1
    longest = max(longest, time.monotonic() - before)
    print(json.dumps([sent, longest]), flush=True)
    time.sleep(0.1)
"""


async def serve(host: Host, channel: int) -> None:
    """Make `host` the access point of the network, on a 2.4 GHz channel."""
    (host.root / "run/hostapd.conf").write_text(HOSTAPD % channel)
    hostapd = await host.spawn("hostapd", "hostapd", "-t", "/run/hostapd.conf")
    await hostapd.line(lambda line: "AP-ENABLED" in line, SERVE_S)
    (await host.run("ip", "address", "add", f"{SERVER}/24", "dev", "wlan0")).check()
    listen = ("--interface=wlan0", "--bind-interfaces", "--port=0", f"--dhcp-range={RANGE}", "--conf-file=/dev/null")
    await host.spawn("dnsmasq", "dnsmasq", "--keep-in-foreground", "--user=root", "--log-dhcp", *listen)
    echo = await host.spawn("echo", "python3", "-c", ECHO)
    await echo.line(lambda line: line == "serving", SERVE_S)


async def join(host: Host) -> None:
    """Bring the Wi-Fi of `host` into the network, as its user would."""
    security = ("wifi-sec.key-mgmt", "wpa-psk", "wifi-sec.psk", PASSPHRASE)
    profile = ("type", "wifi", "ifname", "wlan0", "con-name", SSID, "ssid", SSID, *security)
    (await host.run("nmcli", "connection", "add", *profile)).check()
    (await host.run("nmcli", "--wait", str(JOIN_S), "connection", "up", SSID)).check()


@dataclass(slots=True)
class Stream:
    """A TCP connection over the network, kept busy."""

    daemon: Daemon

    def longest(self) -> float:
        """Return the longest wait for an answer so far (virtual seconds); raise `Failed` when the stream broke."""
        expect(not self.daemon.ended.is_set(), f"{self.daemon.host}: the TCP stream broke: {self.daemon.tail()}")
        _, longest = json.loads(self.daemon.lines[-1])
        return float(longest)

    def answers(self) -> int:
        """Return how many lines came back so far."""
        return int(json.loads(self.daemon.lines[-1])[0])


async def stream(host: Host) -> Stream:
    """Open a TCP connection from `host` over the network and keep it busy."""
    daemon = await host.spawn("stream", "python3", "-c", STREAM)
    await daemon.line(lambda line: line.startswith("["), SERVE_S)
    return Stream(daemon)


async def default_routes(host: Host) -> list[str]:
    """Return the interfaces of the default routes, IPv4 and IPv6, the preferred one of each first."""
    routes = []
    for family in ("-4", "-6"):
        listed = (await host.run("ip", family, "-j", "route", "show", "default")).check().json
        routes += [entry["dev"] for entry in sorted(listed, key=lambda entry: entry.get("metric", 0))]
    return routes
