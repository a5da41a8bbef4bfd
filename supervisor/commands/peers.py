"""`airhail peers`: who is near."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

import trio

from airhail.supervisor.commands.arguments import duration
from airhail.supervisor.commands.documents import DiscoveryState, PeerState, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.reach import DISCOVERY, watch
from airhail.supervisor.commands.search import SEARCH_FOR, search, want_find
from airhail.supervisor.commands.status import problem_lines
from airhail.supervisor.commands.text import age, table
from airhail.supervisor.exit_status import ExitStatus

HELP = "search for peers and list them"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--watch", action="store_true", help="tell who comes and goes until Ctrl-C")
    parser.add_argument(
        "--for",
        dest="seconds",
        type=duration,
        default=SEARCH_FOR,
        metavar="SECONDS",
        help=f"search for at most this long while nobody is seen (default: {SEARCH_FOR:g})",
    )


def run(arguments: Namespace) -> ExitStatus:
    """Search and list."""
    if arguments.watch:
        return run_async(follow, arguments.json)
    return run_async(find, arguments.seconds, arguments.json)


async def find(seconds: float, as_json: bool) -> ExitStatus:
    """Search, then list who was seen; FAILED when this host cannot search."""
    state = await search(seconds, Progress(quiet=as_json))
    if as_json:
        document(listing(state))
    else:
        lines(peer_lines(state, seconds, trio.current_time()))
    return ExitStatus.DONE if state.problem is None else ExitStatus.FAILED


async def follow(as_json: bool) -> ExitStatus:
    """Tell who comes and goes."""
    shown: dict[str, PeerState] = {}
    trouble = ""

    def on_state(published: dict[str, Any]) -> bool:
        nonlocal shown, trouble
        state = understand(published, DiscoveryState)
        if as_json:
            document(listing(state))
            return False
        if state.problem is not None and state.problem.reason != trouble:
            lines(problem_lines("problem", state.problem))
        trouble = "" if state.problem is None else state.problem.reason
        present = {address: peer for address, peer in state.peers.items() if peer.present}
        lines(changes(shown, present))
        shown = present
        return False

    await watch(DISCOVERY, on_state, want_find)
    return ExitStatus.DONE


def changes(before: dict[str, PeerState], after: dict[str, PeerState]) -> Iterator[str]:
    """Describe who came, who changed name and who went."""
    for address, peer in after.items():
        if address not in before or before[address].name != peer.name:
            signal = "" if peer.signal is None else f", {peer.signal} dBm"
            yield f"near: {peer.name or 'without a name'}, {address}{signal}"
    for address, peer in before.items():
        if address not in after:
            yield f"gone: {peer.name or 'without a name'}, {address}"


def listing(state: DiscoveryState) -> dict[str, Any]:
    """Return the peers for a program: those that are near first."""
    shaped: dict[str, Any] = {"peers": [known(peer) for peer in ordered(state)]}
    if state.problem is not None:
        shaped["problem"] = {
            "reason": state.problem.reason,
            "sentence": state.problem.sentence,
            "advice": state.problem.advice,
        }
    return shaped


def known(peer: PeerState) -> dict[str, Any]:
    """Return what is known of a peer."""
    entries = {
        "address": peer.address,
        "name": peer.name or None,
        "manufacturer": peer.manufacturer or None,
        "signal": peer.signal,
        "present": peer.present,
        "last_seen": peer.last_seen,
    }
    return {key: value for key, value in entries.items() if value is not None}


def ordered(state: DiscoveryState) -> list[PeerState]:
    """Return the peers, those that are near first, then by name."""
    return sorted(state.peers.values(), key=lambda peer: (not peer.present, peer.name.casefold(), peer.address))


def peer_lines(state: DiscoveryState, seconds: float, now: float) -> Iterator[str]:
    """Describe the peers in a table, or say that there are none."""
    if state.problem is not None:
        yield from problem_lines("problem", state.problem)
    if state.find.state == "lent":
        yield "the radio is busy with a link: nobody is searched for until it ends"
    if state.peers:
        rows = [
            (
                peer.name,
                peer.address,
                "" if peer.signal is None else f"{peer.signal} dBm",
                peer.manufacturer,
                "now" if peer.present else f"{age(now - peer.last_seen)} ago",
            )
            for peer in ordered(state)
        ]
        yield from table(("NAME", "ADDRESS", "SIGNAL", "MANUFACTURER", "SEEN"), rows)
    elif state.problem is None:
        yield f"nobody was seen within {seconds:g} s: the other device must be searching too"
        yield "  run `airhail peers` there as well, or open its Wi-Fi Direct settings"
