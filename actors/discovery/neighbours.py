"""The peer list: who is near, since when, and when each was last heard, on our own clock.

NetworkManager's own LastSeen is frozen at the first sight of a peer (nm-supplicant-interface.c:1032), so the
times here are ours: a peer is *seen* when it enters the list, when its entry changes, and when it sends us
something.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from airhail.actors.discovery.radio import Sighting

# wpa_supplicant forgets a peer 60 to 70 s after its last frame (p2p.c:49); people look longer for a name they
# just saw. Ten minutes of absent peers cost nothing and let `airhail connect NAME` still resolve.
REMEMBER_ABSENT_S = 600.0
# 100 devices in one room is wpa_supplicant's own ceiling (p2p_i.h, max_peers); a state document of
# 128 peers stays below half of the largest frame.
MAX_PEERS = 128


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A peer, present or remembered; times are monotonic seconds."""

    address: str
    first_seen: float
    last_seen: float
    present: bool = True
    path: str = ""
    name: str = ""
    manufacturer: str = ""
    signal: int | None = None


def see(known: Mapping[str, Neighbour], sightings: Iterable[Sighting], now: float) -> dict[str, Neighbour]:
    """Bring the list up to date with what NetworkManager lists now."""
    present = {sighting.address: sighting for sighting in sightings}
    updated = {}
    for address, sighting in present.items():
        updated[address] = _meet(known.get(address), sighting, now)
    for address, neighbour in known.items():
        if address not in present and now - neighbour.last_seen < REMEMBER_ABSENT_S:
            updated[address] = replace(neighbour, present=False, path="")
    if len(updated) > MAX_PEERS:
        newest = sorted(updated.values(), key=lambda one: (one.present, one.last_seen), reverse=True)
        updated = {neighbour.address: neighbour for neighbour in newest[:MAX_PEERS]}
    return updated


def hear(known: Mapping[str, Neighbour], address: str, now: float) -> dict[str, Neighbour]:
    """Note that a listed peer has just sent us something."""
    updated = dict(known)
    if address in updated:
        updated[address] = replace(updated[address], last_seen=now)
    return updated


def _meet(before: Neighbour | None, sighting: Sighting, now: float) -> Neighbour:
    if before is None:
        return Neighbour(
            address=sighting.address,
            first_seen=now,
            last_seen=now,
            path=sighting.path,
            name=sighting.name,
            manufacturer=sighting.manufacturer,
            signal=sighting.signal,
        )
    after = replace(
        before,
        present=True,
        path=sighting.path,
        # A peer may be listed before its name is known, and NetworkManager may list it again without.
        name=sighting.name or before.name,
        manufacturer=sighting.manufacturer or before.manufacturer,
        signal=sighting.signal if sighting.signal is not None else before.signal,
    )
    return after if after == before else replace(after, last_seen=now)
