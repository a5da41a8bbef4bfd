"""`scripts/bench KIND`: the command."""

import argparse
import json
import os
import platform
import sys

import trio

from tests.bench import ipc, kills, liveness, supervise


def main() -> int:
    """Measure what is asked for; the last line is the result as JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure airhail beside others.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    one = kinds.add_parser("supervise", help="restart of a killed actor, and memory, beside other supervisors")
    one.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each has its turn (3)")
    one.add_argument("--kills", type=int, default=15, metavar="N", help="kills in a turn (15)")
    one.set_defaults(
        measure=lambda asked: trio.run(supervise.supervise, asked.rounds, asked.kills), table=supervise.table
    )
    two = kinds.add_parser("ipc", help="a round trip beside other carriers, and with a crowd of clients")
    two.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each has its turn (5)")
    two.add_argument("--trips", type=int, default=3000, metavar="N", help="round trips in a turn (3000)")
    two.add_argument("--clients", type=int, default=1000, metavar="N", help="clients in the crowd (1000)")
    two.set_defaults(measure=lambda asked: ipc.ipc(asked.rounds, asked.trips, asked.clients), table=ipc.table)
    three = kinds.add_parser("kills", help="a thousand random kills with one intent held, and what they leave behind")
    three.add_argument("--kills", type=int, default=1000, metavar="N", help="how many (1000)")
    three.add_argument("--seed", type=int, default=1, metavar="N", help="of the dice that choose who dies (1)")
    three.set_defaults(measure=lambda asked: trio.run(kills.kills, asked.kills, asked.seed), table=kills.table)
    four = kinds.add_parser("liveness", help="processor, wake-ups and packets of the probes, for few and many links")
    four.add_argument("--seconds", type=float, default=60.0, metavar="N", help="of each measurement (60)")
    four.add_argument("--links", type=int, nargs="+", default=[1, 10, 32], metavar="N", help="how many (1 10 32)")
    four.set_defaults(
        measure=lambda asked: trio.run(liveness.liveness, asked.seconds, asked.links), table=liveness.table
    )
    for kind in (one, two, three, four):
        kind.add_argument("--json", action="store_true", help="only the line of JSON")
    arguments = parser.parse_args()
    result = arguments.measure(arguments)
    if not arguments.json:
        print(f"{os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}")
        print("\n".join(arguments.table(result)))
    print(json.dumps(result))
    return 0 if result.get("ok", True) else 1


if __name__ == "__main__":
    sys.exit(main())
