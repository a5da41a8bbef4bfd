"""The hard seeds: worlds in which the plain recipe fails to link, as a file that people read and diffs show well.

One row a line. `hunts` says which seeds of a case were played, where, and how the recipe fared over all of them;
`seeds` has a row for each in which it failed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.lab.cases import CASES, WAYS
from tests.lab.outside.shell import LabError

FILE = Path(__file__).parents[1] / "hard-seeds.json"


@dataclass(frozen=True, slots=True)
class Hunt:
    """One case on one release, played by the recipe over a range of seeds."""

    case: str
    release: str
    first: int
    last: int
    played: int
    """How many seeds of the range were played to their end."""
    linked_ms: tuple[int, ...]
    """Of those in which the recipe linked in time: virtual milliseconds until the link was usable."""
    world: str
    """What was inside: kernel, image, and the packages that matter."""

    @property
    def seeds(self) -> range:
        """The seeds that were hunted."""
        return range(self.first, self.last + 1)

    def goes_on(self, before: "Hunt") -> bool:
        """Return whether this hunt begins where another ended, in the same world."""
        same = (self.case, self.release, self.world) == (before.case, before.release, before.world)
        return same and self.first == before.last + 1

    def joined(self, before: "Hunt") -> "Hunt":
        """Return this hunt and the one that it goes on from as one."""
        played = before.played + self.played
        return replace(self, first=before.first, played=played, linked_ms=before.linked_ms + self.linked_ms)


@dataclass(frozen=True, slots=True)
class HardSeed:
    """A world in which the recipe failed."""

    case: str
    release: str
    seed: int
    how: str
    """One of `cases.WAYS`."""
    alpha: tuple[str, ...]
    """NetworkManager's reasons at this end, one for each activation that failed."""
    beta: tuple[str, ...]
    wished_s: float
    """When both wanted the link, in virtual seconds of uptime: a run that comes to it at another is another world."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that was hunted."""

    hunts: tuple[Hunt, ...] = ()
    seeds: tuple[HardSeed, ...] = ()

    def with_hunt(self, hunt: Hunt, seeds: Iterable[HardSeed]) -> "Corpus":
        """Return the corpus with a hunt added to the one that it goes on from, else instead of its case's last."""

        def place(row: Hunt | HardSeed) -> tuple[int, str]:
            return list(CASES).index(row.case), row.release

        again = (hunt.case, hunt.release)
        before = [row for row in self.hunts if hunt.goes_on(row)]
        hunts = [row for row in self.hunts if (row.case, row.release) != again]
        hard = [row for row in self.seeds if before or (row.case, row.release) != again]
        hunts.append(hunt.joined(before[0]) if before else hunt)
        hard.extend(seeds)
        return Corpus(tuple(sorted(hunts, key=place)), tuple(sorted(hard, key=place)))


def hard_seed(row: dict[str, Any]) -> HardSeed:
    """Return a row as JSON has it."""
    return HardSeed(**{**row, "alpha": tuple(row["alpha"]), "beta": tuple(row["beta"])})


def load(file: Path = FILE) -> Corpus:
    """Read the corpus; raise `LabError` naming the row that no hunt can have written."""
    if not file.exists():
        return Corpus()
    raw = json.loads(file.read_text())
    try:
        hunts = tuple(Hunt(**{**row, "linked_ms": tuple(row["linked_ms"])}) for row in raw["hunts"])
        seeds = tuple(hard_seed(row) for row in raw["seeds"])
    except (KeyError, TypeError) as error:
        raise LabError(f"{file.name}: {error}; `scripts/lab hunt` writes this file") from error
    for case in [*(row.case for row in hunts), *(row.case for row in seeds)]:
        if case not in CASES:
            raise LabError(f"{file.name}: no case {case!r}; there are: {', '.join(CASES)}")
    for hard in seeds:
        if hard.how not in WAYS:
            raise LabError(f"{file.name}: {hard.case} seed {hard.seed}: no way to fail is called {hard.how!r}")
    return Corpus(hunts, seeds)


def save(corpus: Corpus, file: Path = FILE) -> None:
    """Write the corpus, one row a line."""

    def lines(rows: Sequence[Any]) -> str:
        return ",\n".join(f"  {json.dumps(asdict(row))}" for row in rows)

    file.write_text(f'{{\n"hunts": [\n{lines(corpus.hunts)}\n],\n"seeds": [\n{lines(corpus.seeds)}\n]\n}}\n')
