"""Network namespaces, cables between them and a switch, and an ear on the switch that hears every frame."""

import ctypes
import fcntl
import itertools
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import trio

CLONE_NEWNET = 0x40000000  # linux/sched.h
ETH_P_ALL = 3  # linux/if_ether.h
# linux/if_packet.h
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP, PACKET_IGNORE_OUTGOING = 1, 23
PACKET_MR_PROMISC = 1
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17  # linux/sockios.h, linux/ethtool.h

Made = TypeVar("Made")
_numbers = itertools.count(1)


def why_not() -> str:
    """Say why namespaces cannot be made here; "" when they can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    name = f"airhail-{os.getpid()}-0"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network namespaces here: {error}"
    try:
        ip("-n", name, "link", "add", "switch", "type", "bridge")
    except subprocess.CalledProcessError as error:
        return f"no bridges here: {error}"
    finally:
        ip("netns", "delete", name)
    return ""


def ip(*arguments: str) -> None:
    """Run ip(8)."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def within(namespace: str, make: Callable[[], Made]) -> Made:
    """Make something, such as a socket, in a namespace; it stays there. In a thread, which alone enters it."""
    made: list[Made] = []

    def enter() -> None:
        with open(f"/run/netns/{namespace}") as place:
            if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"setns to {namespace}")
        made.append(make())

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    return made[0]


class Switch:
    """A switch in a namespace of its own, into which hosts are plugged."""

    def __init__(self) -> None:
        self._prefix = f"airhail-{os.getpid()}-{next(_numbers)}"
        self._namespaces: list[str] = []
        self._sockets = ExitStack()
        self.hub = self._add("switch")
        ip("-n", self.hub, "link", "add", "switch", "type", "bridge", "mcast_snooping", "0")
        ip("-n", self.hub, "link", "set", "switch", "up")

    def plug(self, name: str, address: str, *, ipv6: bool = True) -> str:
        """Add a host with this IPv4 address at eth0, "" for none, and return its namespace."""
        namespace = self._add(name)
        ip("-n", self.hub, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        # An IPv6 address is usable at once, and not after a second of looking for its like.
        within(namespace, lambda: Path("/proc/sys/net/ipv6/conf/eth0/accept_dad").write_text("0"))
        within(namespace, lambda: Path("/proc/sys/net/ipv6/conf/eth0/disable_ipv6").write_text("01"[not ipv6]))
        within(namespace, lambda: sum_at_once("eth0"))
        ip("-n", self.hub, "link", "set", name, "master", "switch", "up")
        ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", namespace, "link", "set", "eth0", "up")
        if address:
            ip("-n", namespace, "address", "add", f"{address}/24", "dev", "eth0")
        return namespace

    def hears(self) -> socket.socket:
        """Return a socket that hears every frame that comes into the switch."""
        return self.socket(self.hub, lambda: ear("switch"))

    def socket(self, namespace: str, make: Callable[[], socket.socket]) -> socket.socket:
        """Make a socket in a namespace, which is closed with the switch."""
        return self._sockets.enter_context(within(namespace, make))

    def close(self) -> None:
        """Pull all plugs."""
        self._sockets.close()
        for namespace in self._namespaces:
            ip("netns", "delete", namespace)

    def _add(self, name: str) -> str:
        namespace = f"{self._prefix}-{name}"
        ip("netns", "add", namespace)
        self._namespaces.append(namespace)
        return namespace


def sum_at_once(interface: str) -> None:
    """Have checksums made when a frame is sent: else one that is heard has none, and is no good when repeated."""
    off = ctypes.create_string_buffer(struct.pack("=II", ETHTOOL_STXCSUM, 0))
    request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(off))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        fcntl.ioctl(asked, SIOCETHTOOL, request)


def ear(interface: str) -> socket.socket:
    """Return a packet(7) socket that hears what comes in at an interface."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    made.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    everything = struct.pack("=iHH8s", socket.if_nametoindex(interface), PACKET_MR_PROMISC, 0, b"")
    made.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, everything)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
    made.bind((interface, 0))
    made.setblocking(False)
    return made


def heard(ears: socket.socket) -> list[bytes]:
    """Return the frames heard since the last time."""
    frames = []
    while True:
        try:
            frames.append(ears.recv(65536))
        except BlockingIOError:
            return frames


@contextmanager
def switch() -> Iterator[Switch]:
    """Have a switch for as long as the context is open."""
    made = Switch()
    try:
        yield made
    finally:
        made.close()


async def connected(namespace: str, address: str, port: int) -> trio.SocketStream:
    """Connect from a namespace."""
    plain = within(namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    stream = trio.socket.from_stdlib_socket(plain)
    await stream.connect((address, port))
    return trio.SocketStream(stream)
