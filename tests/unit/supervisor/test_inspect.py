"""How the views of `airhail inspect` are told to a person."""

import pytest

from airhail.ipc.inspection.documents import Timing
from airhail.ipc.inspection.logs import Line
from airhail.ipc.inspection.trace import Message
from airhail.supervisor.commands.feeds import clock, log_lines, message_line
from airhail.supervisor.commands.inspect import changes
from airhail.supervisor.commands.timings import below, duration, timing_row

AT = 1_000_000.25


def test_changes_are_told_with_their_place() -> None:
    patch = {"links": {"a": {"phase": "up", "reason": None}, "b": None}, "callers": {}}
    assert list(changes(patch, "12:00")) == [
        "12:00 links.a.phase: up",
        "12:00 links.a.reason: (gone)",
        "12:00 links.b: (gone)",
        "12:00 callers: none",
    ]


def test_a_traceback_stands_below_its_line() -> None:
    assert log_lines(Line(AT, "error", "failed\nTraceback\nhere")) == [
        f"{clock(AT)} error    failed",
        "    Traceback",
        "    here",
    ]
    assert log_lines(Line(AT, "info", "")) == [f"{clock(AT)} info     "]


def test_a_message_points_its_way() -> None:
    assert message_line(Message(AT, "in", "process 7", 3, "{}")) == f"{clock(AT)} <- process 7 (3 bytes) {{}}"
    assert "-> discovery" in message_line(Message(AT, "out", "discovery", 3, "{}"))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 us"), (0.00012345, "123 us"), (0.0012345, "1.23 ms"), (1.5, "1.5 s"), (600.0, "600 s")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_shares_of_a_timing() -> None:
    timing = Timing(count=4, sum=2.0, longest=1.5, buckets=[(0.001, 2), (0.002, 1), (None, 1)])
    assert [below(timing, share) for share in (0.5, 0.75, 0.99)] == [0.001, 0.002, 1.5]
    assert timing_row("step", timing) == ("step", "4", "500 ms", "1 ms", "1.5 s", "1.5 s")
    assert timing_row("step", Timing(0, 0.0, 0.0, [])) == ("step", "0", "", "", "", "")
