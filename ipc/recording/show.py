"""Tell a replay: to people in lines, to programs as one JSON object a step."""

from collections.abc import Iterator
from typing import Any

from airhail.ipc.recording.lines import Begin, Recording
from airhail.ipc.recording.replay import Replayed, outcome_of, words

LONGEST = 200
"""Characters of one value in a line for people; `--json` has all of it."""


def heading(recording: Recording) -> str:
    """Say whose recording it is."""
    header = recording.header
    return f"{header.actor}, recorded by airhail {header.airhail}" + (", in disguise" if header.hashed else "")


def beginning(line: Begin) -> str:
    """Say where the recording begins or goes on."""
    lost = f"; {line.lost} steps are missing here" if line.lost else ""
    return f"life {line.instance or 'of one process'}, after {line.after} steps{lost}"


def ending(recording: Recording) -> str:
    """Say why there is no more."""
    return "the recording was cut off here" if recording.end is None else f"the end: {recording.end.reason}"


def step_lines(one: Replayed) -> Iterator[str]:
    """Return a step in lines: what it took, what that changed, and what was decided."""
    yield f"{one.number} +{one.elapsed:.3f} s {short(words(one.recorded.event))}"
    for change in one.changes:
        yield f"    {change.path}: {short(words(change.before))} => {short(words(change.after))}"
    yield f"  -> {one.outcome}"
    if one.difference:
        yield f"  !! recorded was: {outcome_of(one.recorded)}"


def step_document(one: Replayed) -> dict[str, Any]:
    """Return a step as one map."""
    return {
        "step": one.number,
        "now": one.recorded.now,
        "event": one.recorded.event,
        "effects": one.effects,
        "raised": one.raised,
        "changes": [{"path": each.path, "before": each.before, "after": each.after} for each in one.changes],
        "difference": one.difference,
    }


def short(text: str) -> str:
    """Return as much of a text as a line has room for."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
