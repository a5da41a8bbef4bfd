"""`airhail exec`: run a command once a link is alive, with the link's addresses in its environment."""

import argparse
import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import NoReturn

from airhail.ipc.facts import environment
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import Progress
from airhail.supervisor.commands.wait import add_limit, until_alive
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "run a command once a link is alive, with the link's addresses in its environment"

EXAMPLE = "airhail exec kitchen -- sh -c 'ping -c 3 $AIRHAIL_PEER_ADDRESS'"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_limit(parser)
    parser.add_argument("peer", metavar="PEER", help="the peer's name or address")
    parser.add_argument("words", metavar="-- CMD", nargs=argparse.REMAINDER, help="the command and its arguments")


def run(arguments: Namespace) -> NoReturn:
    """Wait for the link, then become the command: from there on this process is the command, and ends as it does."""
    command = command_of(arguments.words)
    become(command, {**os.environ, **run_async(facts, arguments.peer, arguments.seconds)})


def command_of(words: Sequence[str]) -> list[str]:
    """Return the command and its arguments; CommandError when there is none."""
    command = list(words[1:] if words[:1] == ["--"] else words)
    if not command:
        raise CommandError(ExitStatus.USAGE, f"no command is given: `{EXAMPLE}`")
    if command[0].startswith("-"):
        # argparse takes all behind PEER for the command.
        raise CommandError(ExitStatus.USAGE, f"{command[0]!r} is no command; write options in front of PEER")
    return command


async def facts(meant: str, seconds: float) -> dict[str, str]:
    """Wait for the link, and return what the command is told of it."""
    _, view = await until_alive(meant, seconds, Progress())
    return environment(view.published or {}, view.verdict)


def become(command: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    """Replace this process by a command, which is looked for in PATH; CommandError when that cannot be."""
    # Python ignores it, and exec keeps what is ignored: a command in a pipe would not end with its reader.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(command[0], list(command), variables)
    except FileNotFoundError as error:
        raise CommandError(ExitStatus.NOT_FOUND, f"there is no command {command[0]!r}") from error
    except OSError as error:
        raise CommandError(ExitStatus.NOT_EXECUTABLE, f"{command[0]} cannot be run: {error.strerror}") from error
