"""`airhail link`: one link in full, the radio and the round trips too."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

import trio

from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.documents import JudgedLink, LinkRadio, LinkState
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.judged import View, watch_link
from airhail.supervisor.commands.known import linked_peers
from airhail.supervisor.commands.output import Block, document
from airhail.supervisor.commands.resolve import Known, resolve
from airhail.supervisor.commands.text import age, milliseconds
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "show one link: addresses, radio, verdict, round trips and loss"

DRAW_EVERY = 1.0
"""Seconds between two looks while nothing else happens: the ages move on, and the time for a verdict runs out."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("peer", metavar="PEER", help="the peer's name or address")
    parser.add_argument("--watch", action="store_true", help="draw it live until Ctrl-C")


def run(arguments: Namespace) -> ExitStatus:
    """Show the link."""
    return run_async(show, arguments.peer, arguments.watch, arguments.json)


async def show(meant: str, live: bool, as_json: bool) -> ExitStatus:
    """Show the link once, or again whenever it changes."""
    peer = resolve(meant, await linked_peers())
    block = Block()
    told: Mapping[str, Any] | None = None

    def on_view(view: View) -> bool:
        nonlocal told
        if view.link is None and not live:
            raise CommandError(ExitStatus.NO_SUCH_PEER, f"there is no link with {peer}: `airhail connect {meant}`")
        if as_json:
            shown = shaped(peer, view)
            if shown != told:
                document(shown)
            told = shown
        else:
            block.show(list(link_lines(peer, view, trio.current_time())))
        return not live

    # Elsewhere the ages would be new lines; but for a program time alone changes `alive`, when no verdict comes.
    await watch_link(peer.address, on_view, every=DRAW_EVERY if as_json or sys.stdout.isatty() else float("inf"))
    return ExitStatus.DONE


def shaped(peer: Known, view: View) -> dict[str, Any]:
    """Return what both documents say, for a program; `liveness` is null where nobody judges."""
    link = dict(view.published or {"peer": peer.address, "wanted": False, "phase": "down"})
    return {**link, "alive": view.alive, "liveness": None if view.verdict is None else dict(view.verdict)}


def link_lines(peer: Known, view: View, now: float) -> Iterator[str]:
    """Describe a link for a person."""
    link = view.link
    if link is None:
        yield f"{peer}: no link"
        return
    yield f"{link_words.called(link)}: {link_words.doing(link)} for {age(now - link.since)}{again(link, now)}"
    if link.phase == "failed":
        yield f"  why         {link_words.failure(link)}"
    if view.up:
        rows = {
            "verdict": verdict_words(view.judged, watched=view.watched) + standing(view.judged, now),
            "there": link.peer_address,
            "here": " ".join(link.addresses),
            "interface": ", ".join(part for part in (link.interface, link.role) if part),
            "radio": radio_words(link.radio),
            **probe_words(view.judged),
        }
        for name, text in rows.items():
            if text:
                yield f"  {name:11} {text}"


def again(link: LinkState, now: float) -> str:
    """Return when it is tried again, as the end of a sentence."""
    soon = link_words.again(link, now)
    return f", {soon}" if soon else ""


def verdict_words(judged: JudgedLink | None, *, watched: bool) -> str:
    """Say what liveness thinks of the link, or that nobody judges it."""
    if judged is None or not judged.verdict:
        return "not yet known" if watched else "nobody judges: liveness does not run"
    return f"{judged.verdict} ({judged.finding})" if judged.finding else judged.verdict


def standing(judged: JudgedLink | None, now: float) -> str:
    """Say for how long it has thought so, and how it asks."""
    if judged is None or not judged.verdict:
        return ""
    return f" for {age(now - judged.since)}" + (f", {judged.mode}" if judged.mode else "")


def radio_words(radio: LinkRadio) -> str:
    """Say what the radio does for the link."""
    parts = []
    if radio.channel is not None:
        at = "" if radio.frequency is None else f" ({radio.frequency} MHz)"
        parts.append(f"channel {radio.channel}{at}")
    if radio.width is not None:
        parts.append(f"{radio.width} MHz wide")
    if radio.power_save is not None:
        parts.append(f"power save {'on' if radio.power_save else 'off'}")
    return ", ".join(parts)


def probe_words(judged: JudgedLink | None) -> dict[str, str]:
    """Say what the probes found; nothing until they found something."""
    words = {}
    if judged is not None and (rtt := judged.rtt) is not None:
        words["round trip"] = f"p50 {milliseconds(rtt.p50)}, p99 {milliseconds(rtt.p99)} ({rtt.samples} probes)"
    if judged is not None and judged.loss is not None:
        ways = (("to the peer", judged.loss.to_peer), ("from the peer", judged.loss.from_peer))
        words["loss"] = ", ".join(f"{share:.1%} {way}" for way, share in ways if share is not None)
    return words
