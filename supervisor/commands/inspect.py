"""`airhail inspect`: everything an actor tells of itself."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from airhail.ipc.inspection.documents import StatsDocument
from airhail.ipc.inspection.tasks import TaskTree, tree_lines
from airhail.ipc.patch import diff
from airhail.supervisor.commands.arguments import add_actor
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.feeds import clock, follow_log, follow_trace
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, reach, watch
from airhail.supervisor.commands.timings import stats_lines
from airhail.supervisor.exit_status import ExitStatus

HELP = "show what an actor knows, does, counts, logs and says"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_actor(parser)
    views = parser.add_mutually_exclusive_group()
    for name, (_, meaning) in VIEWS.items():
        views.add_argument(f"--{name}", dest="view", action="store_const", const=name, help=meaning)
    parser.set_defaults(view="state")


def run(arguments: Namespace) -> ExitStatus:
    """Show the actor."""
    view = show_state if arguments.view == "state" else VIEWS[arguments.view][0]
    return run_async(view, arguments.actor, arguments.json)


async def show_state(name: str, as_json: bool) -> ExitStatus:
    """Show an actor's state document."""
    put_state(await ask(name, "inspect"), as_json)
    return ExitStatus.DONE


async def watch_state(name: str, as_json: bool) -> ExitStatus:
    """Show an actor's state document, then what changes in it."""
    before: dict[str, Any] | None = None

    def on_state(state: dict[str, Any]) -> bool:
        nonlocal before
        patch = None if before is None else diff(before, state)
        before = state
        if patch is None:
            put_state({"state": state}, as_json)
        elif as_json:
            document({"patch": patch})
        else:
            lines(changes(patch, clock(time.time())))
        return False

    await watch(name, on_state)
    return ExitStatus.DONE


async def show_tasks(name: str, as_json: bool) -> ExitStatus:
    """Show the tree of an actor's tasks, each with where it waits and for how long."""
    answer = await ask(name, "tasks")
    if as_json:
        document(answer)
        return ExitStatus.DONE
    tree = msgspec.convert(answer, TaskTree)
    lines(tree_lines(tree.tasks))
    if tree.left_out:
        lines([f"and {tree.left_out} more tasks, for which the answer has no room"])
    return ExitStatus.DONE


async def show_stats(name: str, as_json: bool) -> ExitStatus:
    """Show what an actor counts and times."""
    answer = await ask(name, "stats")
    if as_json:
        document(answer)
    else:
        lines(stats_lines(msgspec.convert(answer, StatsDocument)))
    return ExitStatus.DONE


VIEWS = {
    "watch": (watch_state, "the state document, then each change of it"),
    "tasks": (show_tasks, "the tree of its tasks: where each one waits, and for how long"),
    "log": (follow_log, "its recent log, then each new line"),
    "trace": (follow_trace, "the recent messages in and out, then each new one"),
    "stats": (show_stats, "its counters, and how long calls, steps and waits took"),
}
"""Without any of these it is the state document as it is."""


async def ask(name: str, method: str) -> dict[str, Any]:
    """Return what an actor answers to one of the methods that every actor has."""
    async with reach(name) as client:
        return await client.call(method, within=ANSWER_WITHIN)


def put_state(answer: Mapping[str, Any], as_json: bool) -> None:
    """Print a whole state document."""
    if as_json:
        document(answer)
    else:
        lines(indented(answer["state"]))


def indented(value: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Return a document as lines, each level two spaces further in."""
    for key, entry in value.items():
        if isinstance(entry, Mapping) and entry:
            yield "  " * depth + f"{key}:"
            yield from indented(entry, depth + 1)
        else:
            yield "  " * depth + f"{key}: {plain(entry)}"


def changes(patch: Mapping[str, Any], at: str, path: str = "") -> Iterator[str]:
    """Return a merge patch as lines: what is new, or gone, and where."""
    for key, entry in patch.items():
        if isinstance(entry, Mapping) and entry:
            yield from changes(entry, at, f"{path}{key}.")
        else:
            yield f"{at} {path}{key}: " + ("(gone)" if entry is None else plain(entry))


def plain(entry: Any) -> str:
    """Return one entry in words."""
    if isinstance(entry, bool):
        return "yes" if entry else "no"
    if isinstance(entry, list):
        return ", ".join(map(plain, entry))
    return "none" if entry in ({}, None) else str(entry)
