"""Measure how often each rung gets two hosts out of each stuck state."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from tests.lab.outside.boot import Assets
from tests.lab.outside.result import Outcome
from tests.lab.outside.runs import Batch, Play, play

MODULE = "tests.lab.guest.rungs"
# The gentlest timing that is known: the second end this long after the first.
GAP_S = 2.0
# How many trials share a boot: a trial takes as long as a boot, and a boot has a limit (runs.py).
TRIALS = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be measured."""

    states: Sequence[str]
    rungs: Sequence[str]
    seeds: range
    """A trial of each rung in each state for each."""
    gap_s: float

    def plays(self) -> list[Play]:
        """Return the boots that answer it: one holds a few trials, between which all daemons start anew."""
        return [
            Play(seed, self.again(state, some, seed), {"state": state, "rungs": list(some), "gap_s": self.gap_s})
            for seed in self.seeds
            for state in self.states
            for some in (self.rungs[start : start + TRIALS] for start in range(0, len(self.rungs), TRIALS))
        ]

    def again(self, state: str, rungs: Sequence[str], seed: int) -> str:
        """Return the command that plays one boot again."""
        chosen = " ".join(f"--rung {rung}" for rung in rungs)
        return f"scripts/lab rungs --state {state} {chosen} --gap {self.gap_s:g} --runs 1 --seed {seed}"


def measure(question: Question, release: str, assets: Assets, keep: bool, out: TextIO) -> list[dict[str, Any]]:
    """Play every trial; return the cells of the table, by state and rung."""
    plays = question.plays()
    outcomes = play(Batch("rungs", MODULE, plays, release, keep=keep), assets, out)
    return [
        cell(state, rung, trials_of(plays, outcomes, state, rung))
        for state in question.states
        for rung in question.rungs
    ]


def trials_of(plays: Sequence[Play], outcomes: Sequence[Outcome], state: str, rung: str) -> list[dict[str, Any]]:
    """Return the trials of one cell, in the order of their seeds."""
    return [
        {**trial, "seed": asked.seed}
        for asked, outcome in zip(plays, outcomes, strict=True)
        if asked.parameters["state"] == state
        for trial in outcome.facts.get("trials", ())
        if trial["rung"] == rung
    ]


def cell(state: str, rung: str, trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what the trials of one rung in one state come to; seconds are virtual, of those that linked.

    `failed` has the seeds of those that did not.
    """
    seconds = [trial["seconds"] for trial in trials if trial["linked"]]
    return {
        "state": state,
        "rung": rung,
        "n": len(trials),
        "linked": len(seconds),
        "failed": [trial["seed"] for trial in trials if not trial["linked"]],
        "median_s": round(statistics.median(seconds), 1) if seconds else None,
        "max_s": round(max(seconds), 1) if seconds else None,
        "marks_before": sum(trial["before"]["marks"] for trial in trials),
        "marks_after": sum(trial["after"]["marks"] for trial in trials),
        "groups_before": sum(trial["before"]["groups"] for trial in trials),
        "groups_after": sum(trial["after"]["groups"] for trial in trials),
        "disturbed": sorted({word for trial in trials for word in trial["disturbed"]}),
    }


def show_table(cells: Sequence[dict[str, Any]], out: TextIO) -> None:
    """Print the cells as a table in Markdown."""
    print("| state | rung | linked | median, max s | marks | groups | disturbs |", file=out)
    print("|---|---|---|---|---|---|---|", file=out)
    for row in cells:
        took = "" if row["median_s"] is None else f"{row['median_s']}, {row['max_s']}"
        marks = f"{row['marks_before']} to {row['marks_after']}"
        groups = f"{row['groups_before']} to {row['groups_after']}"
        words = (row["state"], row["rung"], f"{row['linked']}/{row['n']}", took, marks, groups)
        print(f"| {' | '.join(words)} | {', '.join(row['disturbed']) or '-'} |", file=out)
