"""What other actors tell `liveness`: the arguments of its methods, and what it reads in their state documents."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from airhail.actors.carrier import MAX_PEERS
from airhail.actors.liveness.events import Watched
from airhail.actors.names import Address, Key, TrustId


class Keyed(msgspec.Struct, frozen=True):
    """A peer with whom probes are authenticated: its P2P device address, its trust id, and what the pair has."""

    peer: Address
    id: TrustId
    key: Key
    lower: bool


class Know(msgspec.Struct, frozen=True):
    """The arguments of `know`: all the peers that have a key."""

    # A peer has had a few addresses.
    peers: Annotated[list[Keyed], msgspec.Meta(max_length=8 * MAX_PEERS)]


class SayGoodbye(msgspec.Struct, frozen=True):
    """The arguments of `say_goodbye`: whose link is about to be taken down."""

    peer: Address


class _Link(msgspec.Struct, frozen=True):
    phase: str
    interface: str = ""
    peer_address: str = ""


class _Connection(msgspec.Struct, frozen=True):
    links: dict[str, _Link] = {}


class _Near(msgspec.Struct, frozen=True):
    near: bool = False


class _Carrier(msgspec.Struct, frozen=True):
    peers: dict[str, _Near] = {}


def watched_in(document: dict[str, Any], before: Mapping[str, Watched]) -> dict[str, Watched]:
    """Return the links to be watched, by what connection publishes; *before* are those that were.

    One that is taken down goes on as it was, for a goodbye is said on it. Raises msgspec.ValidationError.
    """
    links = msgspec.convert(document, _Connection).links
    return {peer: one for peer, link in links.items() if (one := _watching(peer, link, before))}


def near_in(document: dict[str, Any]) -> frozenset[str]:
    """Return the trust ids of the peers that a carrier hears. Raises msgspec.ValidationError."""
    return frozenset(peer for peer, one in msgspec.convert(document, _Carrier).peers.items() if one.near)


def _watching(peer: str, link: _Link, before: Mapping[str, Watched]) -> Watched | None:
    if link.phase == "leaving":
        return before.get(peer)
    up = link.phase == "up" and link.interface
    return Watched(peer, link.interface, link.peer_address) if up else None
