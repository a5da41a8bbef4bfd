"""Alpha's Wi-Fi is on a network, and its radio could be on two channels; the link comes to that network's channel.

A radio that is on two channels shares its time between them, so both are slow in turns. Beta, which is in no network,
is told of the channel by the hail: as the owner it chooses. What it sets for that is taken back, also what an airhail
that was killed had set.

Phases: `joined` until alpha is in the access point's network; `trusted`; `linked` as in hail-lan.
"""

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.accesspoint import join, serve
from tests.lab.guest.bus import PROPERTIES
from tests.lab.guest.cable import lay_cable
from tests.lab.guest.host import Host
from tests.lab.guest.radio import Radio
from tests.lab.guest.steps import LINK_S, connect, exchange, until_both_up
from tests.lab.guest.supplicant import NAME, P2P_DEVICE, interface
from tests.lab.guest.trusting import introduce

PACKAGES = ("hostapd",)
HOSTS = (HostSpec("alpha", radios=(Radio(channels=2),)), "beta", HostSpec("home", network_manager=False))
# Of 2.4 GHz: two on which P2P devices meet, and two on which they never do.
CHANNELS = (1, 3, 6, 9)
# None of these.
LEFT = 11


async def scenario(lab: Lab) -> None:
    alpha, beta, home = lab.hosts
    channel = lab.random.choice(CHANNELS)
    await serve(home, channel)
    await lay_cable(alpha, beta)
    async with lab.phase("joined"):
        await join(alpha, home)
    await form_groups_on(beta, LEFT)
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    expect(await operating_channel(beta) == 0, "beta: what a life before left was not taken back")
    async with lab.phase("trusted"):
        await introduce(lab, alpha, beta, "always")
    earlier, later = lab.random.sample((alpha, beta), 2)
    async with lab.phase("linked", within=LINK_S):
        await connect(earlier, later)
        links = await until_both_up(alpha, beta)
    # An end that did not see its group begin does not know.
    lab.facts |= {"role": links[alpha].get("role", ""), "channel": channel}
    for host in (alpha, beta):
        at = await group_frequency(host, links[host]["interface"])
        expect(at == 2407 + 5 * channel, f"{host.name}: the group is at {at} MHz, not on channel {channel}")
    await exchange(links)
    expect(await operating_channel(beta) == 0, "beta: where groups are formed was not taken back")


async def group_frequency(host: Host, interface: str) -> int:
    """Return where the kernel has an interface, in MHz; 0 when it is nowhere."""
    for line in (await host.run("iw", "dev", interface, "info")).check().stdout.splitlines():
        if line.strip().startswith("channel "):
            return int(line.split("(")[1].split()[0])
    return 0


async def form_groups_on(host: Host, channel: int) -> None:
    """Tell wpa_supplicant to form groups on a 2.4 GHz channel (operating class 81)."""
    config = {"OperRegClass": ("u", 81), "OperChannel": ("u", channel)}
    value = (P2P_DEVICE, "P2PDeviceConfig", ("a{sv}", config))
    await host.bus.call(NAME, await interface(host, "wlan0") or "/", PROPERTIES, "Set", "ssv", value)


async def operating_channel(host: Host) -> int:
    """Return the channel on which wpa_supplicant was told to form groups, 0 without such a word."""
    config = await host.bus.get(NAME, await interface(host, "wlan0") or "/", P2P_DEVICE, "P2PDeviceConfig")
    return int(config["OperChannel"][1])
