"""The command line of `scripts/lab`."""

import argparse
import sys

from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.runs import Batch, play, show
from tests.lab.outside.runs import shell as open_shell
from tests.lab.outside.scenario import Scenario, scenarios
from tests.lab.outside.setup import set_up
from tests.lab.outside.shell import LabError, say


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
    commands.add_parser("list", help="list the scenarios")
    run = commands.add_parser("run", parents=[release], help="play a scenario")
    run.add_argument("scenario")
    run.add_argument("--runs", type=int, default=1, help="how many fresh boots (%(default)s)")
    run.add_argument("--seed", type=int, default=1, help="the first run's seed, one more for each next (%(default)s)")
    run.add_argument(
        "--real-time", action="store_true", help="let time pass as it does outside; runs are not repeatable"
    )
    run.add_argument("--keep", action="store_true", help="keep the logs of successful runs too")
    shell = commands.add_parser("shell", parents=[release], help="open a shell in a host, in real time")
    shell.add_argument("host", nargs="?", default="alpha", help="alpha or beta (%(default)s)")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = parser().parse_args(argv)
    try:
        if arguments.command == "list":
            for name, one in scenarios().items():
                print(f"{name:24} {one.story}")
            return 0
        if arguments.command == "run" and arguments.scenario not in scenarios():
            raise LabError(f"no scenario {arguments.scenario!r}; there are: {', '.join(scenarios())}")
        scenario = scenarios()[arguments.scenario] if arguments.command == "run" else Scenario("")
        release = chosen_release(arguments.release, scenario)
        assets = set_up(release, scenario.packages)
        if arguments.command == "setup":
            say(f"ready: kernel {(assets.kernel.parent / 'version').read_text().strip()}, {release}")
            return 0
        if arguments.command == "shell":
            open_shell(arguments.host, release, assets)
            return 0
        batch = Batch(
            scenario=arguments.scenario,
            runs=arguments.runs,
            seed=arguments.seed,
            release=release,
            real_time=arguments.real_time,
            keep=arguments.keep,
            wheels=scenario.wheels,
        )
        result = play(batch, assets)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    show(result)
    return 0 if result["ok"] else 1


def chosen_release(asked: str | None, scenario: Scenario) -> str:
    """Return the release to play on."""
    if scenario.release is not None and asked not in (None, scenario.release):
        raise LabError(f"this scenario can be played on {scenario.release} only, not on {asked}")
    return asked or scenario.release or DEFAULT_RELEASE
