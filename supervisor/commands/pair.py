"""`airhail pair`: bond with a device over Bluetooth after both people have compared a number, and exchange keys.

The keys go over the bond, and the number has shown that nobody stands in between: one word at each end makes both.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import Any

import msgspec
import trio

from airhail.ipc.client import Client
from airhail.ipc.errors import CallError, ErrorName
from airhail.supervisor.commands.arguments import duration
from airhail.supervisor.commands.documents import PairingState, Problem, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.prompt import read_line, yes_or_no
from airhail.supervisor.commands.reach import ANSWER_WITHIN, BLE, CONNECTION, reach
from airhail.supervisor.commands.resolve import Known
from airhail.supervisor.commands.status import problem_lines
from airhail.supervisor.commands.trust import Introduced, exchange, trusted, trusted_line
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "bond with a device over Bluetooth, so that either can wake the other, and trust it"

WAIT_FOR = 120.0
"""Seconds for the two to find one another: as long as it takes to walk over and type the command there, too."""

LONGEST_WAIT = 300.0
"""What ble allows itself for that, at most."""

# The actor bounds every step itself; this only has to be longer than any (600 is the longest that a call may take).
STEP_WITHIN = 400.0

DOING = {
    "starting": "starting",
    "looking": "looking for the device: run `airhail pair` there",
    "waiting": "waiting for the other device: run `airhail pair NAME` there, with this host's name",
    "checking": "there is a bond already; looking whether the other device still has it",
    "calling": "connecting",
    "deciding": "waiting for the answer at the other device",
}
NOBODY_THERE = frozenset({"no-such-device", "several-devices"})


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "peer",
        metavar="PEER",
        nargs="?",
        default="",
        help="the device's Bluetooth name or address; without it, wait for whoever calls this host",
    )
    parser.add_argument("--again", action="store_true", help="forget the bond with PEER first, if there is one")
    parser.add_argument(
        "--wait",
        type=window,
        default=WAIT_FOR,
        metavar="SECONDS",
        help=f"give up when the two have not met after SECONDS (default: {WAIT_FOR:g}; at most {LONGEST_WAIT:g})",
    )


def window(text: str) -> float:
    """Return a time that ble waits, for argparse."""
    if (found := duration(text)) > LONGEST_WAIT:
        raise ArgumentTypeError(f"{text!r} is too long a time to wait: give at most {LONGEST_WAIT:g} seconds")
    return found


def run(arguments: Namespace) -> ExitStatus:
    """Bond, and trust."""
    if arguments.again and not arguments.peer:
        raise CommandError(ExitStatus.USAGE, "--again needs a PEER: whose bond is to be forgotten?")
    return run_async(pair, arguments.peer, arguments.again, arguments.wait, arguments.json)


async def pair(peer: str, again: bool, wait: float, as_json: bool) -> ExitStatus:
    """Ask for the bond, put its questions to the person, exchange keys over it, and say how it ended."""
    progress = Progress(quiet=as_json)
    try:
        async with reach(BLE) as client:
            await client.call("pair", {"peer": peer, "again": again, "seconds": wait}, within=ANSWER_WITHIN)
            state = await converse(client, progress, as_json)
    finally:
        progress.clear()
    if not as_json:
        lines(told(state))
    if not state.bonded:
        return ExitStatus.NO_SUCH_PEER if state.reason in NOBODY_THERE else ExitStatus.FAILED
    outcome = await introduce(state, as_json)
    if as_json:
        document({"step": "introduced", "trusted": outcome.peer is not None, **msgspec.to_builtins(outcome)})
    else:
        lines(introduced(outcome, state))
    return ExitStatus.FAILED if outcome.peer is None else ExitStatus.DONE


async def introduce(state: PairingState, as_json: bool) -> Introduced:
    """Exchange keys over the bond; over one that was there already, only if that was not done before."""
    async with reach(CONNECTION) as client:
        peers = (await trusted(client)).peers if state.already else []
        known = next((peer for peer in peers if peer.bluetooth == state.peer), None)
        return Introduced(peer=known) if known else await exchange(client, Known(state.peer, state.name), as_json)


def introduced(outcome: Introduced, state: PairingState) -> list[str]:
    """Say whether the two trust each other now."""
    if outcome.peer is not None:
        return [trusted_line(outcome.peer)]
    problem = outcome.problem or Problem("not-introduced")
    again = f"  once that is mended: `airhail trust {state.name or state.peer}`, here and there"
    return [*problem_lines("bonded, but not trusted", problem), again]


async def converse(client: Client, progress: Progress, as_json: bool) -> PairingState:
    """Follow the pairing to its end; what the person types is passed on."""
    try:
        async with trio.open_nursery() as nursery:
            state = await follow(client, nursery, progress, as_json)
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) != 1:
            raise
        raise group.exceptions[0] from group  # `reach` has a sentence for it
    return state


async def follow(client: Client, nursery: trio.Nursery, progress: Progress, as_json: bool) -> PairingState:
    """Show each step until it is over; questions are put in the background."""
    number = 0
    asked = trio.CancelScope()
    about: tuple[str, ...] = ()
    while True:
        step: dict[str, Any] = await client.call("pair_next", {"after": number}, within=STEP_WITHIN)
        number = step["number"]
        state = understand(step, PairingState)
        # The same question comes again when the other's name becomes known; its answer may be on its way.
        same = about == (about := (state.step, state.digits, state.peer))
        if not same:
            # Whatever was asked before is answered or void.
            asked.cancel()
        if as_json:
            document({key: value for key, value in step.items() if key not in ("number", "until")})
        if state.step == "over":
            return state
        if state.step in ("compare", "type"):
            if same:
                progress.keep(question(state))
                continue
            asked = trio.CancelScope()
            nursery.start_soon(ask, client, state, asked, progress)
        elif state.step == "show":
            progress.keep(f"type {state.digits} at {state.who}")
        else:
            progress.show(DOING.get(state.step, state.step))


async def ask(client: Client, state: PairingState, scope: trio.CancelScope, progress: Progress) -> None:
    """Put a question to the person until it is answered; no more input means no."""
    with scope:
        answer: dict[str, Any] | None = None
        while answer is None:
            progress.keep(question(state))
            line = await read_line()
            answer = {"yes": False} if line is None else understood(state.step, line.strip())
        try:
            await client.call("pair_answer", answer, within=ANSWER_WITHIN)
        except CallError as error:
            # It has become void in this moment; the next step says what is now.
            if error.name is not ErrorName.REFUSED:
                raise


def question(state: PairingState) -> str:
    """Return what the person is asked."""
    if state.step == "compare":
        return f"{state.digits}  Does {state.who} show the same number? [yes/no]"
    return f"Which number does {state.who} show? (six digits, or no)"


def understood(step: str, line: str) -> dict[str, Any] | None:
    """Return an answer, None when what was typed is none."""
    word = yes_or_no(line)
    if word is False or (word and step == "compare"):
        return {"yes": word}
    if step == "type" and len(line) == 6 and line.isascii() and line.isdigit():
        return {"yes": True, "typed": line}
    return None


def told(state: PairingState) -> list[str]:
    """Say how it ended."""
    if state.bonded and state.already:
        return [f"bonded with {state.who} already; nothing to do (--again makes a new bond)"]
    if state.bonded:
        return [f"bonded with {state.who}: either can wake the other from now on"]
    detail = f" ({state.detail})" if state.detail else ""
    return [f"no bond: {state.sentence}{detail}", f"  {state.advice}"]
