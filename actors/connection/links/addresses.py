"""The fixed IPv4 addresses of a pair of hosts, which both ends know without a word.

NetworkManager's own way needs DHCP, and the client's first request comes before the owner's server runs and then
backs off for four seconds. Two airhail hosts need not wait: each gives itself an address that follows from the
two P2P device addresses, beside what the automatic method brings, which stays for peers that are no airhail.
"""

import hashlib
import ipaddress
import sys
from collections.abc import Iterable
from dataclasses import dataclass

# Private addresses (RFC 1918), from the half of 10/8 that neither NetworkManager's shared networks (10.42.x) nor
# most home and office networks use; 32,768 networks of 256, of which a pair takes one.
NETWORKS = ipaddress.ip_network("10.128.0.0/9")
# Room for the owner's DHCP range beside the two fixed addresses.
PREFIX = 24


@dataclass(frozen=True, slots=True)
class Pair:
    """The fixed addresses of this host and of its peer, without the prefix."""

    own: str
    peer: str


def pair(own: str, peer: str) -> Pair:
    """Derive both ends' fixed addresses from their P2P device addresses; each end derives the same two."""
    ends = sorted((own, peer))
    digest = hashlib.blake2s(" ".join(ends).encode(), digest_size=4).digest()
    number = int.from_bytes(digest, "big") % 2 ** (PREFIX - NETWORKS.prefixlen)
    network = NETWORKS.network_address + (number << (32 - PREFIX))
    return Pair(own=str(network + 1 + ends.index(own)), peer=str(network + 1 + ends.index(peer)))


def taken(own: str, routes: str) -> bool:
    """Tell whether the text of /proc/net/route (proc_net(5)) already leads somewhere into the pair's network."""
    network = ipaddress.ip_network(f"{own}/{PREFIX}", strict=False)
    return any(ipaddress.ip_network(one).overlaps(network) for one in destinations(routes))


def destinations(routes: str) -> tuple[str, ...]:
    """Read where the text of /proc/net/route (proc_net(5)) leads: address/length of each route.

    A default route leads everywhere and counts for nothing.
    """
    found = []
    for line in routes.splitlines()[1:]:
        _, destination, *_, mask = line.split()[:8]
        # Both are in the byte order of the machine, which for the kernel's own integers is what they were.
        address, length = (int.from_bytes(bytes.fromhex(word), sys.byteorder) for word in (destination, mask))
        if length:
            found.append(str(ipaddress.ip_network((address, length.bit_count()))))
    return tuple(found)


def first_hosts(addresses: Iterable[str]) -> list[str]:
    """Name the first address of each IPv4 network of *addresses*, which is where a group's owner usually is."""
    interfaces = (ipaddress.ip_interface(address) for address in addresses if ":" not in address)
    firsts = ((interface.network.network_address + 1, interface.ip) for interface in interfaces)
    return [str(first) for first, own in firsts if first != own]


def leased(addresses: Iterable[str]) -> bool:
    """Tell whether somebody gave this host one of *addresses*.

    Nobody did when each is IPv6, a pair's fixed one, or the first of its network, which a group's owner gives itself.
    """
    interfaces = [ipaddress.ip_interface(address) for address in addresses if ":" not in address]
    own = (interface.network.network_address + 1 for interface in interfaces)
    return any(one.ip != first and not _is_fixed(one.ip) for one, first in zip(interfaces, own, strict=True))


def _is_fixed(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # The networks of all pairs, agreed on or not, begin where one of PREFIX does.
    return address in NETWORKS and int(address) % 2 ** (32 - PREFIX) in (1, 2)
