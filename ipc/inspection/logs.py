"""The recent log: each record's time, level and text, as one record of a ring."""

import logging
import struct
from typing import Any

from airhail.ipc.errors import shorten
from airhail.ipc.inspection.feed import Feed
from airhail.ipc.limits import LOG_LINE

HEAD = struct.Struct("<dB")
"""Seconds since 1970, and logging's number of the level."""


class RecentLines(logging.Handler):
    """Writes every record to a feed, which never waits and keeps the newest."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        text = shorten(self.format(record), LOG_LINE)
        level = min(max(record.levelno, 0), 255)
        self._feed.append(HEAD.pack(record.created, level) + text.encode(errors="backslashreplace")[:LOG_LINE])


def read_line(payload: bytes) -> dict[str, Any]:
    """Return one record as it goes over the wire."""
    at, level = HEAD.unpack_from(payload)
    text = payload[HEAD.size :].decode(errors="replace")
    return {"at": at, "level": logging.getLevelName(level).lower(), "text": text}
