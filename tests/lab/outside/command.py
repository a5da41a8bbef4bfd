"""The command line of `scripts/lab`."""

import argparse
import ast
import sys
from pathlib import Path

from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.runs import Batch, play, show
from tests.lab.outside.runs import shell as open_shell
from tests.lab.outside.setup import set_up
from tests.lab.outside.shell import LabError, say

SCENARIOS = Path(__file__).parents[1] / "scenarios"


def scenarios() -> dict[str, str]:
    """Return every scenario's name with its story's first line."""
    found = {}
    for file in sorted(SCENARIOS.glob("*.py")):
        if file.name != "__init__.py":
            story = ast.get_docstring(ast.parse(file.read_text())) or "(no story)"
            found[file.stem.replace("_", "-")] = story.splitlines()[0]
    return found


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="scripts/lab", description="Hosts with simulated radios, in a kernel of their own."
    )
    commands = top.add_subparsers(dest="command", required=True)
    release = argparse.ArgumentParser(add_help=False)
    release.add_argument(
        "--release", choices=sorted(RELEASES), default=DEFAULT_RELEASE, help="Debian inside (%(default)s)"
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
            for name, story in scenarios().items():
                print(f"{name:24} {story}")
            return 0
        if arguments.command == "run" and arguments.scenario not in scenarios():
            raise LabError(f"no scenario {arguments.scenario!r}; there are: {', '.join(scenarios())}")
        assets = set_up(arguments.release)
        if arguments.command == "setup":
            say(f"ready: kernel {(assets.kernel.parent / 'version').read_text().strip()}, {arguments.release}")
            return 0
        if arguments.command == "shell":
            open_shell(arguments.host, arguments.release, assets)
            return 0
        batch = Batch(
            arguments.scenario, arguments.runs, arguments.seed, arguments.release, arguments.real_time, arguments.keep
        )
        result = play(batch, assets)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    show(result)
    return 0 if result["ok"] else 1
