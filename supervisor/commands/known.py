"""The peers that a user may mean: those that were seen, and those with a link or the wish for one."""

from airhail.supervisor.commands.documents import ConnectionState, DiscoveryState, understand
from airhail.supervisor.commands.output import Progress
from airhail.supervisor.commands.reach import CONNECTION, DISCOVERY, look
from airhail.supervisor.commands.resolve import ADDRESS, Known, called, resolve
from airhail.supervisor.commands.search import SEARCH_FOR, search
from airhail.supervisor.errors import CommandError


async def find_known(meant: str, progress: Progress) -> Known:
    """Return the peer with this address or name; searches when nobody known has the name.

    CommandError when there is none, or several.
    """
    linked = await linked_peers()
    if ADDRESS.fullmatch(meant):
        try:
            seen = seen_peers(understand(await look(DISCOVERY), DiscoveryState))
        except CommandError:
            # An address needs nobody's confirmation; without discovery it only lacks its name.
            seen = []
        return resolve(meant, [*linked, *seen])
    seen = seen_peers(understand(await look(DISCOVERY), DiscoveryState))
    if not called(meant, [*linked, *seen]):
        found = await search(SEARCH_FOR, progress, lambda state: bool(called(meant, seen_peers(state))))
        seen = seen_peers(found)
    return resolve(meant, [*linked, *seen])


async def linked_peers() -> list[Known]:
    """Return the peers with a link or the wish for one."""
    state = understand(await look(CONNECTION), ConnectionState)
    return [Known(link.peer, link.name) for link in state.links.values()]


def seen_peers(state: DiscoveryState) -> list[Known]:
    """Return the peers that discovery knows."""
    return [Known(peer.address, peer.name) for peer in state.peers.values()]
