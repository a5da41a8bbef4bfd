"""Read what a person types, without standing in the way of whatever else happens meanwhile."""

import os
import sys
from contextlib import suppress

import trio

# The longest line that a terminal hands over at once (termios(3), canonical mode).
LONGEST = 4096


YES_OR_NO = {"yes": True, "y": True, "no": False, "n": False}


def yes_or_no(line: str) -> bool | None:
    """Return what was typed, None when it is neither yes nor no and has to be asked again."""
    return YES_OR_NO.get(line.strip().casefold())


async def read_line() -> str | None:
    """Return the next line of standard input, without its end; None when there is none any more."""
    descriptor = sys.stdin.fileno()
    typed = b""
    while not typed.endswith(b"\n") and len(typed) < LONGEST:
        # A file is always ready, so it cannot be waited for (epoll_ctl(2), EPERM).
        with suppress(PermissionError):
            await trio.lowlevel.wait_readable(descriptor)
        byte = os.read(descriptor, 1)
        if not byte:
            break
        typed += byte
    return typed.decode(errors="replace").rstrip("\n") if typed else None
