"""`airhail wait`: end once a link carries packets."""

from argparse import ArgumentParser, Namespace

import trio

from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.arguments import LINKED_WITHIN, duration
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.judged import View, watch_link
from airhail.supervisor.commands.known import find_linked
from airhail.supervisor.commands.one_link import shaped, verdict_words
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.resolve import Known
from airhail.supervisor.commands.search import PROGRESS_EVERY
from airhail.supervisor.commands.text import age
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "wait until a link is alive"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("peer", metavar="PEER", help="the peer's name or address")
    add_limit(parser)


def add_limit(parser: ArgumentParser) -> None:
    """Declare --for."""
    parser.add_argument(
        "--for",
        dest="seconds",
        type=duration,
        default=LINKED_WITHIN,
        metavar="SECONDS",
        help=f"wait for at most this long (default: {LINKED_WITHIN:g})",
    )


def run(arguments: Namespace) -> ExitStatus:
    """Wait."""
    return run_async(wait, arguments.peer, arguments.seconds, arguments.json)


async def wait(meant: str, seconds: float, as_json: bool) -> ExitStatus:
    """Wait for the link, and show it."""
    peer, view = await until_alive(meant, seconds, Progress(quiet=as_json))
    if as_json:
        document(shaped(peer, view))
    elif view.link is not None:
        lines([f"linked with {peer}: {link_words.place(view.link)}"])
    return ExitStatus.DONE


async def until_alive(meant: str, seconds: float, progress: Progress) -> tuple[Known, View]:
    """Return the peer and its link once it is alive.

    CommandError when the peer is not known, and when that takes longer than `seconds`. Nobody is searched for: a
    search would disturb the links there are.
    """
    peer = await find_linked(meant)
    last = View()

    def on_view(view: View) -> bool:
        nonlocal last
        last = view
        if not view.alive:
            now = trio.current_time()
            since = "" if view.link is None else age(now - view.link.since)
            progress.show(f"{peer}: {stands(view)}", since)
        return view.alive

    try:
        with trio.move_on_after(seconds):
            await watch_link(peer.address, on_view, every=PROGRESS_EVERY)
    finally:
        progress.clear()
    if not last.alive:
        raise CommandError(ExitStatus.FAILED, f"no live link with {peer} within {seconds:g} s: {stands(last)}")
    return peer, last


def stands(view: View) -> str:
    """Say why the link is not alive yet."""
    if view.link is None or (view.link.phase == "down" and not view.link.wanted):
        return "it is not wanted; `airhail connect` wants it"
    if view.up:
        return f"up; verdict: {verdict_words(view.judged, watched=view.watched)}"
    return link_words.failure(view.link) if view.link.phase == "failed" else link_words.doing(view.link)
