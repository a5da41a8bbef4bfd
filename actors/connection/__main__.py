"""`python -m airhail.actors.connection`: run the actor."""

import sys

from airhail.actors.connection.shell import connection
from airhail.actors.runtime import run_actor

sys.exit(run_actor("connection", connection))
