"""An ordinary Wi-Fi network: hostapd and dnsmasq on one host, to which others belong; and a guard on it.

Its scenario asks for the package: `PACKAGES = ("hostapd",)`. The host that serves has no NetworkManager.
"""

import json
from dataclasses import dataclass

from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.processes import Daemon

PASSPHRASE = "correct horse"
SERVER = "192.168.77.1"
RANGE = "192.168.77.10,192.168.77.99"
PORT = 4748
# hostapd is up at once; a station needs NetworkManager's scan and DHCP.
SERVE_S = 10.0
JOIN_S = 60
# A find or a scan takes the radio away for a second at most; more than this, and a person notices.
LONGEST_S = 3.0

HOSTAPD = f"""
interface=wlan0
ssid=%s
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
# Sends a line every 0.1 s and ends when an answer takes too long; tells how many came, and how long the slowest took.
STREAM = f"""
import json, socket, time
stream = socket.create_connection(("{SERVER}", {PORT}), timeout={LONGEST_S})
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
    """Make `host` the access point of a network of its name, on a 2.4 GHz channel."""
    (host.root / "run/hostapd.conf").write_text(HOSTAPD % (host.name, channel))
    hostapd = await host.spawn("hostapd", "hostapd", "-t", "/run/hostapd.conf")
    await hostapd.line(lambda line: "AP-ENABLED" in line, SERVE_S)
    (await host.run("ip", "address", "add", f"{SERVER}/24", "dev", "wlan0")).check()
    listen = ("--interface=wlan0", "--bind-interfaces", "--port=0", f"--dhcp-range={RANGE}", "--conf-file=/dev/null")
    await host.spawn("dnsmasq", "dnsmasq", "--keep-in-foreground", "--user=root", "--log-dhcp", *listen)
    echo = await host.spawn("echo", "python3", "-c", ECHO)
    await echo.line(lambda line: line == "serving", SERVE_S)


async def join(host: Host, access_point: Host) -> None:
    """Bring the Wi-Fi of `host` into the network of `access_point`, as its user would."""
    security = ("wifi-sec.key-mgmt", "wpa-psk", "wifi-sec.psk", PASSPHRASE)
    ssid = access_point.name
    profile = ("type", "wifi", "ifname", "wlan0", "con-name", ssid, "ssid", ssid, *security)
    (await host.run("nmcli", "connection", "add", *profile)).check()
    (await host.run("nmcli", "--wait", str(JOIN_S), "connection", "up", ssid)).check()


@dataclass(frozen=True, slots=True)
class Guard:
    """A TCP connection over the network that is kept busy, and a watch on the host's routes."""

    host: Host
    stream: Daemon
    routes: Daemon

    async def undisturbed(self, lab: Lab) -> None:
        """Raise `Failed` unless the stream went on and the default route stayed, at every moment so far."""
        name = self.host.name
        expect(not self.stream.ended.is_set(), f"{name}: the TCP stream broke: {self.stream.tail()}")
        answers, longest = json.loads(self.stream.lines[-1])
        lab.note(f"{name}: {answers} answers over the access point, the slowest after {longest:.3f} s")
        expect(not self.routes.ended.is_set(), f"{name}: nobody watches the routes: {self.routes.tail()}")
        moved = [line for line in self.routes.lines if "default" in line]
        expect(not moved, f"{name}: a default route came or went: {moved}")
        now = await default_routes(self.host)
        expect(now == ["wlan0"], f"{name}: the default routes are over {now}")


async def guard(host: Host) -> Guard:
    """Open a TCP connection from `host` to its access point, keep it busy, and watch the routes from now on."""
    routes = await host.spawn("routes", "ip", "monitor", "route")
    stream = await host.spawn("stream", "python3", "-c", STREAM)
    await stream.line(lambda line: line.startswith("["), SERVE_S)
    return Guard(host, stream, routes)


async def default_routes(host: Host) -> list[str]:
    """Return the interfaces of the default routes, IPv4 and IPv6, the preferred one of each first."""
    routes: list[str] = []
    for family in ("-4", "-6"):
        listed = (await host.run("ip", family, "-j", "route", "show", "default")).check().json
        routes += [entry["dev"] for entry in sorted(listed, key=lambda entry: entry.get("metric", 0))]
    return routes
