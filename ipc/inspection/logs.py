"""The recent log: each record's time, level and text, as one record of a ring."""

import logging
import struct

from msgspec import Struct

from airhail.ipc.errors import shorten
from airhail.ipc.inspection.feed import Feed
from airhail.ipc.limits import LOG_LINE

HEAD = struct.Struct("<dB")
"""Seconds since 1970, and logging's number of the level."""


class Line(Struct, frozen=True):
    """One record of the log."""

    at: float
    """Seconds since 1970."""
    level: str
    text: str
    """One line, or several: a traceback."""


class RecentLines(logging.Handler):
    """Writes every record to a feed, which never waits and keeps the newest."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        text = shorten(self.format(record), LOG_LINE)
        level = min(max(record.levelno, 0), 255)
        self._feed.append(HEAD.pack(record.created, level) + text.encode(errors="backslashreplace")[:LOG_LINE])


def read_line(payload: bytes) -> Line:
    """Return what was written."""
    at, level = HEAD.unpack_from(payload)
    text = payload[HEAD.size :].decode(errors="replace")
    return Line(at, logging.getLevelName(level).lower(), text)
