"""What an actor writes down while it works, its log and its messages: the recent ones, then each new one."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from airhail.ipc.client import Client
from airhail.ipc.inspection.logs import Line
from airhail.ipc.inspection.trace import Message
from airhail.supervisor.commands.output import document, lines
from airhail.supervisor.commands.reach import ANSWER_WITHIN, stay_with
from airhail.supervisor.exit_status import ExitStatus

WAIT = 30.0
"""Seconds that one question waits for news: it decides only how often an idle terminal asks."""

LOST = "(some are missing here: they were overwritten before they were read)"


async def follow_log(name: str, as_json: bool) -> ExitStatus:
    """Show the log of an actor."""
    return await follow(name, "log", document if as_json else put_line)


async def follow_trace(name: str, as_json: bool) -> ExitStatus:
    """Show the messages of an actor."""
    return await follow(name, "trace", document if as_json else put_message)


async def follow(name: str, method: str, put: Callable[[dict[str, Any]], None]) -> ExitStatus:
    """Show the records that `method` tells, without end."""
    instance, cursor = "", 0

    async def read_on(client: Client) -> None:
        nonlocal instance, cursor
        if client.hello.instance != instance:
            # A cursor means nothing to another life of the actor.
            instance, cursor = client.hello.instance, 0
        while True:
            told = await client.call(method, {"after": cursor, "wait": WAIT}, within=WAIT + ANSWER_WITHIN)
            if told["lost"] and cursor:
                print(LOST, file=sys.stderr, flush=True)
            for item in told["items"]:
                put(item)
            cursor = told["next"]

    await stay_with(name, read_on)
    return ExitStatus.DONE


def put_line(item: dict[str, Any]) -> None:
    """Print one record of the log."""
    lines(log_lines(msgspec.convert(item, Line)))


def put_message(item: dict[str, Any]) -> None:
    """Print one message."""
    lines([message_line(msgspec.convert(item, Message))])


def log_lines(line: Line) -> list[str]:
    """Return a record of the log as lines; those of a traceback stand below the first."""
    first, *rest = line.text.splitlines() or [""]
    return [f"{clock(line.at)} {line.level:8} {first}", *(f"    {text}" for text in rest)]


def message_line(message: Message) -> str:
    """Return a message as one line."""
    arrow = "<-" if message.direction == "in" else "->"
    return f"{clock(message.at)} {arrow} {message.other} ({message.size} bytes) {message.text}"


def clock(at: float) -> str:
    """Return the time of day of seconds since 1970, in this place."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")[:-3]
