"""`airhail incoming`: who calls this host and waits for its user's word."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import trio

from airhail.supervisor.commands.documents import ConnectionState, Incoming, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, CONNECTION, look, reach, watch
from airhail.supervisor.commands.resolve import ADDRESS, fold, plain
from airhail.supervisor.commands.text import age
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "show who calls this host and waits for an answer"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--watch", action="store_true", help="tell of each call as it comes and goes, until Ctrl-C")


def run(arguments: Namespace) -> ExitStatus:
    """Show the calls."""
    return run_async(follow if arguments.watch else show, arguments.json)


async def show(as_json: bool) -> ExitStatus:
    """List the calls that wait."""
    calls = understand(await look(CONNECTION), ConnectionState).incoming
    if as_json:
        document({"incoming": msgspec.to_builtins(calls)})
    else:
        now = trio.current_time()
        lines([line for call in calls for line in call_lines(call, now)] or ["nobody calls"])
    return ExitStatus.DONE


async def follow(as_json: bool) -> ExitStatus:
    """Tell of each call as it comes, and as it is over."""
    shown: dict[str, Incoming] | None = None

    def on_state(published: dict[str, Any]) -> bool:
        nonlocal shown
        calls = {call.peer: call for call in understand(published, ConnectionState).incoming}
        if as_json:
            if shown is None or calls.keys() != shown.keys():
                document({"incoming": msgspec.to_builtins(list(calls.values()))})
        else:
            now, before = trio.current_time(), shown or {}
            lines([line for peer, call in calls.items() if peer not in before for line in call_lines(call, now)])
            lines([f"{call} calls no more" for peer, call in before.items() if peer not in calls])
        shown = calls
        return False

    await watch(CONNECTION, on_state)
    return ExitStatus.DONE


def call_lines(call: Incoming, now: float) -> Iterator[str]:
    """Describe a call, and how to answer it."""
    yield f"{call} calls; it waits for {age(max(0.0, call.until - now))} more"
    yield f"  `airhail accept {call.peer}` or `airhail refuse {call.peer}`"


async def answer(method: str, meant: str | None, done: str, as_json: bool) -> ExitStatus:
    """Give the user's word on a call: on the only one, or on that of whom the user means."""
    calls = understand(await look(CONNECTION), ConnectionState).incoming
    fitting = meant_by(meant, calls)
    if len(fitting) != 1:
        who = ", ".join(str(call) for call in calls) or "nobody"
        wanted = "say whose call you mean" if len(fitting) > 1 else f"no call is {meant!r}'s" if meant else "no call"
        raise CommandError(ExitStatus.NO_SUCH_PEER, f"{wanted}: {who} calls now")
    call = fitting[0]
    async with reach(CONNECTION) as client:
        await client.call(method, {"peer": call.peer}, within=ANSWER_WITHIN)
    if as_json:
        document({"answer": method, **msgspec.to_builtins(call)})
    else:
        lines([f"{call}: {done}"])
    return ExitStatus.DONE


def meant_by(meant: str | None, calls: Sequence[Incoming]) -> list[Incoming]:
    """Return the calls of whom the user means, by address, trust id or name; all when nobody is named."""
    if meant is None:
        return list(calls)
    # A caller chooses its own name, and could call itself by what is another's.
    if ADDRESS.fullmatch(meant):
        return [call for call in calls if call.address == plain(meant)]
    by_id = [call for call in calls if call.peer == meant.lower()]
    return by_id or [call for call in calls if call.name and fold(call.name) == fold(meant)]
