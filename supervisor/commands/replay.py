"""`airhail replay`: run an actor's core over a recording, and see whether it decides the same."""

import os
import signal
from argparse import ArgumentParser, Namespace
from pathlib import Path

from airhail.ipc.recording.lines import RecordingError, parse
from airhail.supervisor.commands.recordings import tool_command
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "replay a recording on this code, and see whether it decides the same"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what `airhail record` has written")
    parser.add_argument("--from", dest="first", metavar="N", type=int, help="the first step to show")
    parser.add_argument("--to", dest="last", metavar="N", type=int, help="the last step to replay")
    parser.add_argument("--test", metavar="NAME", help="print a pytest module that replays it instead")


def run(arguments: Namespace) -> ExitStatus:
    """Become the program that has the actor's core."""
    try:
        actor = parse(arguments.file.read_bytes()).header.actor
    except OSError as error:
        raise CommandError(ExitStatus.USAGE, f"{arguments.file}: {error.strerror}") from error
    except RecordingError as error:
        raise CommandError(ExitStatus.USAGE, f"{arguments.file}: {error}") from error
    chosen = {"--from": arguments.first, "--to": arguments.last, "--test": arguments.test}
    options = [f"{option}={value}" for option, value in chosen.items() if value is not None]
    json = ["--json"] if arguments.json else []
    command = tool_command(actor, "replay", *options, *json, "--", str(arguments.file))
    # While that program is loaded Ctrl-C would be told with a traceback: it is kept back until it can be heard.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.execv(command[0], command)
