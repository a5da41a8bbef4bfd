"""Run many worlds: `python -m tests.unit.actors.connection.hail.simulate --runs 100000`.

A world that breaks a rule ends the run and names its seed; `--seed N --runs 1` plays it again.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.unit.actors.connection.hail.world import World

# Worlds that one process takes at a time.
BATCH = 500


class Broken(Exception):
    """A world broke a rule."""


@dataclass
class Totals:
    """What came of many worlds."""

    worlds: int = 0
    linked: int = 0
    kind: int = 0
    links: int = 0
    steps: int = 0
    sends: int = 0
    crashes: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    # How long each first mover was alone on the air, and in which world.
    alone: list[tuple[float, int]] = field(default_factory=list)
    kind_after: list[float] = field(default_factory=list)

    def add(self, other: "Totals") -> None:
        """Count *other* in."""
        for name in ("worlds", "linked", "kind", "links", "steps", "sends", "crashes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.reasons.update(other.reasons)
        self.alone += other.alone
        self.kind_after += other.kind_after

    def told(self) -> str:
        """Say it in lines."""
        alone = [seconds for seconds, _ in self.alone]
        longest, world = max(self.alone, default=(0.0, 0))
        lines = [
            f"worlds {self.worlds}, linked {self.linked}, links {self.links}, crashes {self.crashes}",
            f"steps {self.steps}, messages sent {self.sends}",
            f"nothing went wrong in {self.kind} worlds; median to the link {middle(self.kind_after):.1f} s",
            f"first movers that were not followed: {len(alone)}, for {middle(alone):.2f} s (median), "
            f"{longest:.1f} s (longest, world {world})",
            "attempts ended for: " + ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common()),
        ]
        return "\n".join(lines)


def middle(values: list[float]) -> float:
    """Return the median, 0 for nothing."""
    return statistics.median(values) if values else 0.0


def run(first: int, count: int) -> Totals:
    """Play *count* worlds from seed *first* on. Raises Broken, which names the seed."""
    totals = Totals()
    for seed in range(first, first + count):
        world = World(seed)
        try:
            tally = world.run()
        except Exception as error:
            raise Broken(f"seed {seed} at {world.now:.3f} s: {type(error).__name__}: {error}") from error
        totals.worlds += 1
        totals.linked += tally.links > 0
        totals.links += tally.links
        totals.steps += tally.steps
        totals.sends += tally.sends
        totals.crashes += tally.crashes
        totals.reasons.update(tally.reasons)
        totals.alone += [(seconds, seed) for seconds in tally.alone]
        if world.habits.kind:
            totals.kind += 1
            totals.kind_after += [] if tally.linked_after is None else [tally.linked_after]
            if tally.alone:
                raise Broken(f"seed {seed}: alone on the air, and nothing had gone wrong")
    return totals


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first world")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    begun = time.monotonic()
    totals = Totals()
    batches = range(options.seed, options.seed + options.runs, BATCH)
    counts = [min(BATCH, options.seed + options.runs - first) for first in batches]
    with ProcessPoolExecutor(options.jobs) as pool:
        for part in pool.map(run, batches, counts):
            totals.add(part)
            print(f"\r{totals.worlds} of {options.runs}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{totals.told()}\n{time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
