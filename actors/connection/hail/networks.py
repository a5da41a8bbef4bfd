"""The IPv4 network of a pair: /30s that nobody else uses, of which both ends choose one.

The two addresses need not wait for roles or DHCP. Which networks a pair may use follows from both ends, so that
two pairs in one room rarely meet; whether one is free, each end sees from its own routes.
"""

import functools
import hashlib
import ipaddress
from collections.abc import Iterable

from airhail.actors.connection.links.addresses import NETWORKS, Pair, pair
from airhail.actors.connection.links.addresses import PREFIX as LINK_PREFIX

PREFIX = 30
# How many are looked at. Each is free but for a route into 10.128.0.0/9, of which a host has a few at most; one with
# a route to all of it (a VPN) has none free, however many there are.
CANDIDATES = 8


def candidates(own: str, peer: str, addresses: tuple[str, str] | None = None) -> list[str]:
    """Name the networks that the hosts of two trust ids may use, the same at both ends, the best first.

    With the two P2P device *addresses* the first is that of `connection.addresses`, which hosts use that could not
    agree beforehand.
    """
    first = [network_around(pair(*addresses).own)] if addresses else []
    ends = " ".join(sorted((own, peer)))
    return [*first, *(_derived(f"{ends} {number}") for number in range(CANDIDATES - len(first)))]


def free(networks: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return those of *networks* beside which *taken*, this host's routes (address/length), leave room on a link.

    A link's interface takes the larger network around the addresses, for the owner's DHCP range.
    """
    routes = [ipaddress.ip_network(route, strict=False) for route in taken]
    return [one for one in networks if not any(_on_link(one).overlaps(route) for route in routes)]


# A pair has eight, which are looked at whenever a message is made or read.
@functools.lru_cache(maxsize=256)
def usable(network: str) -> bool:
    """Tell whether *network*, which the other end names, is one that a pair may use at all."""
    try:
        return _network(network).subnet_of(NETWORKS)  # type: ignore[arg-type]
    except ValueError:
        return False


def ends(network: str, own: str, peer: str) -> Pair:
    """Return both ends' addresses in *network* by their P2P device addresses; empty ones when there is no network."""
    if not network:
        return Pair("", "")
    hosts = [str(host) for host in _network(network).hosts()]
    lower_first = hosts if own < peer else hosts[::-1]
    return Pair(own=lower_first[0], peer=lower_first[1])


def network_around(address: str) -> str:
    """Return the base address of the /30 that *address* is in."""
    return str(ipaddress.ip_network(f"{address}/{PREFIX}", strict=False).network_address)


def _network(base: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(f"{base}/{PREFIX}")


def _on_link(base: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(f"{base}/{LINK_PREFIX}", strict=False)


def _derived(seed: str) -> str:
    digest = hashlib.blake2s(seed.encode(), digest_size=4).digest()
    number = int.from_bytes(digest, "big") % 2 ** (PREFIX - NETWORKS.prefixlen)
    return str(NETWORKS.network_address + (number << (32 - PREFIX)))
