"""Run one target on inputs that are there: `python -m tests.fuzz.replay TARGET PATH...`, files or folders of them.

The first input that breaks the invariant ends it, with its name and the traceback.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.targets import load


def main() -> None:
    """Check every input."""
    target = load(sys.argv[1])
    for path in inputs(Path(argument) for argument in sys.argv[2:]):
        try:
            target.check(path.read_bytes())
        except BaseException as error:
            error.add_note(f"{path} breaks the invariant: {target.invariant}")
            raise


def inputs(paths: Iterator[Path]) -> Iterator[Path]:
    """Return the files, those in folders among them."""
    for path in paths:
        yield from sorted(path.iterdir()) if path.is_dir() else [path]


if __name__ == "__main__":
    main()
