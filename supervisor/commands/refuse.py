"""`airhail refuse`: turn the call of a peer down."""

from argparse import ArgumentParser, Namespace

from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.incoming import answer
from airhail.supervisor.exit_status import ExitStatus

DONE = "refused"
HELP = "turn the call of a peer down"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "peer", nargs="?", metavar="PEER", help="whose: a name, an address or a trust id (when only one calls: that)"
    )


def run(arguments: Namespace) -> ExitStatus:
    """Turn down the call."""
    return run_async(answer, "refuse", arguments.peer, DONE, arguments.json)
