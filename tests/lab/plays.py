"""Which scenarios the tests play, and with which command."""

import sys
from dataclasses import dataclass

from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.python import ROOT
from tests.lab.outside.scenario import scenarios

SEED = 1
# A soak takes as long as its faults do: those of this seed are over soon. `scripts/lab soak` plays many.
SEEDS = {"soak": 8}
# These measure what others do, NetworkManager alone and a radio that dozes: nothing of airhail's can break in them.
MEASURES = frozenset({"latency", "recipe", "without-liveness"})
# The slowest of those that another one covers for the most part: the tests have twenty minutes.
COVERED = frozenset({"hail-crash", "radio-loss", "same-channel", "scan-during-link"})


@dataclass(frozen=True, slots=True)
class Play:
    """One scenario on one release."""

    scenario: str
    release: str

    def __str__(self) -> str:
        return f"{self.scenario}-{self.release}"

    @property
    def command(self) -> list[str]:
        """Return the command that plays it."""
        # Of the hard seeds the first; `scripts/lab run hard-seeds` plays them all.
        seed = () if scenarios()[self.scenario].corpus else ("--seed", str(SEEDS.get(self.scenario, SEED)))
        options = ("--runs", "1", *seed, "--release", self.release)
        return [sys.executable, str(ROOT / "scripts" / "lab"), "run", self.scenario, *options]


def all_plays() -> list[Play]:
    """List the scenarios once on the default release, without those left out, and the first link on the others."""
    played = ((name, scenario) for name, scenario in scenarios().items() if name not in MEASURES | COVERED)
    return [
        *(Play(name, scenario.release or DEFAULT_RELEASE) for name, scenario in played),
        *(Play("first-link", release) for release in RELEASES if release != DEFAULT_RELEASE),
    ]
