"""The trusted peers: what is known of each, and how that may change; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec

from airhail.actors.connection.hail.events import Policy
from airhail.actors.connection.trust.envelope import MAX_COUNTER
from airhail.actors.connection.trust.identity import trust_id
from airhail.actors.names import Address, Key

# People trust the devices of a household or an office; 64 of them are 32 KiB of file, and few tokens to compare with.
MAX_PEERS = 64
# NetworkManager gives a device that is managed anew another P2P address: the last few still name the peer.
MAX_ADDRESSES = 4
MAX_NAME = 64

Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
Counter = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNTER)]


class Peer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One trusted peer; `addresses` are its P2P device addresses, the newest first."""

    key: Key
    # From the introduction: no two of them leave the same, so what was sealed before a later one opens no more.
    salt: Key
    since: float
    name: Name = ""
    addresses: Annotated[tuple[Address, ...], msgspec.Meta(max_length=MAX_ADDRESSES)] = ()
    bluetooth: Address | None = None
    policy: Policy = Policy.ASK
    # No counter up to `sealed` is used again; nothing up to `opened` is opened again.
    sealed: Counter = 0
    opened: Counter = 0

    @property
    def id(self) -> str:
        """The trust id."""
        return trust_id(bytes.fromhex(self.key))


Peers = Mapping[str, Peer]
"""The trusted peers by trust id."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a peer cannot be trusted as it presents itself: it would take the place of `known`."""

    known: Peer


def admit(peers: Peers, new: Peer) -> Peers | Conflict:
    """Return the peers with *new* among them, in place of itself if it was introduced before.

    Nobody takes another's place: an address by which a peer is known stays with its key until the peer is forgotten.
    """
    for known in peers.values():
        same_address = set(known.addresses) & set(new.addresses) or known.bluetooth in ({new.bluetooth} - {None})
        if known.key != new.key and (same_address or known.id == new.id):
            return Conflict(known)
    if (before := peers.get(new.id)) is not None:
        new = msgspec.structs.replace(
            new,
            policy=before.policy,
            addresses=_newest(new.addresses, before.addresses),
            bluetooth=new.bluetooth or before.bluetooth,
        )
    return {**peers, new.id: new}


def learn(peers: Peers, peer: str, *, name: str = "", address: str = "") -> Peers:
    """Return the peers with what one of them said of itself in a message that only it can have sealed.

    An address that is another peer's is not believed.
    """
    known = peers[peer]
    if address and not any(address in other.addresses for other in peers.values() if other.id != peer):
        known = msgspec.structs.replace(known, addresses=_newest((address,), known.addresses))
    if name:
        known = msgspec.structs.replace(known, name=name[:MAX_NAME])
    return {**peers, peer: known}


def find(peers: Peers, address: str) -> Peer | None:
    """Return who is known by a P2P device address."""
    return next((peer for peer in peers.values() if address in peer.addresses), None)


def _newest(*addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return each address once, in this order, as many as are kept."""
    return tuple(dict.fromkeys(address for some in addresses for address in some))[:MAX_ADDRESSES]
