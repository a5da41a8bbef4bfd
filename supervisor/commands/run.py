"""`airhail run`: the daemon, in the foreground."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from airhail.supervisor import run as daemon
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.specs import ACTORS

HELP = "run the daemon in the foreground, for an init system or a terminal"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")
    parser.add_argument(
        "--ready-fd", type=int, metavar="N", help="write a newline to descriptor N, and close it, once all is ready"
    )


def run(arguments: Namespace) -> ExitStatus:
    """Run until asked to stop."""
    return daemon.run(ACTORS, arguments.config, arguments.ready_fd)
