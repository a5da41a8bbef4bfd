"""A server on a real socket, for the tests that speak to one."""

import os
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import trio
from msgspec import Struct

from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.framing import FrameReader
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.listen import adopt
from airhail.ipc.messages import Answer, Request, decode_answer, encode
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.published import Published
from airhail.ipc.server import serve
from airhail.ipc.stats import Stats

# Generous: the machine may be busy. Nothing here waits that long when all is well.
LIMIT = 30


class Add(Struct, frozen=True):
    a: int
    b: int


class Size(Struct, frozen=True):
    size: int


@dataclass
class Rig:
    """A server with methods that succeed, fail and hang; and what they were seen to do."""

    path: Path
    published: Published = field(default_factory=lambda: Published({"n": 0}))
    stats: Stats = field(default_factory=Stats)
    holder: Caller | None = None
    changed: trio.Event = field(default_factory=trio.Event)
    hanging: trio.Event = field(default_factory=trio.Event)
    cancelled: trio.Event = field(default_factory=trio.Event)
    clinging: int = 0
    let_go: trio.Event = field(default_factory=trio.Event)
    server: trio.CancelScope = field(default_factory=trio.CancelScope)
    """Cancel it and the server goes away."""

    def methods(self) -> Mapping[str, Method]:
        return {
            "add": Method(Add, self.add),
            "fill": Method(Size, self.fill),
            "hang": Method(NoArguments, self.hang),
            "cling": Method(NoArguments, self.cling),
            "refuse": Method(NoArguments, self.refuse),
            "crash": Method(NoArguments, self.crash),
            "bytes": Method(NoArguments, self.bytes),
            "borrow": Method(NoArguments, self.borrow, change=True),
        }

    async def add(self, caller: Caller, args: Add) -> Mapping[str, int]:
        return {"sum": args.a + args.b}

    async def fill(self, caller: Caller, args: Size) -> Mapping[str, str]:
        return {"text": "x" * args.size}

    async def hang(self, caller: Caller, args: NoArguments) -> None:
        self.hanging.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled.set()

    async def cling(self, caller: Caller, args: NoArguments) -> None:
        """Go on in spite of a cancel, until the test lets go."""
        self.clinging += 1
        with trio.CancelScope(shield=True):
            await self.let_go.wait()
        self.clinging -= 1

    async def refuse(self, caller: Caller, args: NoArguments) -> None:
        raise CallError(ErrorName.REFUSED, "not today")

    async def crash(self, caller: Caller, args: NoArguments) -> None:
        raise ZeroDivisionError("a bug")

    async def bytes(self, caller: Caller, args: NoArguments) -> Mapping[str, object]:
        return {"raw": b"bytes"}

    async def borrow(self, caller: Caller, args: NoArguments) -> None:
        """Lend the one thing there is, until the caller's connection ends."""
        if self.holder is not None and not self.holder.closed.is_set():
            raise CallError(ErrorName.BUSY, f"lent to process {self.holder.credentials.pid}")
        self.holder = caller
        self.changed.set()


@asynccontextmanager
async def serving(*, group: int | None = None, inspection: Inspection | None = None) -> AsyncIterator[Rig]:
    """Serve at a socket that *group* owns, else the tests' own."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as sock:
        shown = inspection or Inspection()
        rig = Rig(Path(folder, "rig.sock"), stats=shown.stats)
        sock.bind(str(rig.path))
        if group is not None:
            os.chown(rig.path, -1, group)
        sock.listen(1000)
        serve_rig = partial(
            serve,
            adopt(sock),
            name="rig",
            published=rig.published,
            methods=rig.methods(),
            inspection=shown,
        )

        async def run(*, task_status: trio.TaskStatus[None]) -> None:
            with rig.server:
                await serve_rig(task_status=task_status)

        async with trio.open_nursery() as nursery:
            await nursery.start(run)
            with trio.fail_after(LIMIT):
                yield rig
            nursery.cancel_scope.cancel()


class RawClient:
    """A client that sends what it is told to, right or wrong."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self._reader = FrameReader()

    async def send(self, message: Request) -> None:
        await self.stream.send_all(encode(message))

    async def send_together(self, *messages: Request) -> None:
        """Send all of them in one write, so that the server reads them without a pause between."""
        await self.stream.send_all(b"".join(map(encode, messages)))

    async def receive(self) -> Answer | None:
        """The next answer; None at the end."""
        while (body := self._reader.next_frame()) is None:
            try:
                data = await self.stream.receive_some()
            except trio.BrokenResourceError:
                # Reset: the server closed with bytes of ours unread.
                return None
            if not data:
                return None
            self._reader.add_data(data)
        return decode_answer(body)


@asynccontextmanager
async def raw_client(path: Path) -> AsyncIterator[RawClient]:
    """Connect and take the hello."""
    async with await trio.open_unix_socket(path) as stream:
        client = RawClient(stream)
        await client.receive()
        yield client
