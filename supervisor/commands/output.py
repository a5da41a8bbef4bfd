"""Where a command's words go: lines for people, one JSON object a line for programs."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airhail.supervisor.commands.text import clean, fit

REWIND = "\r\x1b[K"
"""Back to the first column and clear to the end of the line (ECMA-48, EL)."""

UPWARDS = "\x1b[{}F\x1b[J"
"""Up so many lines, to the first column, and clear to the end of the screen (ECMA-48, CPL and ED)."""


def lines(texts: Iterable[str]) -> None:
    """Print lines for a person; nothing in them can steer the terminal."""
    for text in texts:
        print(clean(text), flush=True)


def document(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line, in ASCII."""
    print(json.dumps(value), flush=True)


class Block:
    """Some lines that are drawn anew in their place on a terminal, and printed again where that cannot be."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty()
        self._drawn: list[str] = []

    def show(self, texts: Sequence[str]) -> None:
        """Show the lines instead of those that were shown before; the same ones again are not worth a word."""
        if texts == self._drawn:
            return
        if self._live:
            # A line that wraps would take more than one line back.
            room = (os.get_terminal_size(sys.stdout.fileno()).columns or 80) - 1
            up = UPWARDS.format(len(self._drawn)) if self._drawn else ""
            sys.stdout.write(up + "".join(fit(clean(text), room) + "\n" for text in texts))
            sys.stdout.flush()
        else:
            lines(texts)
        self._drawn = list(texts)


class Progress:
    """How far something is: one line that changes on a terminal, a line for each change elsewhere.

    It goes to standard error, so that standard output holds the result alone.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._last = ""

    def show(self, text: str, elapsed: str = "") -> None:
        """Say how far it is. `elapsed` changes all the time, so it alone is no reason for a new line."""
        if self._quiet:
            return
        if self._live:
            # A line that wraps could not be taken back, and one that fills the last column may wrap.
            columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80  # 0: nobody told the terminal
            room = columns - 1
            sys.stderr.write(REWIND + fit(clean(f"{text} {elapsed}".rstrip()), room))
            sys.stderr.flush()
        elif text != self._last:
            print(clean(text), file=sys.stderr, flush=True)
        self._last = text

    def keep(self, text: str) -> None:
        """Say something that stays on the terminal."""
        self.clear()
        if not self._quiet:
            print(clean(text), file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the changing line away."""
        if self._live and self._last and not self._quiet:
            sys.stderr.write(REWIND)
            sys.stderr.flush()
        self._last = ""
