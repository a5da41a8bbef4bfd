"""`airhail config check`: read the configuration as everyone would who reads it, and start nothing."""

import subprocess
from argparse import ArgumentParser, Namespace
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from airhail.ipc.config import ConfigError, load
from airhail.ipc.logs import LogSection
from airhail.ipc.paths import config_path
from airhail.supervisor.commands import output
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.metrics import METRICS
from airhail.supervisor.settings import configured, metrics_address
from airhail.supervisor.specs import ACTORS, ActorSpec

HELP = "check the configuration, every section of it"

CHECKED_WITHIN = 30.0
"""Seconds for an actor to read its sections: it is a Python that starts and ends, on whatever machine."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=["check"], help="check: say what is wrong, with file, line and key")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")


def run(arguments: Namespace) -> ExitStatus:
    """Say what is wrong with the configuration, if anything is."""
    try:
        config = load(arguments.config)
    except ConfigError as error:
        return tell(str(arguments.config or config_path()), [str(error)], as_json=arguments.json)
    mistakes = []
    try:
        config.section("log", LogSection)
        configured([*ACTORS, *([METRICS] if metrics_address(config) else [])], config)
    except ConfigError as error:
        mistakes.append(str(error))
    with ThreadPoolExecutor(len(ACTORS)) as pool:
        # Each actor alone knows what its sections may say.
        mistakes += filter(None, pool.map(partial(mistake_of, config=arguments.config), ACTORS))
    # Two actors may read the same section.
    return tell(str(config.path), list(dict.fromkeys(mistakes)), as_json=arguments.json)


def mistake_of(spec: ActorSpec, config: Path | None) -> str:
    """Return what the actor finds wrong in its sections; nothing when they are well."""
    command = [*spec.command, "--check", *([] if config is None else ["--config", str(config)])]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=CHECKED_WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(ExitStatus.OS_ERROR, f"{spec.name} cannot be asked about its sections: {error}") from error
    if ended.returncode not in (ExitStatus.DONE, ExitStatus.BAD_CONFIG):
        said = ended.stderr.strip().rpartition("\n")[2]
        raise CommandError(ExitStatus.BUG, f"{spec.name} failed to check its sections: {said}; please report it")
    return ended.stdout.strip()


def tell(file: str, mistakes: list[str], *, as_json: bool) -> ExitStatus:
    """Print the result and return the exit status that goes with it."""
    if as_json:
        output.document({"file": file, "mistakes": mistakes})
    else:
        output.lines(mistakes or [f"{file}: well" if Path(file).exists() else f"{file}: not there, which is well"])
    return ExitStatus.BAD_CONFIG if mistakes else ExitStatus.DONE
