"""`python -m airhail.actors.ble`: run the actor."""

import sys

from airhail.actors.ble.shell import ble, check
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("ble", ble, check))
