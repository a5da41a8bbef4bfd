"""The messages that passed: each frame's time, direction, other end, and the first bytes of its body."""

import json
import struct
import time
from contextvars import ContextVar
from typing import Any

import msgpack
from msgspec import Struct

from airhail.ipc.inspection.feed import Feed
from airhail.ipc.limits import MAX_DEPTH, TRACE_BODY, TRACE_NAME

HEAD = struct.Struct("<dBBI")
"""Seconds since 1970, the direction, the length of the name, the length of the whole body."""

IN, OUT = 0, 1
DIRECTIONS = ("in", "out")

SECRET = "key"
"""Under this name stand the keys that actors hand one another: who may read the trace need not know them."""


class Message(Struct, frozen=True):
    """One message that passed."""

    at: float
    """Seconds since 1970."""
    direction: str
    """`in` or `out`, as this process sees it."""
    other: str
    """Who is at the other end: an actor, or a process."""
    size: int
    """Bytes of the whole body."""
    text: str
    """The message as JSON, as far as its first TRACE_BODY bytes go. As text, because what is null in a message
    must not be left out, as it is in a document."""


class Trace:
    """Writes messages down as they are; they are understood only when somebody reads them."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def record(self, direction: int, other: bytes, body: bytes | memoryview) -> None:
        """Write down that *body* came from, or went to, *other* (at most TRACE_NAME bytes)."""
        head = HEAD.pack(time.time(), direction, len(other), len(body))
        self._feed.append(b"".join((head, other, body[:TRACE_BODY])))


recording: ContextVar[Trace | None] = ContextVar("recording", default=None)
"""Where the channels that are made in this context write down what passes; None: nowhere."""


def other_end(name: str) -> bytes:
    """Return the name of who is at the other end, as `record` takes it."""
    return name.encode(errors="replace")[:TRACE_NAME]


def read_message(payload: bytes) -> Message:
    """Return what was written down, understood as far as it can be."""
    at, direction, length, size = HEAD.unpack_from(payload)
    other = payload[HEAD.size : HEAD.size + length].decode(errors="replace")
    body = payload[HEAD.size + length :]
    return Message(at, DIRECTIONS[direction], other, size, in_words(body, whole=size <= len(body)))


def without_secrets(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a message without what stands under `SECRET` in it, nor what is deeper than a message can be."""
    match value:
        case dict() | list() if depth == 0:
            return "…"
        case dict():
            return {key: "…" if key == SECRET else without_secrets(item, depth - 1) for key, item in value.items()}
        case list():
            return [without_secrets(item, depth - 1) for item in value]
        case _:
            return value


def in_words(body: bytes, *, whole: bool) -> str:
    """Return a message as JSON; of a cut one, or one that breaks the protocol, the entries that can be read."""
    unpacker = msgpack.Unpacker(strict_map_key=False, unicode_errors="replace")
    unpacker.feed(body)
    fields: dict[str, Any] = {}
    readable = whole
    try:
        for _ in range(unpacker.read_map_header()):
            key = unpacker.unpack()
            fields[str(key)] = unpacker.unpack()
    # As ipc/codec.py: ValueError and msgpack's own base class are all that unpacking raises.
    # TypeError: a map or a list as a key, which no Python map can have.
    except (ValueError, TypeError, msgpack.UnpackException):
        readable = False
    text = json.dumps(without_secrets(fields), ensure_ascii=False, default=repr, skipkeys=True)
    return text if readable else text[:-1] + (", …}" if fields else "…}")
