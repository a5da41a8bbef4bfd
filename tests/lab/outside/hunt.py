"""Hunt for hard seeds with the recipe, and set airhail beside it in those that were found."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from tests.lab.cases import CASES
from tests.lab.outside.boot import Assets
from tests.lab.outside.corpus import Corpus, HardSeed, Hunt
from tests.lab.outside.result import Outcome, spread
from tests.lab.outside.runs import Batch, Play, play
from tests.lab.outside.shell import LabError

MODULE = "tests.lab.guest.hunt"
# What a link is made by: another version is another world.
MAKERS = ("network-manager", "wpasupplicant")


def hunt(case: str, seeds: Sequence[int], release: str, assets: Assets, keep: bool, out: TextIO) -> list[Outcome]:
    """Play the recipe through a case, a fresh boot for each seed."""
    plays = [
        Play(seed, f"scripts/lab hunt {case} --seeds {seed}..{seed} --keep", {"case": case}, CASES[case].channels)
        for seed in seeds
    ]
    return play(Batch(f"hunt-{case}", MODULE, plays, release, keep=keep), assets, out)


def found(
    case: str, seeds: Sequence[int], release: str, world: str, outcomes: Sequence[Outcome]
) -> tuple[Hunt, list[HardSeed]]:
    """Return what a hunt comes to. A run that did not get as far as the wish for a link counts for nothing."""
    played = [outcome for outcome in outcomes if outcome.ok]
    hard = [
        HardSeed(case, release, outcome.seed, **outcome.facts)
        for outcome in played
        if "linked" not in outcome.phases_ms
    ]
    times = [outcome.phases_ms["linked"] for outcome in played if "linked" in outcome.phases_ms]
    return Hunt(case, release, seeds[0], seeds[-1], len(played), len(times), **spread(times), world=world), hard


def sentence(row: Hunt) -> str:
    """Return a hunt in one line."""
    of = fared({"linked": row.linked, "of": row.played, "median_ms": row.median_ms, "p95_ms": row.p95_ms})
    return f"{row.case} on {row.release}, seeds {row.first}..{row.last}: the recipe linked {of}"


def told(row: Hunt, hard: Sequence[HardSeed]) -> dict[str, Any]:
    """Return a hunt as JSON tells it."""
    return {**asdict(row), "failed": [asdict(one) for one in hard]}


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


def hard_plays(
    corpus: Corpus, release: str, case: str | None, seed: int | None, runs: int | None, tier: str
) -> list[Play]:
    """Return a run of airhail for each hard seed of a release, or for those that were asked for."""
    rows = [row for row in corpus.seeds if row.release == release]
    chosen = [row for row in rows if case in (None, row.case) and seed in (None, row.seed)][:runs]
    if not chosen:
        raise LabError(
            f"no such hard seed on {release}: {len(rows)} are known, of {', '.join(sorted({r.case for r in rows}))};"
            " `scripts/lab hunt CASE --seeds A..B` finds them"
        )
    return [
        Play(
            row.seed,
            f"scripts/lab run hard-seeds --case {row.case} --seed {row.seed} --tier {tier}",
            {"case": row.case, "tier": tier},
            CASES[row.case].channels,
        )
        for row in chosen
    ]


def beside(corpus: Corpus, release: str, plays: Sequence[Play], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return for each case how airhail fared in its hard seeds, beside the recipe over all seeds hunted."""
    table = []
    for hunted in (hunted for hunted in corpus.hunts if hunted.release == release):
        mine = [
            outcome for asked, outcome in zip(plays, outcomes, strict=True) if asked.parameters["case"] == hunted.case
        ]
        if mine:
            linked = [outcome.phases_ms["linked"] for outcome in mine if outcome.ok]
            recipe = {
                "linked": hunted.linked,
                "of": hunted.played,
                "median_ms": hunted.median_ms,
                "p95_ms": hunted.p95_ms,
            }
            airhail = {"linked": len(linked), "of": len(mine), **spread(linked)}
            table.append({"case": hunted.case, "recipe": recipe, "airhail": airhail})
    return table


def show_beside(table: Sequence[dict[str, Any]], out: TextIO) -> None:
    """Print that table for people."""
    print("case                 the recipe, over all seeds      airhail, where the recipe failed", file=out)
    for row in table:
        print(f"{row['case']:20} {fared(row['recipe']):31} {fared(row['airhail'])}", file=out)


def fared(side: dict[str, Any]) -> str:
    """Return one side of a row."""
    told = f"{side['linked']}/{side['of']}"
    if side["median_ms"] is not None:
        told += f" (median {side['median_ms'] / 1000:.1f} s, p95 {side['p95_ms'] / 1000:.1f} s)"
    return told
