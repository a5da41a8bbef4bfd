"""`python -m airhail.supervisor` is the `airhail` command."""

import sys

from airhail.supervisor.command import main

if __name__ == "__main__":
    sys.exit(main())
