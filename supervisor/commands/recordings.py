"""The programs that have the actors' cores, which the supervisor knows by name only."""

import subprocess

from airhail.supervisor.commands.reach import SUPERVISOR
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.programs import program


def tool_command(actor: str, *arguments: str) -> tuple[str, ...]:
    """Return the command line of the program that knows this actor's core, with these arguments."""
    home = "supervisor" if actor == SUPERVISOR else "actors"
    return program(f"airhail.{home}.cores", *arguments)


def disguised(actor: str, recording: bytes) -> bytes:
    """Return the recording with addresses and names replaced; CommandError when that cannot be."""
    done = subprocess.run(tool_command(actor, "disguise", "-"), input=recording, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise CommandError(ExitStatus.FAILED, f"the recording of {actor} could not be disguised, so it was dropped")
    return done.stdout
