"""The history on a real disk: bounded, whole or as it was, and one frame of the protocol."""

import os
from pathlib import Path

import msgpack
import msgspec
import pytest

from airhail.actors.connection.ladder.case import Entry, Outcome
from airhail.actors.connection.ladder.history import MAX_LINES, History, line_of
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.reasons import Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.limits import MAX_FRAME

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
