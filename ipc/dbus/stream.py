"""One connection to a bus: connected, authenticated, written by one task, read by another."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import trio
from jeepney import MessageType
from jeepney.auth import BEGIN, AuthenticationError, Authenticator

from airhail.ipc.dbus.errors import INCONSISTENT_MESSAGE, BusError, BusGone, NoReply
from airhail.ipc.dbus.limits import CONNECT, MAX_AUTH_REPLY, RECEIVE_CHUNK, SEND, SEND_QUEUE
from airhail.ipc.dbus.wire import Incoming, MessageReader, StreamBroken, encode_call

# Serials are 32 bits wide and never 0 (D-Bus specification, "Message Format").
SERIALS = 2**32 - 1


@dataclass(slots=True)
class Outgoing:
    """One encoded message on its way out; an abandoned one is not sent unless it has begun."""

    data: bytes
    abandoned: bool = False


@dataclass(slots=True)
class Pending:
    """One call without its answer; `answer` is set before `answered`."""

    call: str
    answered: trio.Event = field(default_factory=trio.Event)
    answer: "Reply | BusError | BusGone | None" = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call; `number` is its place among all that arrived on the Bus."""

    body: tuple[object, ...]
    number: int


class BusStream:
    """Send calls and match their answers, until the stream ends; a new connection is a new BusStream."""

    def __init__(self, socket: trio.SocketStream) -> None:
        self.socket = socket
        self.serials = count()
        self.pending: dict[int, Pending] = {}
        self.rules: set[str] = set()
        self.ended = trio.Event()
        self.why = ""
        self.to_write, self.writable = trio.open_memory_channel[Outgoing](SEND_QUEUE)

    def next_serial(self) -> int:
        """Return a serial that no other message of the last four thousand million had."""
        return next(self.serials) % SERIALS + 1

    async def exchange(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str | None,
        body: tuple[object, ...],
        within: float,
    ) -> Reply:
        """Call and wait for the answer; cancelling forgets the call, never tears a message.

        Raises BusError, BusGone, NoReply; ValueError or TypeError when an argument does not fit.
        """
        serial = self.next_serial()
        outgoing = Outgoing(encode_call(destination, path, interface, member, signature, body, serial))
        pending = Pending(f"{interface}.{member} of {destination} at {path}")
        self.pending[serial] = pending
        try:
            with trio.move_on_after(within):
                await self.post(outgoing)
                await pending.answered.wait()
        except BusGone as gone:
            raise BusGone(f"{pending.call}: {gone}") from gone
        finally:
            outgoing.abandoned = True
            del self.pending[serial]
        match pending.answer:
            case Reply() as reply:
                return reply
            case None:
                raise NoReply(pending.call, within)
            case failure:
                raise failure

    async def post(self, outgoing: Outgoing) -> None:
        """Hand a message to the writer, waiting for room; raises BusGone once the stream has ended."""
        try:
            await self.to_write.send(outgoing)
        except (trio.ClosedResourceError, trio.BrokenResourceError) as error:
            raise BusGone(self.why) from error

    async def write(self) -> None:
        """Send what is posted, each message whole, until the stream ends."""
        async for outgoing in self.writable:
            if outgoing.abandoned:
                continue
            try:
                with trio.fail_after(SEND):
                    await self.socket.send_all(outgoing.data)
            except trio.TooSlowError:
                self.end(f"the bus took no message for {SEND:g} s; it is stuck: restart it")
                return
            except trio.BrokenResourceError as error:
                self.end(f"the bus closed the connection: {error.__cause__ or error}")
                return

    async def read(self, deliver: Callable[[Incoming], Awaitable[None]]) -> None:
        """Deliver every message that arrives, in order, until the stream ends."""
        reader = MessageReader()
        while not self.ended.is_set():
            try:
                data = await self.socket.receive_some(RECEIVE_CHUNK)
            except trio.BrokenResourceError as error:
                self.end(f"the bus closed the connection: {error.__cause__ or error}")
                return
            if not data:
                self.end("the bus closed the connection")
                return
            reader.add_data(data)
            try:
                while message := reader.next_message():
                    await deliver(message)
            except StreamBroken as error:
                self.end(f"the bus sent what is no D-Bus message: {error}")

    def answer(self, message: Incoming, number: int) -> bool:
        """Give a reply to its caller; tell whether there still was one."""
        pending = self.pending.get(message.reply_serial or 0)
        if pending is None:
            return False
        if message.trouble is not None:
            pending.answer = BusError(INCONSISTENT_MESSAGE, f"the answer is odd: {message.trouble}", pending.call)
        elif message.kind is MessageType.error:
            sentence = next((part for part in message.body[:1] if isinstance(part, str)), "")
            pending.answer = BusError(message.error_name or "without a name", sentence, pending.call)
        else:
            pending.answer = Reply(message.body, number)
        pending.answered.set()
        return True

    def end(self, why: str) -> None:
        """Take the stream for ended: every call under way, and every later one, fails with BusGone."""
        if self.ended.is_set():
            return
        self.why = why
        self.ended.set()
        self.to_write.close()
        for pending in self.pending.values():
            if pending.answer is None:
                pending.answer = BusGone(f"{pending.call}: {why}")
                pending.answered.set()


@asynccontextmanager
async def open_stream(names: list[bytes]) -> AsyncGenerator[BusStream]:
    """Connect to the first of the sockets that answers and authenticate; raises BusGone."""
    with trio.move_on_after(CONNECT) as connecting:
        socket = await connect(names)
        try:
            await authenticate(socket)
        except BaseException:
            await trio.aclose_forcefully(socket)
            raise
    if connecting.cancelled_caught:
        raise BusGone(f"the bus did not let us in within {CONNECT:g} s; it is stuck: restart it")
    async with socket:
        stream = BusStream(socket)
        try:
            yield stream
        finally:
            stream.end("the connection to the bus was closed on our side")


async def connect(names: list[bytes]) -> trio.SocketStream:
    """Connect to the first socket that answers; raises BusGone saying why none did."""
    troubles = []
    for name in names:
        socket = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_STREAM)
        try:
            await socket.connect(name)
        except OSError as error:
            socket.close()
            troubles.append(f"{os.fsdecode(name).replace(chr(0), '@')}: {error.strerror}")
        except BaseException:
            socket.close()
            raise
        else:
            return trio.SocketStream(socket)
    raise BusGone(f"cannot reach the bus at {'; '.join(troubles)}. Is dbus running?")


async def authenticate(socket: trio.SocketStream) -> None:
    """Prove our user id (SASL EXTERNAL); raises BusGone when the bus refuses or leaves."""
    conversation = Authenticator()
    try:
        for line in conversation:
            await socket.send_all(line)
            answer = await socket.receive_some(MAX_AUTH_REPLY)
            if not answer:
                raise BusGone(f"the bus hung up on user id {os.geteuid()} before letting it in")
            conversation.feed(answer)
        await socket.send_all(BEGIN)
    except AuthenticationError as error:
        raise BusGone(f"the bus does not accept user id {os.geteuid()}: {error}") from error
    except trio.BrokenResourceError as error:
        raise BusGone(f"the bus hung up while letting us in: {error.__cause__ or error}") from error
