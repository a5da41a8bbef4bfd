"""A file is a recording, or it is said why not."""

import pytest

from airhail.ipc.recording.lines import Begin, End, Header, RecordingError, Step, line_of, parse
from tests.unit.ipc.recording.machine import LOW, Broke, Met, Peer, State, recorded

WHOLE = recorded(State(), Met(Peer(LOW)), Broke())
HEADER, BEGIN, STEP, END = map(line_of, (WHOLE.header, WHOLE.lines[0], WHOLE.lines[1], End("over")))


def test_what_was_written_is_read() -> None:
    assert parse(WHOLE.write()) == WHOLE


@pytest.mark.parametrize("cut", [1, len(END), len(END) + 1])
def test_a_killed_writer_costs_the_last_line_alone(cut: int) -> None:
    found = parse(WHOLE.write()[: -cut - 1])
    assert found.end is None
    assert found.lines == WHOLE.lines[: len(found.lines)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no recording"),
        (STEP, "no recording"),
        (HEADER + STEP, "out of order"),
        (HEADER + HEADER, "out of order"),
        (HEADER + BEGIN + END + STEP, "out of order"),
        (HEADER + BEGIN + b"?\n", "line 3 is no line of a recording"),
        (HEADER + b'{"type":"end","reason":"\x80"}\n', "line 2 is no line of a recording"),
        (HEADER + b"[" * 10_000 + b"\n", "line 2 is no line of a recording"),
        (HEADER + b'{"type":"state","state":' + b"[" * 100 + b"]" * 100 + b"}\n", "line 2 nests more than 64 levels"),
        (line_of(Header(99, "9.9", "x", 0.0)), "version 99, made by airhail 9.9"),
    ],
)
def test_what_is_none_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        parse(data)


def test_what_usually_is_nothing_is_left_out() -> None:
    assert line_of(Step(1.5, 0)) == b'{"type":"step","now":1.5,"event":0}\n'
    assert line_of(Begin(0, 3, "a")) == b'{"type":"state","state":0,"after":3,"instance":"a"}\n'
