"""What a batch of runs comes to: the JSON object that is the last line."""

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended."""

    run: int
    seed: int
    ok: bool
    reason: str
    phases_ms: dict[str, float]
    wall_s: float
    logs: str
    facts: dict[str, Any] = field(default_factory=dict)
    """What the run found out (`lab.facts`)."""

    def line(self) -> str:
        """One line of progress."""
        phases = " ".join(f"{name} {ms / 1000:.2f} s" for name, ms in self.phases_ms.items())
        verdict = "ok" if self.ok else f"FAILED: {self.reason}"
        told = [part for part in (phases, facts_line(self.facts), verdict) if part]
        return f"run {self.run} seed {self.seed} ({self.wall_s:.1f} s): {'; '.join(told)}"


def facts_line(facts: dict[str, Any]) -> str:
    """Return what of a run's facts fits into a line: words, numbers and lists of words."""
    told = []
    for name, value in facts.items():
        match value:
            case str() | int() | float():
                told.append(f"{name} {value}")
            case [str(), *_]:
                told.append(f"{name} {', '.join(value)}")
    return " ".join(told)


def spread(ms: Sequence[float]) -> dict[str, float | None]:
    """Return the median and the 95th percentile (nearest rank) of some times; None without any."""
    if not ms:
        return {"median_ms": None, "p95_ms": None}
    rank = math.ceil(0.95 * len(ms))
    return {"median_ms": round(statistics.median(ms), 3), "p95_ms": sorted(ms)[rank - 1]}


def outcome_of(
    run: int, seed: int, written: str | None, timed_out: bool, wall_s: float, console: str, logs: str
) -> Outcome:
    """Judge a run by what its guest wrote (None: nothing) and by how its kernel ended."""
    if written is None:
        ending = "its wall-clock limit came" if timed_out else "its kernel ended"
        reason = f"{ending} after {wall_s:.0f} s without a result; console: {console.strip()[-300:] or 'empty'}"
        return Outcome(run, seed, False, reason, {}, wall_s, logs)
    result = json.loads(written)
    return Outcome(run, seed, result["ok"], result["reason"], result["phases_ms"], wall_s, logs, result["facts"])


def summary(scenario: str, release: str, seed: int, wall_s: float, outcomes: list[Outcome]) -> dict[str, Any]:
    """Return the batch's result; each phase's times in the order of the runs that reached it."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.run)
    phases: dict[str, list[float]] = {}
    for outcome in ordered:
        for name, ms in outcome.phases_ms.items():
            phases.setdefault(name, []).append(ms)
    return {
        "scenario": scenario,
        "ok": all(outcome.ok for outcome in ordered),
        "runs": len(ordered),
        "seed": seed,
        "release": release,
        "wall_s": round(wall_s, 1),
        "phases_ms": phases,
        "facts": [outcome.facts for outcome in ordered],
        "failures": [
            {"run": outcome.run, "seed": outcome.seed, "reason": outcome.reason, "logs": outcome.logs}
            for outcome in ordered
            if not outcome.ok
        ],
    }
