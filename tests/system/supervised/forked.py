"""`python -m tests.system.supervised.forked MODULE`: start a module, and one that does not exist, by a forked zygote.

What `airhail run` does before anything else; a test cannot, since its process has threads. The module is handed our
standard output as its descriptor 3. The exit status is that of the one that does not exist.
"""

import os
import sys

import trio

from airhail.supervisor.forking import ForkSpawner
from airhail.supervisor.processes import become_subreaper
from airhail.supervisor.programs import program
from airhail.supervisor.spawning import Launch
from airhail.supervisor.zygote import fork_zygote

MISSING = "tests.no_such"
WITHIN = 20.0


async def start(spawner: ForkSpawner, module: str) -> int:
    """Start both, one after the other."""
    with trio.fail_after(WITHIN):
        await spawner.begin()
    command = program(module, "one", "two")
    ended(spawner.spawn("reflection", Launch(command, os.environ, (sys.stdout.fileno(), sys.stdin.fileno()))))
    status = ended(spawner.spawn("broken", Launch(program(MISSING), os.environ, ())))
    spawner.close()
    return status


def ended(pid: int) -> int:
    """Wait for the end of a child and return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    become_subreaper()
    modules = [MISSING, sys.argv[1]]
    zygote = fork_zygote(modules)
    assert zygote is not None, "this process has more than one thread"
    sys.exit(trio.run(start, ForkSpawner(modules, os.environ, zygote), sys.argv[1]))
