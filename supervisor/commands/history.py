"""`airhail doctor --history`: what failed before, what was tried against it, and what cured it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from airhail.ipc.errors import CallError, ErrorName
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, CONNECTION, reach
from airhail.supervisor.commands.text import table
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

METHOD = "history"
CURED = "cured"
NO_END = frozenset({"begun", "asked", "refused"})
"""Outcomes that tell of no end of a rung: it began, it waited for the user's word, or it did not get it."""


class Entry(Struct, frozen=True):
    """One failure and what was done about it; without a rung nothing was, without a peer it was the host's own."""

    at: float
    peer: str = ""
    reason: str = ""
    symptoms: list[str] = field(default_factory=list)
    rung: str = ""
    outcome: str = ""


class History(Struct, frozen=True):
    """What the connection actor answers, the newest last."""

    history: list[Entry]


async def show_history(as_json: bool) -> ExitStatus:
    """Ask the connection actor, and show what it remembers."""
    answer = await ask()
    try:
        entries = msgspec.convert(answer, History).history
    except msgspec.ValidationError as error:
        sentence = f"what {CONNECTION} remembers cannot be read ({error}): restart airhail if it was just updated"
        raise CommandError(ExitStatus.FAILED, sentence) from error
    if as_json:
        document({**answer, "rungs": msgspec.to_builtins(tallies(entries))})
    else:
        lines(history_lines(entries))
    return ExitStatus.DONE


async def ask() -> dict[str, Any]:
    """Return the connection actor's answer."""
    try:
        async with reach(CONNECTION) as client:
            return await client.call(METHOD, within=ANSWER_WITHIN)
    except CommandError as error:
        cause = error.__cause__
        if isinstance(cause, CallError) and cause.name is ErrorName.UNKNOWN_METHOD:
            sentence = f"the {CONNECTION} that runs keeps no history: it is older than this command; restart airhail"
            raise CommandError(ExitStatus.FAILED, sentence) from error
        raise


def history_lines(entries: Sequence[Entry]) -> Iterator[str]:
    """Return the entries as a table, and below it which rung cured which symptom how often."""
    if not entries:
        yield "nothing has failed yet"
        return
    yield from table(("WHEN", "PEER", "REASON", "SYMPTOMS", "RUNG", "OUTCOME"), [row(entry) for entry in entries])
    if counted := tallies(entries):
        yield ""
        yield from table(
            ("SYMPTOM", "RUNG", "CURED", "TRIED"),
            [(one.symptom, one.rung, str(one.cured), str(one.tried)) for one in counted],
        )


def row(entry: Entry) -> tuple[str, ...]:
    """Return an entry's line of the table."""
    when = datetime.fromtimestamp(entry.at).strftime("%Y-%m-%d %H:%M:%S")
    return (when, entry.peer or "this host", entry.reason, ", ".join(entry.symptoms), entry.rung, entry.outcome)


class Tally(Struct, frozen=True):
    """How often a rung was tried against a symptom, and how often it was gone afterwards."""

    symptom: str
    rung: str
    cured: int
    tried: int


def tallies(entries: Sequence[Entry]) -> list[Tally]:
    """Count the rungs by symptom, the most tried first; what was begun counts when it ended."""
    tried: Counter[tuple[str, str]] = Counter()
    cured: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if not entry.rung or entry.outcome in NO_END:
            continue
        # A failure without a symptom that was read goes under its reason.
        for symptom in entry.symptoms or [entry.reason]:
            tried[symptom, entry.rung] += 1
            cured[symptom, entry.rung] += entry.outcome == CURED
    return [Tally(symptom, rung, cured[symptom, rung], count) for (symptom, rung), count in tried.most_common()]
