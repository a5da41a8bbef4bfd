"""Hunt for hard seeds with the recipe, and set airhail beside it in those that were found."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from tests.lab.cases import CASES
from tests.lab.outside.boot import Assets
from tests.lab.outside.corpus import Corpus, HardSeed, Hunt, hard_seed
from tests.lab.outside.result import Outcome, spread
from tests.lab.outside.runs import Batch, Play, play
from tests.lab.outside.shell import LabError

MODULE = "tests.lab.scenarios.hard_seeds"
# What a link is made by: another version is another world.
MAKERS = ("network-manager", "wpasupplicant")


def hunt(case: str, seeds: Sequence[int], release: str, assets: Assets, keep: bool, out: TextIO) -> list[Outcome]:
    """Play the recipe through a case, a fresh boot for each seed."""
    plays = [
        Play(
            seed,
            f"scripts/lab hunt {case} --seeds {seed}..{seed} --keep",
            {"case": case, "by": "recipe"},
            CASES[case].channels,
        )
        for seed in seeds
    ]
    return play(Batch(f"hunt-{case}", MODULE, plays, release, keep=keep), assets, out)


def found(
    case: str, seeds: Sequence[int], release: str, world: str, outcomes: Sequence[Outcome]
) -> tuple[Hunt, list[HardSeed]]:
    """Return what a hunt comes to. A run that did not get as far as the wish for a link counts for nothing."""
    played = [outcome for outcome in outcomes if outcome.ok]
    hard = [
        hard_seed({"case": case, "release": release, "seed": outcome.seed, **failure_of(outcome)})
        for outcome in played
        if "linked" not in outcome.phases_ms
    ]
    times = tuple(round(outcome.phases_ms["linked"]) for outcome in played if "linked" in outcome.phases_ms)
    return Hunt(case, release, seeds[0], seeds[-1], len(played), times, world), hard


def failure_of(outcome: Outcome) -> dict[str, Any]:
    """Return what a row keeps of the run's facts, which tell more than how the recipe failed."""
    return {name: outcome.facts[name] for name in ("how", "alpha", "beta", "wished_s")}


def sentence(row: Hunt) -> str:
    """Return a hunt in one line."""
    return f"{row.case} on {row.release}, seeds {row.first}..{row.last}: the recipe linked {fared(recipe_of(row))}"


def told(row: Hunt, hard: Sequence[HardSeed]) -> dict[str, Any]:
    """Return a hunt as JSON tells it."""
    return {**asdict(row), **recipe_of(row), "failed": [asdict(one) for one in hard]}


def world_of(assets: Assets) -> str:
    """Return what is inside, in one line: the kernel, the image, and what makes links."""
    kernel = assets.kernel.parent
    status = (assets.image / "var/lib/dpkg/status").read_text()
    makers = [f"{maker} {version_of(maker, status)}" for maker in MAKERS]
    version = (kernel / "version").read_text().strip()
    return ", ".join((f"kernel {version} {kernel.name}", f"image {assets.image.parent.name}", *makers))


def version_of(package: str, status: str) -> str:
    """Return a package's version, from the text of dpkg's status file."""
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if fields.get("Package") == package:
            return fields["Version"]
    raise LabError(f"the image has no package {package}")


def chosen(corpus: Corpus, release: str, case: str | None, seed: int | None, runs: int | None) -> list[HardSeed]:
    """Return the hard seeds of a release that were asked for; so many `runs` of them, of as many cases as can be."""
    known = [row for row in corpus.seeds if row.release == release]
    rows = [row for row in known if case in (None, row.case) and seed in (None, row.seed)]
    if runs is not None:
        earlier = [sum(other.case == row.case for other in rows[:place]) for place, row in enumerate(rows)]
        rows = [row for _, row in sorted(zip(earlier, rows, strict=True), key=lambda pair: pair[0])][:runs]
    if not rows:
        cases = ", ".join(sorted({row.case for row in known})) or "no case"
        raise LabError(
            f"no such hard seed on {release}: {len(known)} are known, of {cases}; see `scripts/lab hunt -h`"
        )
    return rows


def play_of(row: HardSeed, tier: str) -> Play:
    """Return the run in which airhail is put into a hard seed's world."""
    again = f"scripts/lab run hard-seeds --case {row.case} --seed {row.seed} --tier {tier}"
    return Play(row.seed, again, {"case": row.case, "by": "relief", "tier": tier}, CASES[row.case].channels)


def beside(hunts: Sequence[Hunt], rows: Sequence[HardSeed], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return for each case how airhail fared in its hard seeds, beside the recipe over all seeds hunted.

    `same_world` counts the runs that came to the wish exactly as the hunt did.
    """
    table = []
    for hunted in hunts:
        mine = [
            (row, outcome)
            for row, outcome in zip(rows, outcomes, strict=True)
            if (row.case, row.release) == (hunted.case, hunted.release)
        ]
        if mine:
            times = [outcome.phases_ms["linked"] for _, outcome in mine if outcome.ok]
            same = sum(outcome.facts.get("wished_s") == row.wished_s for row, outcome in mine)
            airhail = {"linked": len(times), "of": len(mine), **spread(times), "same_world": same}
            table.append({"case": hunted.case, "recipe": recipe_of(hunted), "airhail": airhail})
    return table


def recipe_of(hunted: Hunt) -> dict[str, Any]:
    """Return how the recipe fared in a hunt."""
    return {"linked": len(hunted.linked_ms), "of": hunted.played, **spread(hunted.linked_ms)}


def show_beside(table: Sequence[dict[str, Any]], out: TextIO) -> None:
    """Print that table for people."""
    print(f"{'case':20} {'the recipe, over all seeds':40} airhail, where the recipe failed", file=out)
    for row in table:
        print(f"{row['case']:20} {fared(row['recipe']):40} {fared(row['airhail'])}", file=out)
    elsewhere = sum(row["airhail"]["of"] - row["airhail"]["same_world"] for row in table)
    if elsewhere:
        print(
            f"{elsewhere} runs came to the wish otherwise than in the hunt: the kernel, the image or the prelude is"
            " another one. `scripts/lab hunt again` finds the seeds that are hard now.",
            file=out,
        )


def fared(side: dict[str, Any]) -> str:
    """Return one side of a row."""
    told = f"{side['linked']}/{side['of']}"
    if side["median_ms"] is not None:
        told += f" (median {side['median_ms'] / 1000:.1f} s, p95 {side['p95_ms'] / 1000:.1f} s)"
    return told
