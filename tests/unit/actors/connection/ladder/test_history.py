"""The history on a real disk: bounded, whole or as it was, and one frame of the protocol."""

import os
from dataclasses import replace
from pathlib import Path

import msgpack
import msgspec
import pytest

from airhail.actors.connection.ladder.case import Entry, Line, Outcome
from airhail.actors.connection.ladder.events import UsesRead
from airhail.actors.connection.ladder.history import MAX_LINES, History, line_of, uses
from airhail.actors.connection.ladder.ladder import Rung, may_use_at
from airhail.actors.reasons import Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.limits import MAX_FRAME
from tests.unit.actors.connection.links.story import Story

PEER = "42:00:00:00:01:00"
ENTRY = Entry(PEER, Reason.PEER_NEVER_ANSWERED, (Symptom.DEADLOCK,), Rung.FLUSH, Outcome.CURED)


def test_lines_outlive_the_process_and_the_oldest_make_room(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.load()
    for number in range(MAX_LINES + 10):
        history.add(line_of(ENTRY, float(number)))
    history.write()
    again = History(tmp_path)
    again.load()
    assert again.lines == history.lines
    assert [again.lines[0].at, again.lines[-1].at] == [10.0, MAX_LINES + 9.0]


def test_a_line_has_the_words_that_others_read() -> None:
    assert msgspec.to_builtins(line_of(ENTRY, 1.5)) == {
        "at": 1.5,
        "peer": PEER,
        "reason": "peer-never-answered",
        "symptoms": ("deadlock",),
        "rung": "flush",
        "outcome": "cured",
    }
    assert line_of(Entry("", None, (), None, Outcome.NOT_CURED), 0.0).rung == ""


def test_how_often_a_rung_may_be_used_holds_through_a_restart() -> None:
    def line(rung: Rung | None, outcome: Outcome, at: float) -> Line:
        return line_of(replace(ENTRY, rung=rung, outcome=outcome), at)

    lines = [
        line(Rung.REMANAGE, Outcome.BEGUN, 6_000.0),
        line(Rung.REMANAGE, Outcome.BEGUN, 9_500.0),
        line(Rung.REMANAGE, Outcome.FAILED, 9_550.0),
        line(Rung.REMANAGE, Outcome.ASKED, 9_600.0),
        line(Rung.REMANAGE, Outcome.REFUSED, 9_700.0),
        line(None, Outcome.NOT_CURED, 9_800.0),
        line(Rung.FLUSH, Outcome.BEGUN, 20_000.0),
        replace(line(Rung.FLUSH, Outcome.BEGUN, 9_900.0), rung="a rung of another version"),
    ]
    assert uses(lines, 10_000.0, 700.0) == {Rung.REMANAGE: (200.0,), Rung.FLUSH: (700.0,)}
    story = Story()
    story.tell(UsesRead(uses(lines, 10_000.0, story.now)))
    assert may_use_at(Rung.REMANAGE, story.state.used[Rung.REMANAGE]) == story.now + 100.0


def test_the_whole_history_fits_into_a_frame() -> None:
    longest = sorted(Symptom, key=len)[-3:]
    line = line_of(
        Entry(PEER, max(Reason, key=len), tuple(longest), max(Rung, key=len), Outcome.NOT_CURED), 1e9 + 0.5
    )
    reply = {"type": "reply", "id": 2**63 - 1, "result": {"history": [msgspec.to_builtins(line)] * MAX_LINES}}
    assert len(msgpack.packb(reply)) < MAX_FRAME


@pytest.mark.parametrize("content", [b"", b"{", b'{"version":2,"lines":[]}', b'{"version":1,"lines":[{"at":"x"}]}'])
def test_what_cannot_be_read_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "history.json").write_bytes(content)
    history = History(tmp_path)
    history.load()
    assert history.lines == []
    assert (tmp_path / "history.unreadable").read_bytes() == content


def test_a_disk_that_is_full_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    history.add(line_of(ENTRY, 1.0))
    history.write()
    history.add(line_of(ENTRY, 2.0))

    def refuse(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no space"):
        history.write()
    again = History(tmp_path)
    again.load()
    assert [line.at for line in again.lines] == [1.0]
