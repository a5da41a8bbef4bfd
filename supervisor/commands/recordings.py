"""The programs that have the actors' cores, which the supervisor knows by name only."""

import subprocess
import sys

from airhail.supervisor.commands.reach import SUPERVISOR
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus


def tool_command(actor: str) -> list[str]:
    """Return the command line of the program that knows this actor's core."""
    home = "supervisor" if actor == SUPERVISOR else "actors"
    return [sys.executable, "-m", f"airhail.{home}.cores"]


def disguised(actor: str, recording: bytes) -> bytes:
    """Return the recording with addresses and names replaced; CommandError when that cannot be."""
    command = [*tool_command(actor), "disguise", "-"]
    done = subprocess.run(command, input=recording, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise CommandError(ExitStatus.FAILED, f"the recording of {actor} could not be disguised, so it was dropped")
    return done.stdout
