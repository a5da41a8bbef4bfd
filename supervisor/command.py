"""The `airhail` command."""

import sys
from collections.abc import Callable

from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus


def guarded(work: Callable[[], ExitStatus]) -> int:
    """Do the work of a command; tell its errors as sentences and return its exit status."""
    try:
        return work()
    except CommandError as error:
        print(f"airhail: {error.sentence}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
