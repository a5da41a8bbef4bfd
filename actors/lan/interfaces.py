"""The interfaces through which a peer may be called, looked at afresh whenever the kernel says that one has changed.

Numbers are from linux/if.h and linux/sockios.h.
"""

import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

from airhail.actors.netdevice import (
    IFF_UP,
    RTMGRP_IPV4_IFADDR,
    RTMGRP_IPV6_IFADDR,
    RTMGRP_LINK,
    flags_of,
    hear_change,
    open_news,
    own_link_locals,
    request,
)

log = logging.getLogger(__name__)

SIOCGIFADDR = 0x8915
IFF_LOOPBACK = 0x8
IFF_POINTOPOINT = 0x10
IFF_RUNNING = 0x40
IFF_MULTICAST = 0x1000

# Documentation/ABI/testing/sysfs-class-net; net/bridge/br_if.c: `brport` of a bridge's port; net/core/dev.c,
# netdev_adjacent_sysfs_add: `lower_NAME` leads to what an interface stands on.
NETS = Path("/sys/class/net")

# What airhail makes itself: a link to a peer needs no call.
OWN = "p2p-"

SETTLE_S = 0.2
"""Seconds from one look to the next: an interface that comes up makes several changes."""

MAX_INTERFACES = 16
"""Interfaces used. A laptop has three; a host with hundreds of bridges for containers must not call on each."""

LEVELS = 4
"""Steps that are followed down to a device: from a bridge on a VLAN on a bond it is three."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface with the addresses to call from; "" for none of that family."""

    name: str
    index: int
    ipv4: str
    ipv6: str


def list_interfaces() -> list[Interface]:
    """Return the interfaces that are up, can multicast and have an address; not those of airhail's own links."""
    link_local = own_link_locals()
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for index, name in socket.if_nameindex():
            if not name.startswith(OWN) and suitable(flags_of(asked, name)):
                interface = Interface(name, index, ipv4_of(asked, name), link_local.get(index, ""))
                if interface.ipv4 or interface.ipv6:
                    found.append(interface)
    return found


def choose(found: Sequence[Interface], nets: Path = NETS) -> tuple[list[Interface], list[Interface]]:
    """Return the interfaces to use, and those that are left out because there are too many.

    The real ones come first: an adapter that was plugged in late has a higher index than all containers. The ports of
    a bridge are none: the bridge leads into the same network.
    """
    own = [one for one in found if not (nets / one.name / "brport").exists()]
    own.sort(key=lambda one: not is_real(nets / one.name))
    return own[:MAX_INTERFACES], own[MAX_INTERFACES:]


def is_real(net: Path, levels: int = LEVELS) -> bool:
    """Tell whether an interface is a device, or stands on one: as a bridge, a bond or a VLAN does."""
    if (net / "device").exists():
        return True
    return levels > 0 and any(is_real(lower, levels - 1) for lower in net.glob("lower_*"))


def suitable(flags: int) -> bool:
    """Tell whether an interface with these flags leads into a network with others."""
    wanted = IFF_UP | IFF_RUNNING | IFF_MULTICAST
    return flags & wanted == wanted and not flags & (IFF_LOOPBACK | IFF_POINTOPOINT)


def ipv4_of(asked: socket.socket, name: str) -> str:
    """Return the first IPv4 address of an interface; "" when it has none."""
    answer = request(asked, SIOCGIFADDR, name)
    return socket.inet_ntop(socket.AF_INET, answer[4:8]) if answer else ""


async def watch_interfaces(report: Callable[[list[Interface]], Awaitable[None]]) -> None:
    """Report the interfaces, now and whenever they have changed, until cancelled."""
    with await open_news(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR) as news:
        seen = None
        while True:
            used, left = choose(list_interfaces())
            if used != seen:
                seen = used
                if left:
                    log.warning("too many networks, left out: %s", ", ".join(one.name for one in left))
                await report(used)
            await hear_change(news)
            await trio.sleep(SETTLE_S)
