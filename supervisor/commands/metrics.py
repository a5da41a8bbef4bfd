"""`airhail metrics`: the counters of every process, for Prometheus."""

import sys
from argparse import ArgumentParser, Namespace

import msgspec

from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.inspection.exposition import exposition
from airhail.ipc.inspection.scrape import scrape
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import document
from airhail.supervisor.commands.reach import SUPERVISOR, not_there, path_of, refused
from airhail.supervisor.exit_status import ExitStatus

HELP = "print the counters and timings of every process, in Prometheus' text format"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments: none of its own."""


def run(arguments: Namespace) -> ExitStatus:
    """Print the metrics."""
    return run_async(show, arguments.json)


async def show(as_json: bool) -> ExitStatus:
    """Ask everyone, and print what they tell."""
    try:
        found = await scrape(SUPERVISOR, path_of)
    except PeerGone as error:
        raise await not_there(SUPERVISOR, error) from error
    except (CallError, RemoteProtocolError) as error:
        raise refused(error) from error
    if as_json:
        document({name: msgspec.to_builtins(stats) for name, stats in found.stats.items()})
    else:
        sys.stdout.write(exposition(found))
        sys.stdout.flush()
    return ExitStatus.DONE
