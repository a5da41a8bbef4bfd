"""The supervisor's own core, for those who look at recordings: `python -m airhail.supervisor.cores replay FILE`."""

import sys

from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.tool import main
from airhail.supervisor import core

CORES = {
    # A command line has the place of a user's Python in it, and STATUS= what an actor says of its peers.
    "supervisor": Core(
        "supervisor", core.step, core.Tree, core.Event, names=frozenset({"command", "status", "STATUS"})
    )
}

if __name__ == "__main__":
    sys.exit(main(CORES, "airhail.supervisor.cores", sys.argv[1:]))
