"""`airhail inspect`: everything an actor tells of itself."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

import trio

from airhail.ipc.clock import MonotonicClock
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, reach, watch
from airhail.supervisor.exit_status import ExitStatus

HELP = "show an actor's state document and its counters as they are"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("actor", metavar="ACTOR", help="supervisor, discovery, connection")
    parser.add_argument("--watch", action="store_true", help="show the state document again whenever it changes")


def run(arguments: Namespace) -> ExitStatus:
    """Show the actor."""
    work = follow if arguments.watch else show
    return trio.run(work, arguments.actor, arguments.json, clock=MonotonicClock())


async def show(name: str, as_json: bool) -> ExitStatus:
    """Show an actor once."""
    async with reach(name) as client:
        put(await client.call("inspect", within=ANSWER_WITHIN), as_json)
    return ExitStatus.DONE


async def follow(name: str, as_json: bool) -> ExitStatus:
    """Show an actor's document whenever it changes."""

    def on_state(state: dict[str, Any]) -> bool:
        put(state, as_json)
        if not as_json:
            lines([""])
        return False

    await watch(name, on_state)
    return ExitStatus.DONE


def put(value: Mapping[str, Any], as_json: bool) -> None:
    """Show a document."""
    if as_json:
        document(value)
    else:
        lines(indented(value))


def indented(value: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Return a document as lines, each level two spaces further in."""
    for key, entry in value.items():
        if isinstance(entry, Mapping) and entry:
            yield "  " * depth + f"{key}:"
            yield from indented(entry, depth + 1)
        else:
            yield "  " * depth + f"{key}: {plain(entry)}"


def plain(entry: Any) -> str:
    """Return one entry in words."""
    if isinstance(entry, bool):
        return "yes" if entry else "no"
    if isinstance(entry, list):
        return ", ".join(map(plain, entry))
    return "none" if entry in ({}, None) else str(entry)
