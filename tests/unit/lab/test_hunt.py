import argparse
import io
from dataclasses import replace

import pytest

from tests.lab.outside.command import seed_range
from tests.lab.outside.corpus import Corpus, HardSeed, Hunt
from tests.lab.outside.hunt import beside, chosen, found, play_of, show_beside, version_of
from tests.lab.outside.result import Outcome
from tests.lab.outside.shell import LabError

TIMED_OUT = ("supplicant-timeout",)
FAILED = {"rungs": [], "wished_s": 208.5, "how": "both-timed-out", "alpha": [*TIMED_OUT], "beta": [*TIMED_OUT]}
HARD = HardSeed("both-alone", "trixie", 4, "both-timed-out", TIMED_OUT, TIMED_OUT, 208.5)
OTHER = HardSeed("two-channels", "trixie", 9, "no-address", (), (), 80.0)
HUNT = Hunt("both-alone", "trixie", 1, 3, 3, (1000, 3000), "kernel 7.3")


def ran(seed: int, linked_ms: float | None, facts: dict[str, object], ok: bool = True) -> Outcome:
    return Outcome(0, seed, ok, "", {} if linked_ms is None else {"linked": linked_ms}, 9.0, "", facts)


def test_a_hunt_counts_what_was_played_to_its_end() -> None:
    outcomes = [
        ran(3, 1000.0, {"wished_s": 90.0}),
        ran(4, None, FAILED),
        ran(5, 3000.0, {"wished_s": 91.0}),
        ran(6, None, {}, ok=False),
    ]
    hunt, hard = found("both-alone", range(3, 7), "trixie", "kernel 7.3", outcomes)
    assert hunt == Hunt("both-alone", "trixie", 3, 6, 3, (1000, 3000), "kernel 7.3")
    assert hard == [HARD]


def test_hard_seeds_are_chosen_by_release_case_seed_and_number() -> None:
    later = replace(HARD, seed=5)
    corpus = Corpus((HUNT,), (HARD, later, OTHER))
    assert chosen(corpus, "trixie", None, None, None) == [HARD, later, OTHER]
    assert chosen(corpus, "trixie", None, None, 2) == [HARD, OTHER]
    assert chosen(corpus, "trixie", "two-channels", 9, None) == [OTHER]
    with pytest.raises(LabError, match="3 are known, of both-alone, two-channels"):
        chosen(corpus, "trixie", "two-channels", 4, None)
    with pytest.raises(LabError, match="0 are known, of no case"):
        chosen(corpus, "bookworm", None, None, None)


def test_a_hard_seed_is_played_on_the_radios_of_its_case() -> None:
    asked = play_of(OTHER, "user")
    assert (asked.seed, asked.channels) == (9, 2)
    assert asked.parameters == {"case": "two-channels", "by": "relief", "tier": "user"}
    assert asked.again == "scripts/lab run hard-seeds --case two-channels --seed 9 --tier user"


def test_airhail_stands_beside_the_recipe_case_by_case() -> None:
    rows = [HARD, OTHER]
    outcomes = [ran(4, 7000.0, {"wished_s": 208.5}), ran(9, None, {"wished_s": 80.0}, ok=False)]
    (row,) = beside([HUNT], rows, outcomes)
    assert row == {
        "case": "both-alone",
        "recipe": {"linked": 2, "of": 3, "median_ms": 2000, "p95_ms": 3000},
        "airhail": {"linked": 1, "of": 1, "median_ms": 7000.0, "p95_ms": 7000.0, "same_world": 1},
    }
    out = io.StringIO()
    show_beside([row], out)
    assert "2/3 (median 2.0 s, p95 3.0 s)" in out.getvalue()
    assert "otherwise" not in out.getvalue()


def test_another_world_is_told() -> None:
    out = io.StringIO()
    show_beside(beside([HUNT], [HARD], [ran(4, 7000.0, {"wished_s": 208.6})]), out)
    assert "1 runs came to the wish otherwise than in the hunt" in out.getvalue()


def test_a_package_is_known_by_its_version() -> None:
    status = "Package: a\nDescription: of b\n more: of it\nVersion: 1\n\nPackage: b\nVersion: 2:2.10-24\n"
    assert version_of("b", status) == "2:2.10-24"
    with pytest.raises(LabError, match="no package c"):
        version_of("c", status)


def test_seeds_are_written_as_a_range() -> None:
    assert seed_range("3..5") == range(3, 6)
    assert seed_range("7") == range(7, 8)
    for wrong in ("5..3", "a..b", "", "1-5"):
        with pytest.raises(argparse.ArgumentTypeError, match="names no seeds"):
            seed_range(wrong)
