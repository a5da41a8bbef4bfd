"""Whose probes are whose: each pair's key, and what becomes of a datagram that came on its link."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from airhail.actors.liveness.wire import KEYED, Probe, decode, encode, made_by_peer


class Silence(enum.StrEnum):
    """Why what came was passed over."""

    GARBLED = "garbled"
    """No probe of this version."""
    UNSEALED = "unsealed"
    """Without a mac, on the link of a pair that has a key."""
    FORGED = "forged"
    """Not made by the peer, or by nobody whom this host could tell."""


@dataclass(frozen=True, slots=True)
class PairKey:
    """What a pair has for its probes: a key, and whether this host is the lower end; `id` is the peer's trust id."""

    id: str
    key: bytes = field(repr=False)
    lower: bool


class Keyring:
    """The keys of the trusted peers, by their P2P device addresses."""

    def __init__(self) -> None:
        self._keys: Mapping[str, PairKey] = {}

    def know(self, keys: Iterable[tuple[str, PairKey]]) -> None:
        """Have these keys from now on, and no others."""
        self._keys = dict(keys)

    @property
    def peers(self) -> frozenset[str]:
        """The peers that have a key."""
        return frozenset(self._keys)

    def peers_with(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the peers with these trust ids."""
        wanted = set(ids)
        return frozenset(peer for peer, one in self._keys.items() if one.id in wanted)

    def seal(self, peer: str, probe: Probe) -> bytes:
        """Pack a probe for a peer."""
        one = self._keys.get(peer)
        return encode(probe, one.key, lower=one.lower) if one else encode(probe, None, lower=False)

    def open(self, peer: str, datagram: bytes) -> Probe | Silence:
        """Return the probe in a datagram that came on the link to a peer, or why it is none of that peer's."""
        probe = decode(datagram)
        if probe is None:
            return Silence.GARBLED
        one = self._keys.get(peer)
        if one is None:
            return Silence.FORGED if probe.flags & KEYED else probe
        if not probe.flags & KEYED:
            return Silence.UNSEALED
        return probe if made_by_peer(one.key, datagram, lower=one.lower) else Silence.FORGED
