"""`python -m airhail.actors.connection`: run the actor."""

import sys

from airhail.actors.connection.shell import check, connection
from airhail.actors.runtime import run_actor

if __name__ == "__main__":  # it is also imported ahead, to be forked from
    sys.exit(run_actor("connection", connection, check))
