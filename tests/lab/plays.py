"""Plays scenarios in the background, one for each processor at a time, while pytest goes through other tests."""

import json
import os
import queue
import subprocess
import sys
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.python import ROOT
from tests.lab.outside.scenario import scenarios

SEED = 1
# The recipe is the baseline, not airhail: about one try in eight fails by NetworkManager's nature. A lab in which
# four tries in a row fail is broken.
RUNS = {"recipe": 4}
# A soak takes as long as its faults do: those of this seed are over soon. `scripts/lab soak` plays many.
SEEDS = {"soak": 8}
# These measure what others do, NetworkManager alone and a radio that dozes: nothing of airhail's can break in them.
MEASURES = frozenset({"latency", "without-liveness"})
# As low as it goes: what pytest does meanwhile waits for real processes, with deadlines.
NICE = 19


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
        options = ("--runs", str(RUNS.get(self.scenario, 1)), *seed, "--release", self.release)
        return [sys.executable, str(ROOT / "scripts" / "lab"), "run", self.scenario, *options]


def all_plays() -> list[Play]:
    """List every scenario but mere measures once on the default release, and the first link on the others."""
    played = ((name, scenario) for name, scenario in scenarios().items() if name not in MEASURES)
    return [
        *(Play(name, scenario.release or DEFAULT_RELEASE) for name, scenario in played),
        *(Play("first-link", release) for release in RELEASES if release != DEFAULT_RELEASE),
    ]


Done = subprocess.CompletedProcess[str]


class Background:
    """Plays what it was given, in that order; each play's end can be awaited."""

    def __init__(self, plays: list[Play]) -> None:
        self._left: queue.SimpleQueue[Play] = queue.SimpleQueue()
        self._futures: dict[Play, Future[Done]] = {play: Future() for play in plays}
        for play in plays:
            self._left.put(play)
        self._idle = sorted(os.sched_getaffinity(0))

    def begin(self, spared: int = 0) -> None:
        """Put every processor but so many *spared* ones to work, beside those that are at it."""
        while len(self._idle) > spared:
            threading.Thread(target=self._work, args=(self._idle.pop(), NICE if spared else 0)).start()

    def result(self, play: Play) -> Done:
        """Wait until *play* is over: its own limit on each run's wall clock sees to that (outside/runs.py)."""
        return self._futures[play].result()

    def give_up(self) -> None:
        """Begin no more plays; those that are being played go on to their end."""
        while (play := self._take()) is not None:
            self._futures[play].cancel()

    def _work(self, processor: int, nice: int) -> None:
        # Of this thread alone, and of what it starts: `scripts/lab run` uses the processors that it may.
        os.sched_setaffinity(0, {processor})
        while (play := self._take()) is not None:
            command = ["nice", "-n", str(nice), *play.command]
            future = self._futures[play]
            try:
                future.set_result(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False))
            except OSError as error:
                future.set_exception(error)

    def _take(self) -> Play | None:
        try:
            return self._left.get_nowait()
        except queue.Empty:
            return None


def result_of(done: Done) -> dict[str, Any] | None:
    """Return the last line of a play, its result; None when it got as far as none."""
    last = done.stdout.splitlines()[-1] if done.stdout else ""
    result: dict[str, Any] | None = json.loads(last) if last.startswith("{") else None
    return result
