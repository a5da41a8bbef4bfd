"""`python -m airhail.actors.metrics`: run the actor."""

import sys

from airhail.actors.metrics.shell import metrics
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("metrics", metrics))
