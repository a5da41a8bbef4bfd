"""Text for people: safe to print, in columns, with times as ages."""

import unicodedata
from collections.abc import Sequence

LONGEST_LINE = 1000
"""Characters of one line. The longest honest one is an advice; the rest is what a stranger sends."""

# Unicode's general categories of what does not print as itself: controls, formats (direction marks), surrogates,
# private use, unassigned, line and paragraph separators (Unicode Standard, section 4.5).
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str) -> str:
    r"""Return the text on one line with whatever could steer a terminal written out, as in `\x1b`.

    Names of peers come from the air: whoever is near chooses them.
    """
    shown = "".join(escape(character) for character in text[:LONGEST_LINE])
    return shown if len(text) <= LONGEST_LINE else shown + "…"


def escape(character: str) -> str:
    """Return a character, or the escape that stands for it when it does not print as itself."""
    if unicodedata.category(character) not in UNPRINTABLE:
        return character
    return character.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Return how many columns of a terminal a clean text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "FW" else 1
        for character in text
    )


def fit(text: str, room: int) -> str:
    """Return as much of a clean text as fits into `room` columns, with an ellipsis where it was cut."""
    if width(text) <= room:
        return text
    end = next(end for end in range(len(text), -1, -1) if width(text[:end]) <= room - 1)
    return text[:end] + "…"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its columns two spaces apart; a column empty in every row is left out."""
    kept = [place for place in range(len(header)) if any(row[place] for row in rows)]
    cells = [[clean(row[place]) for place in kept] for row in (header, *rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(pad(cell, room) for cell, room in zip(row, widths, strict=True)).rstrip() for row in cells]


def pad(text: str, room: int) -> str:
    """Return the text with spaces behind it up to `room` columns."""
    return text + " " * (room - width(text))


def age(seconds: float) -> str:
    """Return a length of time in its largest unit, rounded down."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(max(seconds, 0))} s"


def milliseconds(seconds: float) -> str:
    """Return a short length of time in milliseconds, as finely as it is worth reading."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds * 1000:.0f} ms"
