"""The history on disk: what failed, which rung was used for which symptom, and what cured it."""

from pathlib import Path

import msgspec

from airhail.actors.connection.ladder.case import Entry, Line
from airhail.actors.files import load_document, write_whole

VERSION = 1
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
