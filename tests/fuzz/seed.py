"""Write a target's seeds into its corpus: `python -m tests.fuzz.seed TARGET FOLDER`."""

import sys
from pathlib import Path

from tests.fuzz.targets import load


def main() -> None:
    """Write each seed to a file of its own."""
    for place, seed in enumerate(load(sys.argv[1]).seeds):
        Path(sys.argv[2], f"seed-{place}").write_bytes(seed)


if __name__ == "__main__":
    main()
