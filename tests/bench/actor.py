"""`python -m tests.bench.actor NAME`: the real discovery actor under a name of its own, so that several can run."""

import sys

from airhail.actors.discovery.shell import check, discovery
from airhail.actors.runtime import run_actor

if __name__ == "__main__":
    sys.exit(run_actor(sys.argv.pop(1), discovery, check))
