"""Run other programs."""

import subprocess
from collections.abc import Sequence

from scripts.installer.errors import InstallError

WITHIN = 600.0
"""Seconds. The slowest is pip on a slow network; what takes longer waits for something that does not come."""

TAIL = 2000


def run(*argv: str) -> None:
    """Run a program to its end; InstallError with its last words when it fails."""
    status, said = attempt(argv)
    if status != 0:
        raise InstallError(f"`{' '.join(argv)}` failed (exit {status}): {said[-TAIL:].strip()}")


def attempt(argv: Sequence[str]) -> tuple[int, str]:
    """Run a program to its end; return its exit status and what it said. 127 when there is no such program."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=WITHIN,
            check=False,
        )
    except FileNotFoundError:
        return 127, f"there is no program {argv[0]}"
    except subprocess.TimeoutExpired:
        return 124, f"it did not end within {WITHIN:g} s"
    return done.returncode, done.stdout
