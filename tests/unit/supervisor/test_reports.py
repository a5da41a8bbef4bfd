import signal
from dataclasses import replace

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.inspection.blackbox import Remains
from airhail.ipc.inspection.logs import HEAD, Line
from airhail.ipc.recording.lines import Begin, Step, line_of
from airhail.supervisor.actor import Actor, Phase
from airhail.supervisor.reports import MAX_REPORT, CrashReport, abnormal, encode_report, report_of
from airhail.supervisor.specs import ActorSpec

RUNNING = Actor(ActorSpec("a", ("true",)), since=100.0, phase=Phase.RUNNING, pid=7, status="busy", restarts=2)
STOPPING = replace(RUNNING, phase=Phase.STOPPING)


@pytest.mark.parametrize(
    ("before", "code", "bad"),
    [
        (RUNNING, 0, False),
        (RUNNING, 1, True),
        (RUNNING, 75, False),
        (RUNNING, 78, True),
        (RUNNING, -signal.SIGTERM, True),
        (STOPPING, 0, False),
        (STOPPING, -signal.SIGTERM, False),
        (STOPPING, 1, True),
        (replace(STOPPING, blamed="no WATCHDOG=1"), -signal.SIGABRT, True),
        (replace(STOPPING, blamed="still there", killed=True), -signal.SIGKILL, True),
    ],
)
def test_which_ends_are_worth_a_report(before: Actor, code: int, bad: bool) -> None:
    assert abnormal(before, code) == bad


def test_all_that_was_left_is_told() -> None:
    remains = Remains(
        state=msgpack.packb({"n": 1}),
        log=(HEAD.pack(5.0, 20) + b"a line",),
        tasks=msgspec.msgpack.encode({"tasks": [{"depth": 0, "name": "main", "where": []}], "left_out": 0}),
        steps=line_of(Begin({"is": "State"}, 7)) + line_of(Step(1.0, {"is": "Tick"})),
        stack="Traceback",
    )
    after = replace(RUNNING, phase=Phase.BACKOFF, pid=None, last_exit="exit 1")
    report = report_of(RUNNING, after, remains, at=1000.0, now=130.0)
    assert (report.actor, report.exit, report.pid, report.lived, report.restarts) == ("a", "exit 1", 7, 30.0, 2)
    assert (report.state, report.status, report.stack) == ({"n": 1}, "busy", "Traceback")
    assert report.log == [Line(5.0, "info", "a line")]
    assert report.steps == [Begin({"is": "State"}, 7), Step(1.0, {"is": "Tick"})]
    assert report.tasks is not None
    assert msgspec.json.decode(encode_report(report), type=CrashReport) == report


payloads = st.lists(st.binary(max_size=200)).map(tuple)


@given(
    st.builds(
        Remains,
        state=st.none() | st.binary(),
        log=payloads,
        messages=payloads,
        tasks=st.none() | st.binary(),
        steps=st.none() | st.binary(),
        stack=st.text(),
    )
)
def test_whatever_was_left_a_report_comes_of_it(remains: Remains) -> None:
    report = report_of(RUNNING, RUNNING, remains, at=0.0, now=0.0)
    assert msgspec.json.decode(encode_report(report), type=CrashReport) == report


@given(st.integers(0, 100), st.integers(0, 20_000))
def test_a_report_is_never_larger_than_it_may_be_and_keeps_the_newest(count: int, size: int) -> None:
    lines = [Line(float(number), "info", "\0" * size) for number in range(count)]
    encoded = encode_report(CrashReport("a", 0.0, "exit 1", 7, 1.0, log=lines))
    assert len(encoded) <= MAX_REPORT
    kept = msgspec.json.decode(encoded, type=CrashReport).log
    assert kept == lines[len(lines) - len(kept) :]
