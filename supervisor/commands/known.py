"""The peers that a user may mean: those that are trusted, those with a link or the wish for one, and those seen."""

from airhail.supervisor.commands.documents import ConnectionState, DiscoveryState, understand
from airhail.supervisor.commands.output import Progress
from airhail.supervisor.commands.reach import CONNECTION, DISCOVERY, look
from airhail.supervisor.commands.resolve import ADDRESS, Known, called, resolve
from airhail.supervisor.commands.search import SEARCH_FOR, lent, search
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus


async def linked_peers() -> list[Known]:
    """Return the peers with a link or the wish for one."""
    return linked_in(understand(await look(CONNECTION), ConnectionState))


def linked_in(state: ConnectionState) -> list[Known]:
    """Return the peers with a link or the wish for one, of a document."""
    return [Known(link.peer, link.name) for link in state.links.values()]


async def find_linked(meant: str) -> Known:
    """Return the peer with this address or name: one with a link, or else one that was seen. Nobody is searched for.

    Trust has no say: a link stands under the address that it was wanted with. CommandError as of `find_known`.
    """
    linked = await linked_peers()
    if ADDRESS.fullmatch(meant) or called(meant, linked):
        return resolve(meant, linked)
    return resolve(meant, [*linked, *seen_peers(understand(await look(DISCOVERY), DiscoveryState))])


async def find_known(meant: str, progress: Progress) -> Known:
    """Return the peer with this address, trust id or name; searches when nobody known has the name.

    A trusted peer comes before others with its name, which anybody can take, and need not be seen: it is called.
    CommandError when there is none, or several.
    """
    state = understand(await look(CONNECTION), ConnectionState)
    linked = linked_in(state)
    if meant in state.trusted and state.trusted[meant].addresses:
        return Known(state.trusted[meant].addresses[0], state.trusted[meant].name)
    trusted = [Known(one.addresses[0], one.name) for one in state.trusted.values() if one.addresses]
    if called(meant, trusted) and not ADDRESS.fullmatch(meant):
        return resolve(meant, trusted)
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
        if lent(found) and not called(meant, seen):
            raise CommandError(
                ExitStatus.NO_SUCH_PEER,
                f"no peer is called {meant!r}: nobody can be searched for while the radio is busy with a link; name "
                "the peer by its address, or try again when that is over",
            )
    return resolve(meant, [*linked, *seen])


def seen_peers(state: DiscoveryState) -> list[Known]:
    """Return the peers that discovery knows."""
    return [Known(peer.address, peer.name) for peer in state.peers.values()]
