"""Arguments that several commands share."""

from argparse import ArgumentParser, ArgumentTypeError

from airhail.supervisor.commands.reach import SUPERVISOR
from airhail.supervisor.metrics import METRICS
from airhail.supervisor.specs import ACTORS

LINKED_WITHIN = 90.0
"""Seconds for a link to come unless told otherwise: several attempts, each with its own deadline and a pause."""


def duration(text: str) -> float:
    """Return a time to wait, for argparse: status 2 unless it is a number above 0."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    # Nor is NaN above anything.
    if not found > 0:
        raise ArgumentTypeError(f"{text!r} is no time to wait: give a number of seconds above 0")
    return found


def add_actor(parser: ArgumentParser) -> None:
    """Declare ACTOR, any that may run."""
    names = ", ".join([SUPERVISOR, *(spec.name for spec in (*ACTORS, METRICS))])
    parser.add_argument("actor", metavar="ACTOR", help=names)
