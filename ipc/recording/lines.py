"""A recording as JSON lines: a header; states, each with the steps that follow it; and why it ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

VERSION = 1
"""Of what the lines mean; it stands in the header."""


MAX_NESTING = 64
"""Levels of one state, event or list of effects: ours nest eight; recursive readers fail at some hundred."""


class RecordingError(ValueError):
    """A file is no recording, or one that this airhail cannot read."""


class Header(Struct, frozen=True, tag_field="type", tag="recording"):
    """The first line: whose recording it is and what wrote it."""

    version: int
    airhail: str
    actor: str
    at: float
    """Seconds since 1970."""
    hashed: bool = False
    """Whether addresses and names were replaced."""


class Begin(Struct, frozen=True, tag_field="type", tag="state", omit_defaults=True):
    """The core's whole state: where the recording begins, and where it goes on after a gap or in another life."""

    state: Any
    after: int = 0
    """Steps that this life had taken before."""
    instance: str = ""
    """Differs for every life of the process; "" when there is only one."""
    lost: int = 0
    """Steps between the line before and this one, in the same life, for which there was no room."""


class Step(Struct, frozen=True, tag_field="type", tag="step", omit_defaults=True):
    """One step of the core: when, what it took, and what it decided or how it failed."""

    now: float
    event: Any
    effects: list[Any] = []
    raised: str = ""


class End(Struct, frozen=True, tag_field="type", tag="end"):
    """The last line: why there is no more."""

    reason: str


Line = Header | Begin | Step | End


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds; without an end it was cut off."""

    header: Header
    lines: tuple[Begin | Step, ...]
    end: End | None

    def write(self) -> bytes:
        """Return the recording as it stands in a file."""
        lines: list[Line] = [self.header, *self.lines]
        return b"".join(map(line_of, lines if self.end is None else [*lines, self.end]))


def line_of(line: Line) -> bytes:
    """Return one line."""
    return msgspec.json.encode(line) + b"\n"


def parse(data: bytes) -> Recording:
    """Return the recording in a file; a last line without its end, as a killed writer leaves it, is passed over.

    Raises RecordingError, which names the line.
    """
    lines = list(read_lines(data.split(b"\n")[:-1]))
    if not lines or not isinstance(lines[0], Header):
        raise RecordingError("this is no recording: its first line is no header; `airhail record` makes recordings")
    header, rest = lines[0], lines[1:]
    if header.version != VERSION:
        raise RecordingError(
            f"this recording is of version {header.version}, made by airhail {header.airhail}; "
            f"this airhail reads version {VERSION}: replay it with the airhail that made it"
        )
    if rest and isinstance(rest[-1], End):
        return Recording(header, in_order(rest[:-1]), rest[-1])
    return Recording(header, in_order(rest), None)


def parse_body(data: bytes) -> tuple[Begin | Step, ...]:
    """Return the states and steps in lines without a header; raises RecordingError."""
    return in_order(list(read_lines(data.split(b"\n")[:-1])))


def in_order(lines: Sequence[Line]) -> tuple[Begin | Step, ...]:
    """Return lines as they are, if they are states and steps, a state first."""
    body = tuple(line for line in lines if isinstance(line, Begin | Step))
    if len(body) < len(lines) or (body and not isinstance(body[0], Begin)):
        raise RecordingError("this recording is out of order: one header, states with their steps, one end at most")
    return body


def read_lines(lines: list[bytes]) -> Iterator[Line]:
    """Yield what each line says."""
    for number, line in enumerate(lines, 1):
        try:
            found: Line = msgspec.json.decode(line, type=Line)
        # Text that is no UTF-8 and too many brackets come out as they are.
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise RecordingError(f"line {number} is no line of a recording: {error}") from error
        told = (
            found.state
            if isinstance(found, Begin)
            else [found.event, found.effects]
            if isinstance(found, Step)
            else ()
        )
        if not nests_within(told, MAX_NESTING):
            raise RecordingError(f"line {number} nests more than {MAX_NESTING} levels deep: it is no core's")
        yield found


def nests_within(value: Any, levels: int) -> bool:
    """Tell whether plain data nests no deeper than so many levels."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return levels > 0 and all(nests_within(item, levels - 1) for item in inner)
    return True
