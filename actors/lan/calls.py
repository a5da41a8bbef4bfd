"""Calls on the network: one datagram by multicast on every interface, or to one address; and an ear for them.

Nothing is sent but what a call asks for, and nothing leaves the link: the hop limit is 1.
"""

import errno
import ipaddress
import itertools
import logging
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import trio

from airhail.actors.backoff import pause
from airhail.actors.lan.interfaces import Interface
from airhail.actors.lan.wire import CALL

log = logging.getLogger(__name__)

PORT = 26484
# Transient, link-local (RFC 4291, section 2.7); of the IPv4 local scope (RFC 2365, section 6.1): assigned to nobody.
GROUP6 = "ff12::6169:7268:6169"
GROUP4 = "239.255.97.104"

# linux/in.h, linux/in6.h: deliver only what this socket has joined itself.
IP_MULTICAST_ALL = 49
IPV6_MULTICAST_ALL = 29
MREQN = struct.Struct("=4s4si")

GONE = (errno.ENODEV, errno.EADDRNOTAVAIL)
"""What joining a group on an interface that has just gone ends with."""

EAR_FIRST_S = 1.0
EAR_LAST_S = 30.0
"""Seconds until a port that could not be had, or groups that could not be joined, are tried for again, at first and
at last: what has the port is being started anew, or keeps it for as long as it runs."""

Place = tuple[str, int] | tuple[str, int, int, int]
"""An address as sockets have it."""

Make = Callable[[int, bytes], bytes]
"""Makes the datagram of a call, from the port for answers and the packed address it goes out from."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where answers are awaited; 0: not in this family."""

    ipv4: int = 0
    ipv6: int = 0


def call_all(interfaces: Sequence[Interface], ports: Ports, make: Make) -> None:
    """Call on every interface."""
    for interface in interfaces:
        if interface.ipv6 and ports.ipv6:
            place = (interface.ipv6, 0, 0, interface.index)
            send(socket.AF_INET6, (GROUP6, PORT, 0, interface.index), ports.ipv6, make, source=place)
        if interface.ipv4 and ports.ipv4:
            leave = MREQN.pack(bytes(4), socket.inet_aton(interface.ipv4), interface.index)
            send(socket.AF_INET, (GROUP4, PORT), ports.ipv4, make, source=(interface.ipv4, 0), leave=leave)


def call_one(address: str, ports: Ports, make: Make) -> None:
    """Call at one address; ValueError when it is none."""
    host, _, zone = address.partition("%")
    if ipaddress.ip_address(host).version == 6:
        send(socket.AF_INET6, (host, PORT, 0, index_of(zone)), ports.ipv6, make)
    else:
        send(socket.AF_INET, (host, PORT), ports.ipv4, make)


def index_of(zone: str) -> int:
    """Return the index of an interface; 0 when there is none of this name."""
    try:
        return socket.if_nametoindex(zone)
    except OSError:
        return 0


def send(
    family: socket.AddressFamily, to: Place, port: int, make: Make, *, source: Place | None = None, leave: bytes = b""
) -> None:
    """Send a call from *source*, else from where the kernel says that the way begins.

    IPv4 multicasts leave by the interface in *leave*, a struct ip_mreqn.
    """
    try:
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            near_only(sender)
            if leave:
                sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, leave)
            if source is not None:
                sender.bind(source)
            sender.connect(to)
            sender.send(make(port, packed(sender.getsockname()[0])))
    except OSError as error:
        # An interface that has just gone, a full queue, no way there: the call is repeated, and another gets through.
        # A kernel without the family: there is another family, or the delivery says that nobody answered.
        log.debug("a call to %s: %s", to[0], error)


def near_only(sender: socket.socket) -> None:
    """Let a call go as far as the link, and not back to this host."""
    if sender.family == socket.AF_INET6:
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    else:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)


def packed(address: str) -> bytes:
    """Return an IP address, without its zone, as its bytes."""
    return ipaddress.ip_address(address.partition("%")[0]).packed


Tell = Callable[[socket.AddressFamily, str], Awaitable[None]]
"""Takes why no call can be heard in a family; "" when calls can be."""


async def listen(interfaces: Sequence[Interface], hear: Callable[[bytes, str], Awaitable[None]], tell: Tell) -> None:
    """Hand on each datagram that may be a call, with the address it came from, until cancelled."""
    async with trio.open_nursery() as nursery:
        for family in families_of(interfaces):
            nursery.start_soon(listen_in, family, interfaces, hear, tell)


def families_of(interfaces: Sequence[Interface]) -> list[socket.AddressFamily]:
    """Return the families in which there is an address to be called at."""
    ways = {
        socket.AF_INET6: any(one.ipv6 for one in interfaces),
        socket.AF_INET: any(one.ipv4 for one in interfaces),
    }
    return [family for family, there in ways.items() if there]


async def listen_in(
    family: socket.AddressFamily,
    interfaces: Sequence[Interface],
    hear: Callable[[bytes, str], Awaitable[None]],
    tell: Tell,
) -> None:
    """Listen in one family, after as many tries as it takes to have the port, and to hear on some interface."""
    for tries in itertools.count(1):
        try:
            ear = ear_of(family, interfaces)
        except OSError as error:
            if tries == 1:
                log.warning("calls cannot be heard at port %d of %s: %s", PORT, family.name, error)
            await tell(family, error.strerror or str(error))
            await trio.sleep(pause(EAR_FIRST_S, EAR_LAST_S, tries))
        else:
            with ear:
                await tell(family, "")
                await hear_all(ear, hear)


async def hear_all(ear: trio.socket.SocketType, hear: Callable[[bytes, str], Awaitable[None]]) -> None:
    """Hand on what comes, until cancelled."""
    while True:
        # One byte more shows what is too long.
        datagram, place = await ear.recvfrom(CALL.size + 1)
        await hear(datagram, named(place))


def named(place: Place) -> str:
    """Return the address of a socket's address; a link-local one has the interface's name behind it."""
    host = place[0].partition("%")[0]
    if len(place) == 4 and place[3]:
        return f"{host}%{name_of(place[3])}"
    return host


def name_of(index: int) -> str:
    """Return the name of an interface; its number when it has gone."""
    try:
        return socket.if_indextoname(index)
    except OSError:
        return str(index)


def ear_of(family: socket.AddressFamily, interfaces: Sequence[Interface]) -> trio.socket.SocketType:
    """Return a socket that hears calls on these interfaces; one on which they cannot be heard is passed over.

    Raises OSError when the port cannot be had, or calls be heard on none. Where all have just gone, news of it is on
    its way, and there is nothing to be told.
    """
    ear = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        # Two airhails of one host (the system's and a user's) may both listen: each gets every multicast.
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            ear.setsockopt(socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
        else:
            ear.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
        ear.bind(("", PORT))
        there = [one for one in interfaces if (one.ipv6 if family == socket.AF_INET6 else one.ipv4)]
        problems = {one.name: problem for one in there if (problem := join(ear, one))}
        refused = {name: problem for name, problem in problems.items() if problem.errno not in GONE}
        for name, problem in refused.items():
            if len(problems) == len(there):
                raise OSError(problem.errno, f"{name}: {problem.strerror}")
            log.warning("calls cannot be heard on %s: %s", name, problem)
    except OSError:
        ear.close()
        raise
    return trio.socket.from_stdlib_socket(ear)


def join(ear: socket.socket, interface: Interface) -> OSError | None:
    """Join the group on an interface; return why that fails, None when it does not."""
    try:
        if ear.family == socket.AF_INET6:
            request = socket.inet_pton(socket.AF_INET6, GROUP6) + interface.index.to_bytes(4, sys.byteorder)
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        else:
            request = MREQN.pack(socket.inet_aton(GROUP4), bytes(4), interface.index)
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    except OSError as error:
        return error
    return None
