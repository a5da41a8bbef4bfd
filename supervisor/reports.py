"""What is told about an actor that ended badly: put together from what it left in its black box."""

import struct
from collections.abc import Callable, Iterable
from signal import SIGTERM
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from airhail import __version__
from airhail.ipc.codec import unpack
from airhail.ipc.config import EX_TEMPFAIL
from airhail.ipc.errors import RemoteProtocolError
from airhail.ipc.inspection.blackbox import Remains
from airhail.ipc.inspection.logs import Line, read_line
from airhail.ipc.inspection.tasks import TaskTree
from airhail.ipc.inspection.trace import Message, read_message
from airhail.ipc.recording.lines import Begin, RecordingError, Step, parse_body
from airhail.supervisor.actor import Actor, Phase

MAX_REPORT = 512 * 1024
"""Bytes of one report: what a full box tells, with room for escapes; the oldest lines and messages give way."""

END_OF_TIME = 253402300800.0
"""Seconds from 1970 to the year 10000, at which Python's dates end (datetime.MAXYEAR)."""


class CrashReport(Struct, frozen=True, omit_defaults=True):
    """How an actor ended, and the last that is known of it."""

    actor: str
    at: float
    """Seconds since 1970."""
    exit: str
    pid: int
    lived: float
    """Seconds since the phase in which it ended began: for one that ran, since it was ready."""
    restarts: int = 0
    status: str = ""
    """What it last said of itself."""
    stack: str = ""
    """The traceback of the error that ended it, or where each of its threads stood."""
    tasks: TaskTree | None = None
    state: dict[str, Any] | None = None
    log: list[Line] = []
    messages: list[Message] = []
    airhail: str = ""
    """The version that it ran."""
    steps: list[Begin | Step] = []
    """The last steps of its core, as lines of a recording; only one that fell by its own mistake leaves any."""


Item = TypeVar("Item", Line, Message)


def abnormal(before: Actor, code: int) -> bool:
    """Tell whether an end is worth a report.

    Any but exit 0, one that waits for what is away, and SIGTERM for one that was asked to stop by it.
    """
    asked = before.phase is Phase.STOPPING and before.blamed is None
    return code not in (0, EX_TEMPFAIL) and not (asked and code == -SIGTERM)


def report_of(before: Actor, after: Actor, remains: Remains, at: float, now: float) -> CrashReport:
    """Return the report on an actor that was as `before` and ended; whatever it left in its box."""
    return CrashReport(
        actor=before.spec.name,
        at=at,
        exit=after.last_exit or "",
        pid=before.pid or 0,
        lived=now - before.since,
        restarts=before.restarts,
        status=before.status or "",
        stack=remains.stack,
        tasks=understood_tasks(remains.tasks),
        state=understood_state(remains.state),
        log=understood(remains.log, read_line),
        messages=understood(remains.messages, read_message),
        airhail=__version__,
        steps=understood_steps(remains.steps),
    )


def encode_report(report: CrashReport) -> bytes:
    """Return the report as JSON, at most MAX_REPORT bytes, without the oldest lines and messages if need be."""
    while len(encoded := msgspec.json.encode(report)) > MAX_REPORT:
        report = replace(report, log=newer_half(report.log), messages=newer_half(report.messages))
    return encoded


def newer_half(items: list[Item]) -> list[Item]:
    """Return the second half of a list; of one entry none."""
    return items[len(items) // 2 + 1 :]


def understood(payloads: Iterable[bytes], read: Callable[[bytes], Item]) -> list[Item]:
    """Return what can be read: any program may be an actor, and fill its box as it likes."""
    items = []
    for payload in payloads:
        try:
            item = read(payload)
        except (struct.error, IndexError):
            continue
        if 0 <= item.at < END_OF_TIME:
            items.append(item)
    return items


def understood_state(payload: bytes | None) -> dict[str, Any] | None:
    """Return a state document, if it is one."""
    if payload is None:
        return None
    try:
        return unpack(payload)
    except RemoteProtocolError:
        return None


def understood_tasks(payload: bytes | None) -> TaskTree | None:
    """Return a task tree, if it is one."""
    if payload is None:
        return None
    try:
        return msgspec.msgpack.decode(payload, type=TaskTree)
    except msgspec.DecodeError:
        return None


def understood_steps(payload: bytes | None) -> list[Begin | Step]:
    """Return the last steps of a core, if they are some."""
    try:
        return list(parse_body(payload or b""))
    except RecordingError:
        return []
