"""`python -m airhail.actors.discovery`: run the actor."""

import sys

from airhail.actors.discovery.shell import check, discovery
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("discovery", discovery, check))
