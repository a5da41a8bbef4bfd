"""Logs: lines on standard error, written by a thread of their own so that no reader can stop the actor."""

import logging
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from airhail.ipc.errors import shorten
from airhail.ipc.limits import LOG_FLUSH, LOG_LINE, LOG_QUEUE

# sd-daemon.h: the priorities that a line may begin with on its way to the journal.
PRIORITIES = (
    (logging.CRITICAL, "<2>"),
    (logging.ERROR, "<3>"),
    (logging.WARNING, "<4>"),
    (logging.INFO, "<6>"),
    (logging.NOTSET, "<7>"),
)


# What a name from the air could do to a terminal: C0 but tab and newline, DEL and C1.
ESCAPES = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}


class LogSection(Struct, frozen=True):
    """The section [log] of the configuration."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class LineFormatter(logging.Formatter):
    """Formats for a person: time, level, actor and text."""

    def __init__(self, name: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)-7s {name}: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one or more lines."""
        return shorten(super().format(record).translate(ESCAPES), LOG_LINE)


class JournalFormatter(logging.Formatter):
    """Formats for the journal, which adds the time and the unit: a priority before every line."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one or more lines."""
        prefix = next(prefix for level, prefix in PRIORITIES if record.levelno >= level)
        text = shorten(super().format(record).translate(ESCAPES), LOG_LINE)
        return "\n".join(prefix + line for line in text.splitlines())


class BoundedHandler(logging.Handler):
    """Hands lines to a thread that writes them to *descriptor*; never waits for it.

    Lines that find the queue full are left out, and counted in the log itself once there is room.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.lost = 0
        self._descriptor = descriptor
        self._lines: queue.Queue[str | None] = queue.Queue(LOG_QUEUE)
        self._writer = threading.Thread(target=self._write_lines, name="log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one record."""
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Write what is queued, for LOG_FLUSH seconds at most."""
        try:
            self._lines.put(None, timeout=LOG_FLUSH)
        except queue.Full:
            return
        finally:
            super().close()
        self._writer.join(LOG_FLUSH)

    def _write_lines(self) -> None:
        told = 0
        while True:
            line = self._lines.get()
            if (missing := self.lost - told) > 0:
                told = self.lost
                self._write(f"{missing} log lines were left out: standard error was not read in time\n")
            if line is None:
                return
            self._write(line + "\n")

    def _write(self, text: str) -> None:
        data = text.encode(errors="backslashreplace")
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            # Nobody reads any more, and there is nowhere else to say so.
            self.lost += 1


def set_up(name: str, level: str, recent: logging.Handler, environ: Mapping[str, str] = os.environ) -> BoundedHandler:
    """Send every log record of *level* and above to standard error, as process *name*, and to *recent*.

    Close what it returns at the end.
    """
    handler = BoundedHandler(sys.stderr.fileno())
    handler.setFormatter(JournalFormatter(name) if is_journal(environ) else LineFormatter(name))
    logging.basicConfig(level=level.upper(), handlers=[handler, recent], force=True)
    return handler


def is_journal(environ: Mapping[str, str]) -> bool:
    """Say whether standard error is the journal's: JOURNAL_STREAM is its device and inode (systemd.exec(5))."""
    status = os.fstat(sys.stderr.fileno())
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
