"""`airhail disconnect`: no longer want a link with a peer, and take it down."""

from argparse import ArgumentParser, Namespace
from typing import Any

import trio

from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.connect import add_wait
from airhail.supervisor.commands.documents import ConnectionState, LinkState, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.known import linked_peers
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, CONNECTION, reach, watch
from airhail.supervisor.commands.resolve import Known, resolve
from airhail.supervisor.commands.search import PROGRESS_EVERY
from airhail.supervisor.commands.text import age
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "withdraw the wish for a link, and take the link down"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("peer", metavar="PEER", help="the peer's name or address")
    add_wait(parser, "wait until the link is down")


def run(arguments: Namespace) -> ExitStatus:
    """Withdraw the wish."""
    return run_async(withdraw, arguments.peer, arguments.wait, arguments.json)


async def withdraw(meant: str, wait: float | None, as_json: bool) -> ExitStatus:
    """Withdraw the intent, and wait for the end of the link when asked to."""
    peer = resolve(meant, await linked_peers())
    async with reach(CONNECTION) as client:
        await client.call("disconnect", {"peer": peer.address}, within=ANSWER_WITHIN)
    progress = Progress(quiet=as_json)
    try:
        left = None if wait is None else await remainder(peer, wait, progress)
    finally:
        progress.clear()
    if as_json:
        document({"peer": peer.address, "wanted": False, **({} if left is None else {"phase": left.phase})})
    elif left is not None:
        lines([f"the link with {peer} is still there after {wait:g} s: {link_words.doing(left)}"])
    else:
        lines([f"a link with {peer} is no longer wanted" if wait is None else f"no link with {peer} any more"])
    return ExitStatus.DONE if left is None else ExitStatus.FAILED


async def remainder(peer: Known, wait: float, progress: Progress) -> LinkState | None:
    """Return None once the link is down, or what is left of it after `wait` seconds."""
    last: LinkState | None = None

    def on_state(state: dict[str, Any]) -> bool:
        nonlocal last
        last = understand(state, ConnectionState).link_to(peer.address)
        if last is None or (last.phase == "down" and not last.wanted):
            return True
        progress.show(f"{peer}: {link_words.doing(last)}", age(trio.current_time() - last.since))
        return False

    with trio.move_on_after(wait):
        await watch(CONNECTION, on_state, every=PROGRESS_EVERY)
        return None
    if last is None:
        raise CommandError(ExitStatus.FAILED, f"connection told nothing within {wait:g} s; `airhail status` shows it")
    return last
