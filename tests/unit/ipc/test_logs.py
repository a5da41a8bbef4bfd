import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from airhail.ipc.limits import LOG_LINE, LOG_QUEUE
from airhail.ipc.logs import BoundedHandler, JournalFormatter, LineFormatter, is_journal


def record(text: str, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("test", level, __file__, 1, "%s", (text,), None)


def test_line_for_a_person() -> None:
    assert LineFormatter("probe").format(record("hello")).endswith(" INFO    probe: hello")


def test_every_line_for_the_journal_has_its_priority() -> None:
    formatter = JournalFormatter("probe")
    assert formatter.format(record("one\ntwo", logging.ERROR)) == "<3>probe: one\n<3>two"
    levels = [logging.DEBUG, logging.INFO, logging.WARNING, logging.CRITICAL]
    assert [formatter.format(record("", level))[:3] for level in levels] == ["<7>", "<6>", "<4>", "<2>"]


@pytest.mark.parametrize("formatter", [LineFormatter("probe"), JournalFormatter("probe")])
def test_names_from_the_air_are_harmless_and_short(formatter: logging.Formatter) -> None:
    assert "peer \\x1b[2J\\x9b" in formatter.format(record("peer \x1b[2J\x9b"))
    assert len(formatter.format(record("x" * 10 * LOG_LINE))) <= LOG_LINE + 3


def test_reader_that_stopped_costs_lines_not_time() -> None:
    reading, writing = os.pipe()
    handler = BoundedHandler(writing)
    handler.setFormatter(logging.Formatter())
    line = "x" * 1000
    # More than the pipe (64 KiB) and the queue hold: emit must come back all the same.
    for _ in range(LOG_QUEUE + 200):
        handler.emit(record(line))
    assert handler.lost > 0
    with open(reading, "rb") as reader, ThreadPoolExecutor() as pool:
        read = [reader.readline() for _ in range(LOG_QUEUE // 2)]
        rest = pool.submit(reader.readlines)
        handler.emit(record("after"))
        handler.close()
        os.close(writing)
        read += rest.result()
    told = [int(found[1]) for text in read if (found := re.match(rb"(\d+) log lines were left out", text))]
    assert sum(told) == handler.lost
    assert read[-1] == b"after\n"


def test_reader_that_went_away_harms_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    handler = BoundedHandler(writing)
    handler.setFormatter(logging.Formatter())
    handler.emit(record("into the void"))
    handler.close()
    os.close(writing)
    assert handler.lost > 0


def test_journal_is_known_by_its_own_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, "w") as null:
        monkeypatch.setattr("sys.stderr", null)
        status = os.fstat(null.fileno())
        assert is_journal({"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not is_journal({"JOURNAL_STREAM": "1:2"})
        assert not is_journal({})
