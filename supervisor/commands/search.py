"""Search for peers, with the engine's find wanted for as long as the search takes."""

import math
from collections.abc import Callable
from typing import Any

import trio

from airhail.ipc.client import Client
from airhail.supervisor.commands.documents import DiscoveryState, understand
from airhail.supervisor.commands.output import Progress
from airhail.supervisor.commands.reach import ANSWER_WITHIN, DISCOVERY, watch
from airhail.supervisor.commands.text import age
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

SETTLED_AFTER = 10.0
"""Seconds of find after which those who are near have been seen, once anybody has: a peer listens on a social channel
every few seconds (Wi-Fi P2P specification, 3.1.2.1.1), and a find visits all three again and again."""

SEARCH_FOR = 30.0
"""Seconds of a search unless told otherwise. Both ends begin with a full scan, in which neither hears the other: in
the lab the first sighting takes 11 to 18 s."""

OTHERS_WITHIN = 3.0
"""Seconds a search goes on after a peer was seen first: its neighbours are heard in the same rounds."""

PROGRESS_EVERY = 0.5
"""Seconds between two looks at the clock while nothing else happens."""


async def want_find(client: Client) -> None:
    """Have discovery find peers for as long as the connection lasts."""
    await client.call("want_find", within=ANSWER_WITHIN)


async def search(
    seconds: float, progress: Progress, enough: Callable[[DiscoveryState], bool] | None = None
) -> DiscoveryState:
    """Search until `enough`, by default until peers were seen, but at most `seconds`; return the last document.

    Ends at once when a problem on this host or a link makes it pointless, and by default when a find has settled
    already.
    """
    begun = trio.current_time()
    last: DiscoveryState | None = None
    first_seen = math.inf

    def on_state(state: dict[str, Any]) -> bool:
        nonlocal last, first_seen
        now = trio.current_time()
        last = understand(state, DiscoveryState)
        if near(last):
            first_seen = min(first_seen, now)
        # Whoever else is near, the one who is meant may come yet.
        over = enough(last) if enough else now >= first_seen + OTHERS_WITHIN or settled(last, now)
        if over or last.problem is not None or lent(last):
            return True
        progress.show(f"searching: {len(near(last))} seen", age(now - begun))
        return False

    with trio.move_on_after(seconds):
        await watch(DISCOVERY, on_state, want_find, every=PROGRESS_EVERY)
    progress.clear()
    if last is None:
        raise CommandError(
            ExitStatus.FAILED, f"discovery told nothing within {seconds:g} s; `airhail status` shows it"
        )
    return last


def near(state: DiscoveryState) -> list[str]:
    """Return the addresses of the peers that are here now."""
    return [address for address, peer in state.peers.items() if peer.present]


def settled(state: DiscoveryState, now: float) -> bool:
    """Tell whether a find has run for long enough to have seen everyone."""
    return state.find.state == "running" and now - state.find.since >= SETTLED_AFTER and bool(near(state))


def lent(state: DiscoveryState) -> bool:
    """Tell whether no find can run because of a link."""
    return state.find.state == "lent"
