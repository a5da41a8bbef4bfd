"""`python -m airhail.actors.lan`: run the actor."""

import sys

from airhail.actors.lan.shell import check, lan
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("lan", lan, check))
