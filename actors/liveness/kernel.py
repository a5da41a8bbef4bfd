"""What the kernel knows of a link, and what it tells by itself. None of it needs a privilege.

Numbers are from linux/rtnetlink.h, linux/neighbour.h and linux/nl80211.h.
"""

import errno
import ipaddress
import logging
import socket
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from airhail.actors.liveness.events import Looked
from airhail.actors.netdevice import (
    IFF_UP,
    NETLINK_ROUTE,
    RTMGRP_LINK,
    flags_of,
    hear_change,
    open_news,
    packets_in,
)
from airhail.actors.netlink import (
    HEADER,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
    READ_BYTES,
    Attributes,
    NetlinkError,
    decode_attributes,
    decode_news,
    dump,
    encode_attribute,
    listen,
    number_of,
)
from airhail.actors.nl80211 import FAMILY, NL80211_ATTR_IFINDEX, NL80211_ATTR_MAC

log = logging.getLogger(__name__)

RTM_NEWNEIGH = 28
RTM_GETNEIGH = 30
NDMSG = struct.Struct("=BBHiHBB")  # struct ndmsg: family, padding, padding, interface, state, flags, type
NDA_DST = 1
NDA_LLADDR = 2
NDA_CACHEINFO = 3
NDA_IFINDEX = 8
NUD_INCOMPLETE = 0x01
NUD_FAILED = 0x20
# Ages in struct nda_cacheinfo are in these (time(7), USER_HZ); the first is that of the last confirmation.
TICKS = 100

GROUPS = frozenset({"scan", "mlme"})
NL80211_CMD_GET_STATION = 17
NL80211_CMD_DEL_STATION = 20
NL80211_CMD_TRIGGER_SCAN = 33
NL80211_CMD_NEW_SCAN_RESULTS = 34
NL80211_CMD_SCAN_ABORTED = 35
NL80211_CMD_DISCONNECT = 48
NL80211_ATTR_STA_INFO = 21
NL80211_ATTR_DISCONNECTED_BY_AP = 71
NL80211_STA_INFO_INACTIVE_TIME = 1
SCAN_BEGINS = frozenset({NL80211_CMD_TRIGGER_SCAN})
SCAN_ENDS = frozenset({NL80211_CMD_NEW_SCAN_RESULTS, NL80211_CMD_SCAN_ABORTED})

DEVICES = Path("/proc/net/dev")

AGAIN_S = 5.0
"""Seconds until nl80211 is listened to again: no Wi-Fi driver is loaded yet, or it cannot be understood."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What the kernel knows of an address: the hardware address, when it was confirmed (s ago), and its state."""

    hardware: bytes
    confirmed: float
    state: int


async def look(interface: str, addresses: frozenset[str]) -> Looked:
    """Ask the kernel about the peer that has these addresses on an interface; what it does not tell is left out."""
    index = index_of(interface)
    neighbours = neighbours_at(index, addresses)
    try:
        stations = await stations_at(index)
    except NetlinkError as error:
        log.debug("stations on %s: %s", interface, error)
        stations = {}
    peers = {one.hardware for one in neighbours}
    # The only one there is must be the peer; of several, it is the one that has its address.
    own = [age for hardware, age in stations.items() if hardware in peers or len(stations) == 1]
    failed = [bool(one.state & (NUD_FAILED | NUD_INCOMPLETE)) for one in neighbours]
    return Looked(
        neighbour=min((one.confirmed for one in neighbours if one.hardware), default=None),
        radio=min(own, default=None),
        unanswered=bool(failed) and all(failed),
        packets=packets_on(interface),
    )


def index_of(interface: str) -> int:
    """Return the index of an interface; 0 when there is none of this name."""
    try:
        return socket.if_nametoindex(interface)
    except OSError:
        return 0


def is_up(interface: str) -> bool:
    """Tell whether an interface is there and up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return bool(flags_of(asked, interface) & IFF_UP)


def packets_on(interface: str) -> int:
    """Return how many packets have passed on an interface, both ways."""
    return packets_in(DEVICES.read_text(), interface)


def neighbours_at(index: int, addresses: frozenset[str]) -> list[Neighbour]:
    """Return what the kernel's neighbour table has of these addresses on an interface (rtnetlink(7))."""
    request = NDMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0)
    # Of this interface alone, or each look would read what all others of this host have.
    request += encode_attribute(NDA_IFINDEX, index.to_bytes(4, sys.byteorder))
    found: list[Neighbour] = []
    # The kernel answers while it takes the request, so nothing is waited for.
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_ROUTE) as netlink:
        try:
            netlink.send(
                HEADER.pack(HEADER.size + len(request), RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + request
            )
            done = False
            while not done:
                more, done = decode_neighbours(netlink.recv(READ_BYTES), index, addresses)
                found += more
        except OSError as error:
            log.debug("the neighbour table: %s", error)
    return found


def decode_neighbours(data: bytes, index: int, addresses: frozenset[str]) -> tuple[list[Neighbour], bool]:
    """Read what one recv returned of the neighbour table, and whether that was the end of it."""
    found: list[Neighbour] = []
    while len(data) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(data)
        if kind in (NLMSG_DONE, NLMSG_ERROR) or not HEADER.size <= length <= len(data):
            return found, True
        body = data[HEADER.size : length]
        _, _, _, place, state, _, _ = NDMSG.unpack_from(body)
        attributes = dict(decode_attributes(body[NDMSG.size :]))
        packed = attributes.get(NDA_DST, b"")
        if place == index and len(packed) in (4, 16) and str(ipaddress.ip_address(packed)) in addresses:
            age = int.from_bytes(attributes.get(NDA_CACHEINFO, b"\xff" * 4)[:4], sys.byteorder)
            found.append(Neighbour(attributes.get(NDA_LLADDR, b""), age / TICKS, state))
        data = data[(length + 3) & ~3 :]
    return found, False


async def stations_at(index: int) -> dict[bytes, float]:
    """Return for how long each station on a wireless interface has given no sign, in seconds. Raises NetlinkError."""
    body = encode_attribute(NL80211_ATTR_IFINDEX, index.to_bytes(4, sys.byteorder))
    answers = await dump(FAMILY, NL80211_CMD_GET_STATION, body)
    return {one[NL80211_ATTR_MAC]: age for one in answers if (age := inactive(one)) is not None}


def inactive(attributes: Attributes) -> float | None:
    """Return for how many seconds a station has given no sign; None when its driver does not tell."""
    told = dict(decode_attributes(attributes.get(NL80211_ATTR_STA_INFO, b"")))
    if NL80211_STA_INFO_INACTIVE_TIME not in told or NL80211_ATTR_MAC not in attributes:
        return None
    return number_of(told, NL80211_STA_INFO_INACTIVE_TIME) / 1000


async def watch_interfaces(changed: Callable[[], Awaitable[None]]) -> None:
    """Call *changed* whenever an interface has, until cancelled."""
    with await open_news(RTMGRP_LINK) as news:
        while True:
            await changed()
            await hear_change(news)


async def hear_wireless(
    begin: Callable[[], Awaitable[None]], take: Callable[[int, Attributes], Awaitable[None]]
) -> None:
    """Have *take* called with the command and the attributes of each of nl80211's news of scans and stations.

    *begin* is called before the first, and whenever some were lost. Until cancelled.
    """
    while True:
        try:
            news = await listen(FAMILY, GROUPS)
            if news is not None:
                with news:
                    await begin()
                    while True:
                        if (data := await _next_news(news)) is None:
                            await begin()
                            continue
                        for command, attributes in decode_news(data):
                            await take(command, attributes)
        except (NetlinkError, OSError) as error:
            log.info("nl80211: %s", error)
        await trio.sleep(AGAIN_S)


async def _next_news(news: trio.socket.SocketType) -> bytes | None:
    """Return what came; None when there was more than the kernel had room for (netlink(7)), and some is lost."""
    try:
        return await news.recv(READ_BYTES)
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        log.info("nl80211 had more news than there was room for; some are lost")
        return None
