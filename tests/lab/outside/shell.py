"""Run the tools that make things, and say what went wrong in words."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# How much of a failed tool's output an error shows.
TAIL = 3000


class LabError(Exception):
    """Something the lab needs could not be made or run; the text says what to do."""


def say(text: str) -> None:
    """Show progress (standard error: standard output is for results)."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show that something slow has begun, and how long it took."""
    say(f"{name} ...")
    start = time.monotonic()
    yield
    say(f"{name}: {time.monotonic() - start:.0f} s")


def run(argv: Sequence[str], cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a tool to its end and return what it wrote; raise `LabError` with its last words when it fails."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed: {error}") from error
    if done.returncode != 0:
        raise LabError(f"`{' '.join(argv)}` failed (exit {done.returncode}):\n{done.stdout[-TAIL:]}")
    return done.stdout
