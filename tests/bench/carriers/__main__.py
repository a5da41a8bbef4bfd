"""`python -m tests.bench.carriers CARRIER serve ADDRESS`, or `ask ADDRESS ROUNDS`: one end of one carrier.

`serve` writes a line once it listens, and answers until it is killed. `ask` writes its round trips, in microseconds,
as one list of JSON.
"""

import importlib
import json
import sys


def main() -> None:
    """Be the end that the command line names."""
    carrier, end, address, *rounds = sys.argv[1:]
    module = importlib.import_module(f"tests.bench.carriers.carrier_{carrier}")
    if end == "serve":
        module.serve(address)
    else:
        print(json.dumps([round(1e6 * seconds, 1) for seconds in module.ask(address, int(rounds[0]))]))


if __name__ == "__main__":
    main()
