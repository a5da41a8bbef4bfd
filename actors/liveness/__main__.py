"""`python -m airhail.actors.liveness`: run the actor."""

import sys

from airhail.actors.liveness.shell import check, liveness
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("liveness", liveness, check))
