"""`airhail accept`: take the call of a peer: both ends link."""

from argparse import ArgumentParser, Namespace

from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.incoming import answer
from airhail.supervisor.exit_status import ExitStatus

DONE = "accepted: both ends link now, and `airhail status` shows how far they are"
HELP = "take the call of a peer: both ends link"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "peer", nargs="?", metavar="PEER", help="whose: a name, an address or a trust id (when only one calls: that)"
    )


def run(arguments: Namespace) -> ExitStatus:
    """Take the call."""
    return run_async(answer, "accept", arguments.peer, DONE, arguments.json)
