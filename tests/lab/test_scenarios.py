"""Every scenario once on the default release, and the first link on the other: two at once on two processors."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.python import ROOT
from tests.lab.outside.scenario import scenarios

SEED = 1
# The recipe is the baseline, not airhail: about one try in eight fails by NetworkManager's nature. A lab in which
# four tries in a row fail is broken.
RUNS = {"recipe": 4}
# A soak takes as long as its faults do: those of this seed are over soon. `scripts/lab soak` plays many.
SEEDS = {"soak": 8}
TAIL = 2000


@dataclass(frozen=True, slots=True)
class Play:
    """One scenario on one release."""

    scenario: str
    release: str

    def __str__(self) -> str:
        return f"{self.scenario}-{self.release}"

    @property
    def command(self) -> list[str]:
        # Of the hard seeds the first; `scripts/lab run hard-seeds` plays them all.
        seed = () if scenarios()[self.scenario].corpus else ("--seed", str(SEEDS.get(self.scenario, SEED)))
        options = ("--runs", str(RUNS.get(self.scenario, 1)), *seed, "--release", self.release)
        return [sys.executable, str(ROOT / "scripts" / "lab"), "run", self.scenario, *options]


PLAYS = [
    *(Play(name, scenario.release or DEFAULT_RELEASE) for name, scenario in scenarios().items()),
    *(Play("first-link", release) for release in RELEASES if release != DEFAULT_RELEASE),
]
Playing = dict[Play, "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def playing(request: pytest.FixtureRequest) -> Iterator[Playing]:
    """Start the chosen plays, one for each processor at a time; the tests await them in the same order."""
    calls = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    chosen = [call.params["play"] for call in calls if isinstance(call.params.get("play"), Play)]
    processors: queue.SimpleQueue[int] = queue.SimpleQueue()
    for processor in sorted(os.sched_getaffinity(0)):
        processors.put(processor)

    def take_processor() -> None:
        # Of this thread alone, and of what it starts: `scripts/lab run` uses the processors that it may.
        os.sched_setaffinity(0, {processors.get()})

    with ThreadPoolExecutor(processors.qsize(), initializer=take_processor) as pool:
        try:
            yield {play: pool.submit(perform, play) for play in chosen}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def perform(play: Play) -> "subprocess.CompletedProcess[str]":
    # Its own limit on each run's wall clock ends it (tests/lab/outside/runs.py).
    return subprocess.run(play.command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_scenario(play: Play, playing: Playing) -> None:
    done = playing[play].result()
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    if not last.startswith("{"):
        pytest.fail(f"`{' '.join(play.command)}` (exit {done.returncode}): {done.stderr[-TAIL:]}", pytrace=False)
    result = json.loads(last)
    if len(result["failures"]) == result["runs"]:
        pytest.fail(done.stdout[: -len(last) - 1] + done.stderr[-TAIL:], pytrace=False)
