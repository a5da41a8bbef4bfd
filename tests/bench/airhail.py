"""`python -m tests.bench.airhail NAME...`: airhail's supervisor over actors of these names."""

import sys

from airhail.supervisor.command import guarded
from airhail.supervisor.programs import program
from airhail.supervisor.run import run
from airhail.supervisor.specs import ActorSpec

if __name__ == "__main__":
    specs = [ActorSpec(name, program("tests.bench.actor", name)) for name in sys.argv[1:]]
    sys.exit(guarded(lambda: run(specs)))
