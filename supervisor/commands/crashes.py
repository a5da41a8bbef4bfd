"""`airhail crashes`: the reports on actors that ended badly."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from airhail.ipc.inspection.tasks import tree_lines
from airhail.ipc.paths import state_dir
from airhail.ipc.recording.lines import VERSION, End, Header, Recording
from airhail.supervisor.commands.feeds import log_lines, message_line
from airhail.supervisor.commands.inspect import indented
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import present
from airhail.supervisor.commands.recordings import disguised
from airhail.supervisor.commands.text import age, table
from airhail.supervisor.crashes import CrashStore
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.reports import CrashReport

HELP = "list the reports on actors that ended badly, or show one"

SYSTEM_STATE = Path("/var/lib/airhail")
"""Where the airhail that the system started keeps its state (ipc/paths.py)."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", type=int, nargs="?", help="the number of the report to show")
    parser.add_argument(
        "--recording", action="store_true", help="print the last steps of the actor's core, for `airhail replay`"
    )
    parser.add_argument("--hash-addresses", action="store_true", help="replace addresses and names in the recording")


def run(arguments: Namespace) -> ExitStatus:
    """List the reports, or show one."""
    try:
        store = CrashStore(folder())
        if arguments.id is None:
            put_list(store, arguments.json)
        elif arguments.recording:
            put_recording(load(store, arguments.id), arguments.hash_addresses)
        else:
            put_report(store, arguments.id, arguments.json)
    except PermissionError as error:
        sentence = f"{error.filename} may not be read by this user: ask as root, or as the user that airhail runs as"
        raise CommandError(ExitStatus.NOT_PERMITTED, sentence) from error
    return ExitStatus.DONE


def folder() -> Path:
    """Return where the reports of our own airhail are, else those of the one that the system started."""
    own = state_dir() / "crashes"
    system = SYSTEM_STATE / "crashes"
    return system if not present(own) and present(system) else own


def put_list(store: CrashStore, as_json: bool) -> None:
    """Print a line for each report, the newest last."""
    found = {kept.number: load(store, kept.number) for kept in store.list()}
    if as_json:
        entries = [{"id": number, **heading(report)} for number, report in found.items()]
        document({"crashes": entries})
        return
    if not found:
        lines([f"no actor has ended badly: there is no report in {store.folder}"])
        return
    now = time.time()
    rows = [(str(number), f"{age(now - one.at)} ago", one.actor, one.exit) for number, one in found.items()]
    lines(table(("ID", "WHEN", "ACTOR", "HOW IT ENDED"), rows))


def put_report(store: CrashStore, number: int, as_json: bool) -> None:
    """Print one report."""
    report = load(store, number)
    if as_json:
        document(msgspec.to_builtins(report))
    else:
        lines(report_lines(number, report))


def put_recording(report: CrashReport, hashed: bool) -> None:
    """Print the recording in a report; CommandError when there is none."""
    if not report.steps:
        raise CommandError(
            ExitStatus.FAILED,
            f"{report.actor} left no steps: only one that falls by its own mistake does, if it has a core",
        )
    header = Header(VERSION, report.airhail, report.actor, report.at)
    data = Recording(header, tuple(report.steps), End(report.exit)).write()
    sys.stdout.buffer.write(disguised(report.actor, data) if hashed else data)
    sys.stdout.flush()


def load(store: CrashStore, number: int) -> CrashReport:
    """Return one report; CommandError when there is none, or it cannot be understood."""
    try:
        report = store.load(number)
    except msgspec.DecodeError as error:
        raise CommandError(
            ExitStatus.FAILED, f"report {number} in {store.folder} cannot be read ({error}); remove it"
        ) from error
    if report is None:
        raise CommandError(
            ExitStatus.FAILED,
            f"there is no report {number} in {store.folder}; `airhail crashes` lists those there are",
        )
    return report


def heading(report: CrashReport) -> dict[str, Any]:
    """Return what a list tells of a report."""
    return {"actor": report.actor, "at": report.at, "exit": report.exit}


def report_lines(number: int, report: CrashReport) -> Iterator[str]:
    """Return a report for a person: how it ended, what it said last, and what it was doing."""
    when = datetime.fromtimestamp(report.at).strftime("%Y-%m-%d %H:%M:%S")
    yield f"{number}: {report.actor} ended on {when}: {report.exit}"
    yield f"pid {report.pid}, {report.lived:.1f} s in its last state, restarted {report.restarts} times before"
    if report.status:
        yield f"its status was: {report.status}"
    if report.stack:
        yield from ("", "stack:", *(f"  {line}" for line in report.stack.splitlines()))
    if report.tasks is not None:
        yield from ("", "tasks:", *(f"  {line}" for line in tree_lines(report.tasks.tasks)))
    if report.state is not None:
        yield from ("", "state:", *indented(report.state, 1))
    if report.steps:
        yield from ("", f"steps: `airhail crashes {number} --recording` prints the last of its core, to be replayed")
    if report.log:
        yield from ("", "log:", *(f"  {text}" for line in report.log for text in log_lines(line)))
    if report.messages:
        yield from ("", "messages:", *(f"  {message_line(message)}" for message in report.messages))
