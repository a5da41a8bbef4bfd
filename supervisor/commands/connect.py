"""`airhail connect`: want a link with a peer, and see it come up."""

from argparse import ArgumentParser, Namespace
from typing import Any

import trio

from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.arguments import LINKED_WITHIN, duration
from airhail.supervisor.commands.documents import ConnectionState, LinkState, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.known import find_known
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, CONNECTION, reach, watch
from airhail.supervisor.commands.resolve import Known
from airhail.supervisor.commands.search import PROGRESS_EVERY
from airhail.supervisor.commands.text import age
from airhail.supervisor.exit_status import ExitStatus

HELP = "want a link with a peer, from now on until it is withdrawn"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("peer", metavar="PEER", help="the peer's name or address")
    parser.add_argument(
        "--allow-wifi-drop",
        action="store_true",
        help="for this link, this host's own Wi-Fi may be taken away for half a minute when nothing else helps",
    )
    add_wait(parser, "show how it goes until the link is up or has failed")


def add_wait(parser: ArgumentParser, help_: str) -> None:
    """Declare --wait."""
    parser.add_argument(
        "--wait",
        nargs="?",
        type=duration,
        const=LINKED_WITHIN,
        metavar="SECONDS",
        help=f"{help_}, at most SECONDS (default: {LINKED_WITHIN:g}); write it behind PEER",
    )


def run(arguments: Namespace) -> ExitStatus:
    """Want the link."""
    return run_async(want, arguments.peer, arguments.allow_wifi_drop, arguments.wait, arguments.json)


async def want(meant: str, allow_wifi_drop: bool, wait: float | None, as_json: bool) -> ExitStatus:
    """Record the intent, and wait for the link when asked to."""
    progress = Progress(quiet=as_json)
    peer = await find_known(meant, progress)
    asked_at = trio.current_time()
    async with reach(CONNECTION) as client:
        wish: dict[str, Any] = {"peer": peer.address, "allow_wifi_drop": allow_wifi_drop}
        await client.call("connect", {**wish, "name": peer.name} if peer.name else wish, within=ANSWER_WITHIN)
    if wait is None:
        report_wanted(peer, as_json)
        return ExitStatus.DONE
    try:
        link = await outcome(peer, wait, asked_at, progress)
    except KeyboardInterrupt:
        progress.keep(f"no longer waiting for {peer}; {stays(peer).strip()}")
        raise
    finally:
        progress.clear()
    return report(peer, link, wait, as_json)


async def outcome(peer: Known, wait: float, asked_at: float, progress: Progress) -> LinkState | None:
    """Return the link when it is up, or has failed for what a person must mend, or `wait` seconds are over."""
    last: LinkState | None = None

    def on_state(state: dict[str, Any]) -> bool:
        nonlocal last
        now = trio.current_time()
        last = understand(state, ConnectionState).link_to(peer.address)
        if last is None:
            return False
        if last.phase == "failed" and last.next_attempt is not None:
            progress.show(f"{peer}: {link_words.failure(last)}", link_words.again(last, now))
        else:
            progress.show(f"{peer}: {link_words.doing(last)}", age(now - last.since))
        # What failed before we asked says nothing about what we asked for.
        over = last.phase == "failed" and last.needs_person and last.since >= asked_at
        return last.phase == "up" or over

    with trio.move_on_after(wait):
        await watch(CONNECTION, on_state, every=PROGRESS_EVERY)
    return last


def report_wanted(peer: Known, as_json: bool) -> None:
    """Say that the intent is recorded."""
    if as_json:
        document({"peer": peer.address, "wanted": True, **({"name": peer.name} if peer.name else {})})
    else:
        lines(
            [
                f"a link with {peer} is wanted from now on; `airhail status` shows how far it is",
                stays(peer),
            ]
        )


def report(peer: Known, link: LinkState | None, wait: float, as_json: bool) -> ExitStatus:
    """Say how it ended, and that the intent stays."""
    up = link is not None and link.phase == "up"
    if as_json:
        document({"peer": peer.address, "wanted": True, **shaped(link)})
    elif link is not None and up:
        lines([f"linked with {peer}: {link_words.place(link)}", stays(peer)])
    elif link is not None and link.phase == "failed":
        again = link_words.again(link, trio.current_time())
        lines([f"no link with {peer}: {link_words.failure(link)}", stays(peer) + (f"; {again}" if again else "")])
    else:
        stands = "nothing was begun" if link is None else link_words.doing(link)
        lines([f"no link with {peer} within {wait:g} s: {stands}; airhail goes on trying", stays(peer)])
    return ExitStatus.DONE if up else ExitStatus.FAILED


def shaped(link: LinkState | None) -> dict[str, Any]:
    """Return a link for a program; what is unknown is absent."""
    if link is None:
        return {}
    entries = {
        "phase": link.phase,
        "name": link.name,
        "interface": link.interface,
        "role": link.role,
        "addresses": link.addresses,
        "peer_address": link.peer_address,
        "reason": link.reason,
        "sentence": link.sentence,
        "advice": link.advice,
    }
    return {key: value for key, value in entries.items() if value}


def stays(peer: Known) -> str:
    """Say how the intent is withdrawn."""
    return f"  the wish stays until `airhail disconnect {peer.address}`"
