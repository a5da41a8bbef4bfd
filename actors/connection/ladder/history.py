"""The history on disk: what failed, which rung was used for which symptom, and what cured it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from airhail.actors.connection.ladder.case import Entry, Line, Outcome
from airhail.actors.connection.ladder.ladder import HOUR_S, Rung, noted
from airhail.actors.files import load_document, write_whole

VERSION = 1
RUNGS = frozenset(Rung)
# Weeks of a link that fails often, and yet one frame of the protocol (some 200 bytes a line).
MAX_LINES = 256
MAX_BYTES = 256 * 1024


class _File(msgspec.Struct, frozen=True):
    version: int
    lines: list[Line]


class History:
    """The file of the history: `add` puts a line behind the others, `write` has them all on disk when it returns."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "history.json"
        self.lines: list[Line] = []

    def load(self) -> None:
        """Read the lines back; a file that cannot be read is kept aside and named in the log."""
        read = load_document(self._path, _File, VERSION, MAX_BYTES, lost="it begins anew")
        self.lines = read.lines[-MAX_LINES:] if read else []

    def add(self, line: Line) -> None:
        """Add a line; the oldest makes room for it."""
        self.lines = [*self.lines, line][-MAX_LINES:]

    def write(self) -> None:
        """Write all lines. Raises OSError."""
        write_whole(self._path, msgspec.json.encode(_File(VERSION, self.lines)))


def uses(lines: Iterable[Line], clock: float, now: float) -> dict[Rung, tuple[float, ...]]:
    """Return when each rung was used within the last hour, by the monotonic *now*, the newest last.

    *clock* is the time since 1970 that goes with it. What is in its future was written under another clock, and is
    taken to have been just now.
    """
    found: dict[Rung, tuple[float, ...]] = {}
    for line in lines:
        age = max(clock - line.at, 0.0)
        if line.rung in RUNGS and line.outcome == Outcome.BEGUN and age < HOUR_S:
            rung = Rung(line.rung)
            found[rung] = noted(rung, found.get(rung, ()), now - age)
    return found


def line_of(entry: Entry, at: float) -> Line:
    """Shape an entry of the core for the file and for others."""
    return Line(
        at=at,
        peer=entry.peer,
        reason=entry.reason.value if entry.reason else "",
        symptoms=tuple(symptom.value for symptom in entry.symptoms),
        rung=entry.rung.value if entry.rung else "",
        outcome=entry.outcome.value,
    )
