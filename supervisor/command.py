"""The `airhail` command: its arguments, and how whatever goes wrong is told."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from airhail import __version__
from airhail.supervisor.commands import (
    accept,
    answer,
    config,
    connect,
    crashes,
    disconnect,
    doctor,
    execute,
    incoming,
    inspect,
    metrics,
    one_link,
    pair,
    peers,
    record,
    refuse,
    replay,
    run,
    status,
    trust,
    wait,
)
from airhail.supervisor.commands.text import clean
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

COMMANDS = {
    "run": run,
    "status": status,
    "peers": peers,
    "connect": connect,
    "disconnect": disconnect,
    "link": one_link,
    "wait": wait,
    "exec": execute,
    "incoming": incoming,
    "accept": accept,
    "refuse": refuse,
    "answer": answer,
    "trust": trust,
    "pair": pair,
    "inspect": inspect,
    "record": record,
    "replay": replay,
    "crashes": crashes,
    "metrics": metrics,
    "config": config,
    "doctor": doctor,
}

EXIT_STATUSES = "exit statuses: " + ", ".join(
    f"{one.value} {one.name.lower().replace('_', ' ')}" for one in ExitStatus
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; argparse's own errors end the process with status 2."""
    parsed = parser().parse_args(arguments)
    return guarded(lambda: COMMANDS[parsed.command].run(parsed))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="airhail",
        description="A fast direct IP link between two nearby devices.",
        epilog=EXIT_STATUSES,
    )
    top.add_argument("--version", action="version", version=f"airhail {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        one = commands.add_parser(name, help=module.HELP, description=f"airhail {name}: {module.HELP}")
        module.add_arguments(one)
        if module not in (run, record, execute):
            one.add_argument("--json", action="store_true", help="one JSON object (a line), for programs")
    return top


def guarded(work: Callable[[], ExitStatus]) -> int:
    """Do the work of a command and return its exit status; its errors are told as sentences.

    AIRHAIL_TRACEBACK=1 in the environment lets a mistake of airhail's own come out with its traceback.
    """
    try:
        return work()
    except BaseException as error:
        status, sentence = explain(error)
        if status is ExitStatus.BUG and os.environ.get("AIRHAIL_TRACEBACK") == "1":
            raise
        if sentence:
            print(clean(f"airhail: {sentence}"), file=sys.stderr)
        return status


def explain(error: BaseException) -> tuple[ExitStatus, str]:
    """Return the exit status for an error, and what to tell about it."""
    match error:
        case BaseExceptionGroup() if len(error.exceptions) == 1:
            return explain(error.exceptions[0])
        case CommandError():
            return error.status, error.sentence
        case KeyboardInterrupt():
            return ExitStatus.INTERRUPTED, ""
        case BrokenPipeError():
            drop_refused_output()
            return ExitStatus.OUTPUT_CLOSED, ""
        case OSError() if drop_refused_output():
            return ExitStatus.FAILED, f"the output cannot be written: {error.strerror}"
        case SystemExit():
            raise error
        case _:
            what = f"{type(error).__name__}: {error}"
            return ExitStatus.BUG, f"a mistake of its own ({what}): please report it; AIRHAIL_TRACEBACK=1 shows where"


def drop_refused_output() -> bool:
    """Drop what standard output does not take, and tell whether there was such.

    Python tries once more at its end, and would complain there.
    """
    try:
        print(end="", flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
