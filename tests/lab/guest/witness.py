"""The witness: one monitor connection per host bus, that sees and records every message with its virtual time."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NewType, TypeVar

import trio
from jeepney import DBusAddress, HeaderFields, Message, new_method_call
from jeepney.io.trio import DBusConnection

from tests.lab.guest.failure import Failed

T = TypeVar("T")
Mark = NewType("Mark", int)
BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message on a host's bus."""

    at: float  # the guest's clock, seconds since the epoch
    kind: str  # method_call, method_return, error, signal
    sender: str
    destination: str
    path: str
    interface: str
    member: str
    serial: int
    reply_serial: int
    error: str
    body: tuple[Any, ...]

    def to_json(self) -> str:
        """One line of the trace."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, default=readable)


def readable(value: Any) -> str:
    """Show what JSON cannot: bytes as hexadecimal."""
    return value.hex() if isinstance(value, bytes) else repr(value)


def seen(message: Message, at: float) -> Seen:
    """Take a message apart."""
    fields = message.header.fields
    return Seen(
        at=at,
        kind=message.header.message_type.name,
        sender=fields.get(HeaderFields.sender, ""),
        destination=fields.get(HeaderFields.destination, ""),
        path=fields.get(HeaderFields.path, ""),
        interface=fields.get(HeaderFields.interface, ""),
        member=fields.get(HeaderFields.member, ""),
        serial=message.header.serial,
        reply_serial=fields.get(HeaderFields.reply_serial, 0),
        error=fields.get(HeaderFields.error_name, ""),
        body=tuple(message.body or ()),
    )


class Witness:
    """Everything that passed on one host's bus, and a way to wait for what will."""

    def __init__(self, host: str, trace: Path) -> None:
        self.host = host
        self.trace = trace
        self.messages: list[Seen] = []
        self.arrived = trio.Event()

    async def watch(self, connection: DBusConnection, task_status: trio.TaskStatus[None]) -> None:
        """Become a monitor on `connection` and record until the bus ends (runs in the lab's nursery)."""
        serial = next(connection.outgoing_serial)
        await connection.send(new_method_call(BUS, "BecomeMonitor", "asu", ([], 0)), serial=serial)
        while (await connection.receive()).header.fields.get(HeaderFields.reply_serial) != serial:
            pass  # the bus names a new connection before it answers it
        task_status.started()
        with self.trace.open("a", buffering=1) as trace:
            while True:
                try:
                    message = await connection.receive()
                except (trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError):
                    return  # the bus was stopped, or the run is at its end
                record = seen(message, time.time())
                self.messages.append(record)
                trace.write(record.to_json() + "\n")
                self.arrived.set()
                self.arrived = trio.Event()

    def mark(self) -> Mark:
        """Return the present place in the record, for `signal(since=...)`."""
        return Mark(len(self.messages))

    def signals(
        self,
        member: str,
        *,
        path: str | None = None,
        interface: str | None = None,
        where: Callable[[tuple[Any, ...]], bool] = lambda _: True,
        since: Mark = Mark(0),
    ) -> list[Seen]:
        """Return the signals recorded since a mark that match; `where` judges the body."""
        return [
            message
            for message in self.messages[since:]
            if message.kind == "signal"
            and message.member == member
            and (path is None or message.path == path)
            and (interface is None or message.interface == interface)
            and where(message.body)
        ]

    async def signal(
        self,
        member: str,
        *,
        path: str | None = None,
        interface: str | None = None,
        where: Callable[[tuple[Any, ...]], bool] = lambda _: True,
        since: Mark | None = None,
        within: float,
    ) -> Seen:
        """Wait for a signal (from now, or already since a mark); raise `Failed` after `within` virtual seconds."""
        start = self.mark() if since is None else since
        try:
            with trio.fail_after(within):
                while True:
                    place = self.mark()
                    found = self.signals(member, path=path, interface=interface, where=where, since=start)
                    if found:
                        return found[0]
                    start = place
                    await self.arrived.wait()
        except trio.TooSlowError:
            raise Failed(f"{self.host}: no signal {member} within {within:g} s") from None

    async def until(self, check: Callable[[], Awaitable[T | None]], what: str, *, within: float) -> T:
        """Ask `check` now and after every signal until it answers; raise `Failed` naming `what` if it is late.

        Only signals wake it, so a check may itself call methods.
        """
        try:
            with trio.fail_after(within):
                while True:
                    place = self.mark()
                    answer = await check()
                    if answer is not None:
                        return answer
                    while not any(message.kind == "signal" for message in self.messages[place:]):
                        place = self.mark()
                        await self.arrived.wait()
        except trio.TooSlowError:
            raise Failed(f"{self.host}: {what}: not within {within:g} s") from None
