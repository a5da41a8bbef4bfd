"""What the kernel tells of this host's interfaces (netdevice(7)), in this process's network namespace.

Numbers are from linux/if.h, linux/sockios.h and linux/rtnetlink.h.
"""

import errno
import fcntl
import logging
import socket
import struct
from pathlib import Path

import trio

log = logging.getLogger(__name__)

NETLINK_ROUTE = 0
RTMGRP_LINK = 0x1
RTMGRP_IPV4_IFADDR = 0x10
RTMGRP_IPV6_IFADDR = 0x100
NEWS_BYTES = 4096
"""Bytes read of each change, of which only that it came is of interest."""

SIOCGIFFLAGS = 0x8913
IFF_UP = 0x1
IFREQ = struct.Struct("16s24s")
IF_INET6 = Path("/proc/net/if_inet6")
# Of addresses in fe80::/10 (IPV6_ADDR_LINKLOCAL, net/ipv6.h).
LINK_SCOPE = "20"
# Addresses that the kernel still checks for a duplicate cannot be used yet (IFA_F_TENTATIVE, linux/if_addr.h).
TENTATIVE = 0x40


def own_link_locals() -> dict[int, str]:
    """Return the link-local address of each interface that has one, by its index."""
    # The file is not there on a host without IPv6.
    return dict(link_locals(IF_INET6.read_text() if IF_INET6.exists() else ""))


def link_locals(text: str) -> list[tuple[int, str]]:
    """Return the index of each interface with its link-local address, from the text of /proc/net/if_inet6."""
    found = []
    for line in text.splitlines():
        address, index, _, scope, flags, _ = line.split()
        if scope == LINK_SCOPE and not int(flags, 16) & TENTATIVE:
            found.append((int(index, 16), socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))))
    return found


def flags_of(asked: socket.socket, name: str) -> int:
    """Return the flags of an interface; 0 when it has gone."""
    answer = request(asked, SIOCGIFFLAGS, name)
    return int(struct.unpack_from("=H", answer)[0]) if answer else 0


def request(asked: socket.socket, code: int, name: str) -> bytes:
    """Return what the kernel tells of an interface (netdevice(7)); nothing when there is nothing to tell."""
    try:
        answer = fcntl.ioctl(asked, code, IFREQ.pack(name.encode(), b""))
    except OSError:
        # It has gone in the meantime (ENODEV), or has no address (EADDRNOTAVAIL).
        return b""
    return bytes(answer[16:])


def packets_in(text: str, interface: str) -> int:
    """Return how many packets have passed on an interface, both ways, by the text of /proc/net/dev (proc_net(5))."""
    for line in text.splitlines():
        name, _, counted = line.partition(":")
        if name.strip() == interface:
            fields = counted.split()
            return int(fields[1]) + int(fields[9])
    return 0


async def open_news(groups: int) -> trio.socket.SocketType:
    """Return a socket that hears of changes of interfaces, for `hear_change` (rtnetlink(7)); the caller closes it."""
    news = trio.socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_ROUTE)
    await news.bind((0, groups))
    return news


async def hear_change(news: trio.socket.SocketType) -> None:
    """Wait for a change, or for more changes than the kernel could keep: what there is has to be looked at anyway."""
    try:
        await news.recv(NEWS_BYTES)
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        log.info("changes of interfaces were missed: %s", error)
