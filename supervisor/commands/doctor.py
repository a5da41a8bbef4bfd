"""`airhail doctor`: what on this host is well, what limits links, and what is broken and how to mend it.

The looking is done by a process of its own, `airhail.actors.doctor`: it needs the bus, and no running airhail.
"""

import os
import subprocess
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct

from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.history import show_history
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import SUPERVISOR, path_of
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.programs import program

HELP = "check this host: what is fine, what limits links, what is broken and how to mend it"

PROGRAM = "airhail.actors.doctor"

LOOKED_WITHIN = 45.0
"""Seconds for the whole look: a Python that starts on whatever machine, and probes that each give up after 12 s."""

FINE = "fine"
BROKEN = "broken"
GRADES = ("broken", "limit", "unknown", "fine")
"""The worst first."""


class Finding(Struct, frozen=True):
    """One finding of one check."""

    check: str
    grade: str
    sentence: str
    advice: str = ""
    about: str = ""


class Report(Struct, frozen=True):
    """What the looking found."""

    uid: int
    findings: list[Finding]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument(
        "--all", action="store_true", help="show what is fine in a check that found something else, too"
    )
    shown.add_argument("--history", action="store_true", help="show past failures, and what cured them")


def run(arguments: Namespace) -> ExitStatus:
    """Look, and tell; or tell what happened before."""
    if arguments.history:
        return run_async(show_history, arguments.json)
    report = look(arguments.config)
    if arguments.json:
        document({"grade": worst(report.findings), **msgspec.to_builtins(report)})
    else:
        lines(report_lines(report.findings, everything=arguments.all))
    return ExitStatus.FAILED if worst(report.findings) == BROKEN else ExitStatus.DONE


def look(config: Path | None) -> Report:
    """Return what the doctor's process reports."""
    command = program(PROGRAM, *([] if config is None else ["--config", str(config)]))
    # It looks for airhail where every command does.
    environment = {**os.environ, "AIRHAIL_RUNTIME_DIR": str(path_of(SUPERVISOR).parent)}
    try:
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LOOKED_WITHIN, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(ExitStatus.OS_ERROR, f"this host cannot be looked at: {error}") from error
    try:
        return msgspec.json.decode(ended.stdout, type=Report)
    except msgspec.DecodeError as error:
        said = ended.stderr.strip().rpartition("\n")[2] or str(error)
        raise CommandError(ExitStatus.BUG, f"looking at this host failed: {said}; please report it") from error


def worst(findings: Sequence[Finding]) -> str:
    """Return the worst grade among findings."""
    return min((one.grade for one in findings), key=GRADES.index, default=FINE)


def report_lines(findings: Sequence[Finding], *, everything: bool) -> Iterator[str]:
    """Return the findings a line each with the advice below, and a last line that counts them.

    Of a check that found something else, what is fine is left out unless everything is wanted.
    """
    for check, group in groupby(findings, key=lambda one: one.check):
        found = list(group)
        told = [one for one in found if everything or one.grade != FINE] or found
        for one in told:
            yield f"{one.grade:7}  {check}: {one.sentence}"
            if one.advice:
                yield f"         do: {one.advice}"
    counts = Counter(one.grade for one in findings)
    yield ""
    yield ", ".join(f"{counts[grade]} {grade}" for grade in GRADES if counts[grade])
