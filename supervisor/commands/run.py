"""`airhail run`: the daemon, in the foreground."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from airhail.supervisor import run as daemon
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.metrics import Address, BadAddressError, parse_address
from airhail.supervisor.specs import ACTORS

HELP = "run the daemon in the foreground, for an init system or a terminal"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")
    parser.add_argument(
        "--ready-fd", type=int, metavar="N", help="write a newline to descriptor N, and close it, once all is ready"
    )
    parser.add_argument(
        "--metrics-listen",
        metavar="ADDRESS",
        help="serve metrics for Prometheus over HTTP at unix:PATH, 127.0.0.1:PORT or [::1]:PORT",
    )


def run(arguments: Namespace) -> ExitStatus:
    """Run until asked to stop."""
    return daemon.run(ACTORS, arguments.config, arguments.ready_fd, address(arguments.metrics_listen))


def address(text: str | None) -> Address | None:
    """Return where the command line wants the metrics."""
    try:
        return None if text is None else parse_address(text)
    except BadAddressError as error:
        raise CommandError(ExitStatus.USAGE, f"--metrics-listen {error}") from error
