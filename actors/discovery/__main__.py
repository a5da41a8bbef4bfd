"""`python -m airhail.actors.discovery`: run the actor."""

import sys

from airhail.actors.discovery.shell import discovery
from airhail.actors.runtime import run_actor

sys.exit(run_actor("discovery", discovery))
