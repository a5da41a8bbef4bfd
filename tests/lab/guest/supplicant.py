"""wpa_supplicant in a host, read and told over the host's bus and its control socket, as root."""

import re

import trio

from tests.lab.guest.bus import BusError
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host

NAME = "fi.w1.wpa_supplicant1"
PATH = "/fi/w1/wpa_supplicant1"
P2P_DEVICE = NAME + ".Interface.P2PDevice"
FLAGS = re.compile(r"^flags=(.*)$", re.MULTILINE)
# A group without anybody else in it is there as soon as its first beacon is.
GROUP_S = 10.0
LOOK_S = 0.1
WAITING = "[PEER_WAITING_RESPONSE]"


async def interface(host: Host, name: str) -> str | None:
    """Return the object path of an interface, None when wpa_supplicant does not have it."""
    try:
        (path,) = await host.bus.call(NAME, PATH, NAME, "GetInterface", "s", (name,))
    except BusError:
        return None
    return str(path)


async def add_group(host: Host) -> None:
    """Start a group of which the host is the owner; return when it is there."""
    mark = host.witness.mark()
    await host.bus.call(NAME, str(await interface(host, "wlan0")), P2P_DEVICE, "GroupAdd", "a{sv}", ({},))
    await host.witness.signal("GroupStarted", interface=P2P_DEVICE, since=mark, within=GROUP_S)


async def flush(host: Host) -> None:
    """Forget all peers, and what was going on with them."""
    await host.bus.call(NAME, str(await interface(host, "wlan0")), P2P_DEVICE, "Flush")


async def is_marked(host: Host, other: Host) -> bool:
    """Return whether the other end is taken to be waiting for us: then its calls are dropped without an answer."""
    told = await host.run("wpa_cli", "-p", "/run/wpa_supplicant", "-i", "p2p-dev-wlan0", "p2p_peer", other.address)
    flags = FLAGS.search(told.stdout)
    return flags is not None and WAITING in flags[1]


async def until_no_group(host: Host, within: float) -> None:
    """Wait until no interface of a group is left; raise `Failed` after so many seconds."""
    for _ in range(round(within / LOOK_S)):
        if not host.groups:
            return
        await trio.sleep(LOOK_S)
    raise Failed(f"{host.name} still has {host.groups}")


async def remove_groups(host: Host) -> None:
    """Remove each group interface: by wpa_supplicant where it knows it, else from the kernel."""
    for name in host.groups:
        path = await interface(host, name)
        if path is not None:
            await host.bus.call(NAME, path, P2P_DEVICE, "Disconnect")
        else:
            (await host.run("iw", "dev", name, "del")).check()
