"""The sockets of one link: probes over IPv4 and IPv6, and a knock at a port where nobody listens.

All are bound to the link's interface and reach no further than the link. Both ends send from the port to which the
other sends: to a firewall that lets answers in, what comes is an answer.
"""

import errno
import logging
import socket
from collections.abc import Awaitable, Callable

import trio

from airhail.actors.liveness.kernel import index_of
from airhail.actors.liveness.wire import BODY, MAC_BYTES

log = logging.getLogger(__name__)

PORT = 26485
"""Assigned to nobody by IANA, below the ports that Linux gives out by itself (32768, ip(7)), beside `lan`'s 26484."""
DISCARD_PORT = 9
"""RFC 863. Nobody listens there any more, so a system that is there says so (ICMP: port unreachable)."""
ALL_NODES = "ff02::1"
"""RFC 4291, section 2.7.1: where a peer hears us whose address is not known yet."""
URGENT = 0xB8
"""Expedited forwarding (RFC 3246): mac80211 puts it before bulk, which may queue for longer than a probe may take."""
MOST_BYTES = BODY.size + MAC_BYTES + 1
"""One more than the longest probe has: what is cut off there is none anyway."""
AT_ONCE = 16
"""Datagrams taken in a row before others have their turn."""

Hear = Callable[[bytes, int], Awaitable[None]]
Answered = Callable[[], Awaitable[None]]


class LinkSockets:
    """What one link sends and hears: `run` hears, all else is done at once.

    Raises OSError when its interface is gone, or another process has the port there.
    """

    def __init__(self, interface: str) -> None:
        self.scope = trio.CancelScope()
        self.index = index_of(interface)
        self._ipv4 = ""
        self._ipv6 = ""
        self._connected = ""
        self._opened: list[socket.socket] = []
        try:
            self._four = self._open(socket.AF_INET, interface, PORT)
            self._knocker = self._open(socket.AF_INET, interface, 0)
            self._six = self._open(socket.AF_INET6, interface, PORT) if socket.has_dualstack_ipv6() else None
        except BaseException:
            self.close()
            raise

    @property
    def addresses(self) -> frozenset[str]:
        """The peer's addresses, as far as they are known."""
        return frozenset({self._ipv4, self._ipv6} - {""})

    def aim(self, ipv4: str, ipv6: str) -> None:
        """Send to these addresses from now on."""
        self._ipv4, self._ipv6 = ipv4, ipv6

    def send(self, datagram: bytes, family: int) -> None:
        """Send a datagram over IPv4 (4) or IPv6 (6), or else over the other; 0: over both.

        What does not get out is lost, as it may be on the way.
        """
        if family == 6:
            _ = self._send_six(datagram) or self._send_four(datagram)
        elif not self._send_four(datagram) or family == 0:
            self._send_six(datagram)

    def knock(self) -> None:
        """Have the peer's system say whether it is there; "answered" follows if it does."""
        if self._aimed():
            _attempt(lambda: self._knocker.send(b""))

    async def run(self, hear: Hear, answered: Answered) -> None:
        """Hear datagrams, each with its family, and answers of the peer's system, until `scope` is cancelled."""
        with self.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_listen, self._four, 4, hear, answered)
                nursery.start_soon(_listen, self._knocker, 4, hear, answered)
                if self._six is not None:
                    nursery.start_soon(_listen, self._six, 6, hear, answered)

    def close(self) -> None:
        """Close all, once nobody hears any more."""
        for opened in self._opened:
            opened.close()

    def _open(self, family: socket.AddressFamily, interface: str, port: int) -> socket.socket:
        opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._opened.append(opened)
        # Without a privilege since Linux 5.7, for a socket that is not bound to another already.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, URGENT)
        else:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, URGENT)
        opened.bind(("", port))
        return opened

    def _aimed(self) -> bool:
        """Connect to the peer's address, once there is a way to it: errors are told only to who is connected."""
        if self._ipv4 and self._connected != self._ipv4:
            to_peer = _attempt(lambda: self._four.connect((self._ipv4, PORT)))
            if to_peer and _attempt(lambda: self._knocker.connect((self._ipv4, DISCARD_PORT))):
                self._connected = self._ipv4
        return bool(self._ipv4) and self._connected == self._ipv4

    def _send_four(self, datagram: bytes) -> bool:
        return self._aimed() and _attempt(lambda: self._four.send(datagram))

    def _send_six(self, datagram: bytes) -> bool:
        if self._six is None:
            return False
        six, to = self._six, (self._ipv6 or ALL_NODES, PORT, 0, self.index)
        return _attempt(lambda: six.sendto(datagram, to))


def _attempt(do: Callable[[], object]) -> bool:
    """Do something with a socket, and tell whether it went well."""
    try:
        do()
    except OSError as error:
        log.debug("a probe was not sent: %s", error)
        return False
    return True


async def _listen(sock: socket.socket, family: int, hear: Hear, answered: Answered) -> None:
    while True:
        await trio.lowlevel.wait_readable(sock)
        for _ in range(AT_ONCE):
            try:
                datagram = sock.recv(MOST_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                # Each is told once. Others than a refusal say that the way there is broken, which silence says too.
                if error.errno == errno.ECONNREFUSED:
                    await answered()
            else:
                await hear(datagram, family)
        await trio.lowlevel.checkpoint()
