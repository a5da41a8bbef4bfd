"""The command line of `scripts/lab`."""

import argparse
import json
import sys
import time
from typing import Any

from tests.lab.cases import CASES
from tests.lab.outside import corpus, hunt, rungs
from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.result import summary
from tests.lab.outside.runs import Batch, Play, play
from tests.lab.outside.runs import shell as open_shell
from tests.lab.outside.scenario import Scenario, scenarios
from tests.lab.outside.setup import set_up
from tests.lab.outside.shell import LabError, say
from tests.lab.rungs import RUNGS, STATES

TIERS = ("netdev", "user")


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="scripts/lab", description="Hosts with simulated radios, in a kernel of their own."
    )
    commands = top.add_subparsers(dest="command", required=True)
    release = argparse.ArgumentParser(add_help=False)
    release.add_argument(
        "--release", choices=sorted(RELEASES), help=f"Debian inside ({DEFAULT_RELEASE}, or the scenario's only one)"
    )
    commands.add_parser("setup", parents=[release], help="make everything the lab needs")
    commands.add_parser("list", help="list the scenarios, and the cases of the hunt")
    run = commands.add_parser("run", parents=[release], help="play a scenario")
    run.add_argument("scenario")
    run.add_argument("--runs", type=count, help="how many fresh boots (1; of hard-seeds: all)")
    run.add_argument("--seed", type=int, help="the first run's seed, one more for each next (1)")
    run.add_argument("--case", choices=CASES, help="of hard-seeds: only those of this case")
    run.add_argument(
        "--tier", choices=TIERS, help=f"the rights that airhail has, where a scenario can tell ({TIERS[0]})"
    )
    run.add_argument(
        "--real-time", action="store_true", help="let time pass as it does outside; runs are not repeatable"
    )
    run.add_argument("--keep", action="store_true", help="keep the logs of successful runs too")
    soaking = commands.add_parser("soak", parents=[release], help="play random faults at both ends, over many seeds")
    soaking.add_argument(
        "--seeds",
        type=count,
        default=25,
        dest="runs",
        metavar="N",
        help="how many seeds (%(default)s)",
    )
    soaking.add_argument("--seed", type=int, help="the first seed (1)")
    soaking.add_argument("--keep", action="store_true", help="keep the logs of successful runs too")
    soaking.set_defaults(scenario="soak", case=None, tier=None, real_time=False)
    hunting = commands.add_parser("hunt", parents=[release], help="find the seeds in which the plain recipe fails")
    hunting.add_argument(
        "case", choices=[*CASES, "again"], metavar="CASE", help=f"{', '.join(CASES)}; again: all known"
    )
    hunting.add_argument(
        "--seeds", type=seed_range, default=range(1, 26), metavar="A..B", help="the seeds to play (1..25)"
    )
    hunting.add_argument("--json", action="store_true", help="print one JSON object alone; progress goes to stderr")
    hunting.add_argument("--keep", action="store_true", help="keep every run's logs, and leave the corpus as it is")
    measuring = commands.add_parser(
        "rungs", parents=[release], help="measure what gets two hosts out of a stuck state"
    )
    measuring.add_argument("--state", choices=STATES, action="append", help="only this state (may be repeated)")
    measuring.add_argument("--rung", choices=RUNGS, action="append", help="only this rung (may be repeated)")
    measuring.add_argument(
        "--runs", type=count, default=5, help="how many trials of each rung in each state (%(default)s)"
    )
    measuring.add_argument("--seed", type=int, default=1, help="the first trial's seed (%(default)s)")
    measuring.add_argument(
        "--gap", type=float, default=rungs.GAP_S, help="how much later the second end tries again, in s (%(default)s)"
    )
    measuring.add_argument("--keep", action="store_true", help="keep every run's logs")
    shell = commands.add_parser("shell", parents=[release], help="open a shell in a host, in real time")
    shell.add_argument("host", nargs="?", default="alpha", help="alpha or beta (%(default)s)")
    return top


def count(text: str) -> int:
    """Return how many *text* says: one at least."""
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number of runs; write 1 or more")


def seed_range(text: str) -> range:
    """Return the seeds that `A..B` names, both ends included."""
    first, dots, last = text.partition("..")
    try:
        chosen = range(int(first), int(last if dots else first) + 1)
    except ValueError:
        chosen = range(0)
    if not chosen:
        raise argparse.ArgumentTypeError(f"{text!r} names no seeds; write A..B, as in 1..50")
    return chosen


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = parser().parse_args(argv)
    try:
        match arguments.command:
            case "list":
                return list_all()
            case "run" | "soak":
                return run(arguments)
            case "hunt":
                return hunt_seeds(arguments)
            case "rungs":
                return measure_rungs(arguments)
        release = arguments.release or DEFAULT_RELEASE
        assets = set_up(release)
        if arguments.command == "shell":
            open_shell(arguments.host, release, assets)
        else:
            say(f"ready: kernel {(assets.kernel.parent / 'version').read_text().strip()}, {release}")
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


def list_all() -> int:
    """Print what can be played."""
    for name, one in scenarios().items():
        print(f"{name:24} {one.story}")
    print("\nhunt:")
    for name, case in CASES.items():
        print(f"{name:24} {case.story}")
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Play a scenario; its result is the last line."""
    name: str = arguments.scenario
    if name not in scenarios():
        raise LabError(f"no scenario {name!r}; there are: {', '.join(scenarios())}")
    scenario = scenarios()[name]
    release = chosen_release(arguments.release, scenario)
    tier = chosen_tier(arguments.tier, name, scenario)
    rows = hard_rows(name, scenario, release, arguments)
    plays = [hunt.play_of(row, tier) for row in rows] or plays_of_seeds(name, scenario, tier, arguments)
    assets = set_up(release, scenario.packages)
    batch = Batch(
        name=name,
        module=f"tests.lab.scenarios.{name.replace('-', '_')}",
        plays=plays,
        release=release,
        real_time=arguments.real_time,
        keep=arguments.keep,
        wheels=scenario.wheels,
    )
    start = time.monotonic()
    outcomes = play(batch, assets, sys.stdout)
    result = summary(name, release, plays[0].seed, time.monotonic() - start, outcomes)
    if scenario.corpus:
        result["cases"] = hunt.beside(corpus.load().hunts, rows, outcomes)
        hunt.show_beside(result["cases"], sys.stdout)
    show(result)
    return 0 if result["ok"] else 1


def chosen_release(asked: str | None, scenario: Scenario) -> str:
    """Return the release to play on."""
    if scenario.release is not None and asked not in (None, scenario.release):
        raise LabError(f"this scenario can be played on {scenario.release} only, not on {asked}")
    return asked or scenario.release or DEFAULT_RELEASE


def chosen_tier(asked: str | None, name: str, scenario: Scenario) -> str:
    """Return the tier to play with."""
    if asked and not scenario.tiers:
        raise LabError(f"{name} has its rights from its own story; --tier is not for it")
    return asked or TIERS[0]


def hard_rows(name: str, scenario: Scenario, release: str, arguments: argparse.Namespace) -> list[corpus.HardSeed]:
    """Return the hard seeds that a scenario is to be played over; none when it is played over seeds as they come."""
    if scenario.corpus:
        return hunt.chosen(corpus.load(), release, arguments.case, arguments.seed, arguments.runs)
    if arguments.case:
        raise LabError(f"{name} is not played over the cases of the hunt; --case is not for it")
    return []


def plays_of_seeds(name: str, scenario: Scenario, tier: str, arguments: argparse.Namespace) -> list[Play]:
    """Return a run for each seed that was asked for."""
    first = 1 if arguments.seed is None else arguments.seed
    runs = 1 if arguments.runs is None else arguments.runs
    option = f" --tier {tier}" if scenario.tiers else ""
    parameters: dict[str, str | int] = {"tier": tier} if scenario.tiers else {}
    return [
        Play(
            seed,
            f"scripts/lab run {name} --runs 1 --seed {seed}{option}",
            parameters | ({"seed": seed} if scenario.seeded else {}),
        )
        for seed in range(first, first + runs)
    ]


def hunt_seeds(arguments: argparse.Namespace) -> int:
    """Hunt one case, or again all that were hunted; keep what was found in the corpus."""
    out = sys.stderr if arguments.json else sys.stdout
    quarry = [(arguments.case, arguments.release or DEFAULT_RELEASE, arguments.seeds)]
    if arguments.case == "again":
        known = corpus.load().hunts
        quarry = [(row.case, row.release, row.seeds) for row in known if arguments.release in (None, row.release)]
    broken = 0
    hunted = []
    for case, release, chosen in quarry:
        assets = set_up(release)
        outcomes = hunt.hunt(case, chosen, release, assets, arguments.keep, out)
        row, hard = hunt.found(case, chosen, release, hunt.world_of(assets), outcomes)
        broken += len(outcomes) - row.played
        hunted.append(hunt.told(row, hard))
        print(hunt.sentence(row), file=out)
        if not arguments.keep:
            corpus.save(corpus.load().with_hunt(row, hard))
    if arguments.json:
        show({"hunts": hunted})
    return 1 if broken else 0


def measure_rungs(arguments: argparse.Namespace) -> int:
    """Measure the rungs that were asked for; the table's cells are the last line."""
    release = arguments.release or DEFAULT_RELEASE
    question = rungs.Question(
        states=arguments.state or list(STATES),
        rungs=arguments.rung or list(RUNGS),
        seeds=range(arguments.seed, arguments.seed + arguments.runs),
        gap_s=arguments.gap,
    )
    cells = rungs.measure(question, release, set_up(release), arguments.keep, sys.stdout)
    rungs.show_table(cells, sys.stdout)
    show({"release": release, "cells": cells})
    return 0 if all(cell["n"] for cell in cells) else 1


def show(result: dict[str, Any]) -> None:
    """Print a result as the last line."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
