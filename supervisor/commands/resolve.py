"""Find the peer that a user means: by address, or by a name that fits exactly one."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

ADDRESS = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """A peer that this host has seen or wants."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.address})" if self.name else self.address


def resolve(meant: str, known: Iterable[Known]) -> Known:
    """Return the peer with this address or name, upper and lower case alike.

    An address is believed even when nobody has seen it. What looks like an address is one: a peer chooses its
    own name and could call itself by another's address. CommandError when the name is unknown or ambiguous.
    """
    peers = merged(known)
    if ADDRESS.fullmatch(meant):
        address = plain(meant)
        return peers.get(address, Known(address))
    fitting = called(meant, peers.values())
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        addresses = ", ".join(sorted(peer.address for peer in fitting))
        raise CommandError(
            ExitStatus.NO_SUCH_PEER,
            f"{len(fitting)} peers are called {meant!r}: name one by its address: {addresses}",
        )
    others = ", ".join(sorted(map(str, peers.values())))
    advice = f"known are {others}" if others else "nobody is known here; `airhail peers` searches"
    raise CommandError(ExitStatus.NO_SUCH_PEER, f"no peer is called {meant!r}: {advice}")


def plain(address: str) -> str:
    """Return an address as everybody here writes it."""
    return address.lower().replace("-", ":")


def merged(known: Iterable[Known]) -> dict[str, Known]:
    """Return each peer once, by address, with the last name it had."""
    peers: dict[str, Known] = {}
    for peer in known:
        if peer.name or peer.address not in peers:
            peers[peer.address] = peer
    return peers


def called(meant: str, known: Iterable[Known]) -> list[Known]:
    """Return the peers with this name."""
    return [peer for peer in known if peer.name and fold(peer.name) == fold(meant)]


def fold(name: str) -> str:
    """Return what two names that a person takes for the same have in common."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
