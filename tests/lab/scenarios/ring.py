"""A device without airhail calls: plain wpa_supplicant over D-Bus, as on a phone. Alpha's user takes the call.

There is no hail: wpa_supplicant's own signal rings. The device owns the group and gives alpha its address by DHCP.

Phases: `rung` from the device's request until alpha tells of the call; `linked` from the user's `airhail connect`
until the link is up.
"""

from tests.lab.guest import Host, HostSpec, Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.host import P2P_ADDRESS
from tests.lab.guest.steps import LINK_S, TRUTH_S, connect
from tests.lab.guest.supplicant import NAME, P2P_DEVICE, PATH, interface
from tests.lab.guest.witness import Mark

HOSTS = ("alpha", HostSpec("phone", network_manager=False))
FIND_S = 60
# The highest: the device owns the group, as most phones insist on.
INTENT = 14
SERVER = "192.168.49.1"
RANGE = "192.168.49.10,192.168.49.99"


async def scenario(lab: Lab) -> None:
    alpha, phone = lab.hosts
    await alpha.start_airhail(user=None)
    await lab.settle()
    await start_radio(phone)
    watching = await alpha.spawn("peers", *COMMAND, "peers", "--watch", "--json")  # which makes alpha visible
    await find(phone, alpha)
    await lab.pause(0.5, 8.0)
    async with lab.phase("rung"):
        mark = phone.witness.mark()
        await call(phone, alpha)
        await until_called(alpha, phone)
    await lab.pause(0.5, 5.0)
    async with lab.phase("linked", within=LINK_S):
        phone.nursery.start_soon(serve, phone, mark)
        link = await connect(alpha, phone)
    await watching.stop()
    expect(link["peer_address"] == SERVER, f"alpha takes {link['peer_address']} for the phone")
    (await alpha.run("ping", "-c", "3", SERVER)).check()
    own = next(address.split("/")[0] for address in link["addresses"] if address.startswith("192.168.49."))
    (await phone.run("ping", "-c", "3", own)).check()


async def start_radio(phone: Host) -> None:
    """Have the phone's wpa_supplicant take its radio, and learn its P2P device address."""
    await phone.bus.call(NAME, PATH, NAME, "CreateInterface", "a{sv}", ({"Ifname": ("s", "wlan0")},))
    found = P2P_ADDRESS.search((await phone.run("iw", "dev")).check().stdout)
    expect(found, "the phone has no P2P device")
    phone.address = found[1] if found else ""


async def engine(phone: Host) -> str:
    """Return the path of the phone's P2P engine."""
    return str(await interface(phone, "wlan0"))


async def find(phone: Host, other: Host) -> None:
    """Let the phone look for devices until it sees the other host."""
    mark = phone.witness.mark()
    options = {"Timeout": ("i", FIND_S), "DiscoveryType": ("s", "social")}
    await phone.bus.call(NAME, await engine(phone), P2P_DEVICE, "Find", "a{sv}", (options,))
    await phone.witness.signal(
        "DeviceFound",
        interface=P2P_DEVICE,
        since=mark,
        within=FIND_S,
        where=lambda body: str(body[0]).endswith(other.address.replace(":", "")),
    )


async def call(phone: Host, other: Host) -> None:
    """Let the phone ask the other host for a group by push button."""
    path = await engine(phone)
    peer = f"{path}/Peers/{other.address.replace(':', '')}"
    wish = {"peer": ("o", peer), "wps_method": ("s", "pbc"), "go_intent": ("i", INTENT)}
    await phone.bus.call(NAME, path, P2P_DEVICE, "Connect", "a{sv}", (wish,))


async def until_called(host: Host, phone: Host) -> None:
    """Wait until airhail tells of the phone's call."""
    watching = await host.spawn("watch", *COMMAND, "inspect", "connection", "--watch", "--json")
    await watching.line(lambda line: '"callers"' in line and phone.address in line, TRUTH_S)
    await watching.stop()


async def serve(phone: Host, since: Mark) -> None:
    """Let the phone, once it owns the group, have an address and give others theirs."""
    await phone.witness.signal("GroupStarted", interface=P2P_DEVICE, since=since, within=LINK_S)
    (group,) = phone.groups
    (await phone.run("ip", "address", "add", f"{SERVER}/24", "dev", group)).check()
    options = (f"--interface={group}", "--bind-interfaces", f"--dhcp-range={RANGE}", "--dhcp-authoritative")
    await phone.spawn("dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", *options)
