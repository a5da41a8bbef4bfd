"""`python -m airhail.actors.hooks`: run the actor."""

import sys

from airhail.actors.hooks.shell import check, hooks
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("hooks", hooks, check))
