"""`scripts/bench supervise`: the command."""

import argparse
import json
import os
import platform
import sys

import trio

from tests.bench.supervise import supervise, table


def main() -> int:
    """Measure what is asked for; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure airhail beside others.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    one = kinds.add_parser("supervise", help="restart of a killed actor, and memory, beside other supervisors")
    one.add_argument("--json", action="store_true", help="only the line of JSON")
    one.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each has its turn (3)")
    one.add_argument("--kills", type=int, default=15, metavar="N", help="kills in a turn (15)")
    arguments = parser.parse_args()
    result = trio.run(supervise, arguments.rounds, arguments.kills)
    if not arguments.json:
        print(f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}")
        print("\n".join(table(result)))
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
