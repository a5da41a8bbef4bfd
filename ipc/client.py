"""The other end of a server: calls, and a mirror of the state document."""

import itertools
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from pathlib import Path
from typing import Any, assert_never

import msgspec
import trio

from airhail.ipc.channel import Channel
from airhail.ipc.connect import connect
from airhail.ipc.errors import CallError, ErrorName, PeerGone, PeerSilent, RemoteProtocolError
from airhail.ipc.limits import ANSWER_GRACE, HELLO_DEADLINE, MAX_CALL_DEADLINE
from airhail.ipc.messages import (
    VERSION,
    Answer,
    Call,
    Cancel,
    Delta,
    Failure,
    Hello,
    Reply,
    Snapshot,
    Subscribe,
    decode_answer,
    encode,
)
from airhail.ipc.patch import apply
from airhail.ipc.stats import Stats


@asynccontextmanager
async def open_client(path: str | Path, *, within: float = HELLO_DEADLINE) -> AsyncIterator["Client"]:
    """Connect to the server at *path* and wait for its hello, in all for *within* seconds.

    Raises PeerGone when nobody is there, PeerSilent when nobody says hello in time, CallError when the server lets
    us not in, RemoteProtocolError when what is there speaks something else. What the body raises comes out as it
    is, in no group.
    """
    channel, hello = await greet(path, within)
    client = Client(channel, hello)
    outcome: BaseException | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.write_frames)
        nursery.start_soon(client.read_answers)
        try:
            yield client
        except BaseException as error:
            outcome = error
        nursery.cancel_scope.cancel()
    if outcome is not None:
        raise outcome


async def greet(path: str | Path, within: float) -> tuple[Channel, Hello]:
    """Connect and read the server's first word."""
    stream: trio.SocketStream | None = None
    try:
        with trio.fail_after(within):
            stream = await connect(path)
            channel = Channel(stream, Stats())
            hello = await read_hello(channel, path)
    except trio.TooSlowError:
        await close(stream)
        raise PeerSilent(f"{path} did not say hello within {within:g} s: its process is starting or stuck") from None
    except BaseException:
        await close(stream)
        raise
    channel.name_other_end(hello.actor)
    return channel, hello


async def close(stream: trio.SocketStream | None) -> None:
    """Close *stream*, if there is one, without waiting."""
    if stream is not None:
        await trio.aclose_forcefully(stream)


async def read_hello(channel: Channel, path: str | Path) -> Hello:
    """Return the server's hello or raise what it said instead."""
    body = await channel.receive()
    if body is None:
        raise PeerGone(f"{path} closed the connection at once: its process may be stopping")
    match decode_answer(body):
        case Hello(v=version) if version != VERSION:
            sentence = f"{path} speaks version {version}, this program {VERSION}: restart airhail after an update"
            raise RemoteProtocolError(ErrorName.BAD_MESSAGE, sentence)
        case Hello() as hello:
            return hello
        case Failure(name=name, sentence=sentence):
            raise CallError(name, sentence)
        case _:
            raise RemoteProtocolError(ErrorName.BAD_MESSAGE, f"{path} did not begin with hello")


class Client:
    """One connection to a server; use `open_client`."""

    def __init__(self, channel: Channel, hello: Hello) -> None:
        self.hello = hello
        self.closed = trio.Event()
        """Set when the connection has ended; every call then raises why."""
        self._channel = channel
        self._ids = itertools.count(1)
        # Looked up by the id of an answer, which may have none.
        self._calls: dict[int | None, PendingCall] = {}
        self._states: dict[int | None, States] = {}
        self._why: PeerGone | CallError | RemoteProtocolError | None = None

    async def call(
        self, method: str, args: Mapping[str, Any] | msgspec.Struct | None = None, *, within: float
    ) -> dict[str, Any]:
        """Call *method* and return its result; it is given *within* seconds (at most MAX_CALL_DEADLINE).

        Raises CallError with what the server said, or with DEADLINE when it said nothing; PeerGone or
        RemoteProtocolError when the connection ends first. Cancelling cancels the call at the server too.
        """
        if not 0 < within <= MAX_CALL_DEADLINE:
            raise ValueError(f"a call cannot be given {within} s: more than 0 and at most {MAX_CALL_DEADLINE:g}")
        if self._why is not None:
            raise self._reason()
        call_id = next(self._ids)
        plain = msgspec.to_builtins({} if args is None else args)
        frame = encode(Call(call_id, method, plain, math.ceil(within * 1000)))
        pending = self._calls[call_id] = PendingCall()
        try:
            with trio.fail_after(within + ANSWER_GRACE):
                await self._send(frame)
                await pending.ended.wait()
        except trio.TooSlowError:
            sentence = f"{self.hello.actor} did not answer {method} within {within:g} s: it may be stuck"
            raise CallError(ErrorName.DEADLINE, sentence) from None
        finally:
            del self._calls[call_id]
            if not pending.ended.is_set():
                # Cancelled or too late. A full queue means that the server reads nothing: its own
                # deadline for the call is enough then.
                self._channel.send_if_room(encode(Cancel(call_id)))
        match pending.answer:
            case Reply(result=result):
                return result
            case Failure(name=name, sentence=sentence):
                raise CallError(name, sentence)
            case None:
                raise self._reason()

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator["States"]:
        """Follow the server's state document: iterate over what this yields for whole documents.

        A document that changes faster than it is taken is skipped, the newest never is. Iterating raises
        as `call` does when the connection ends.
        """
        states = States(self, next(self._ids))
        self._states[states.id] = states
        try:
            if self._why is not None:
                raise self._reason()
            await self._send(encode(Subscribe(states.id)))
            yield states
        finally:
            del self._states[states.id]
            self._channel.send_if_room(encode(Cancel(states.id)))

    async def read_answers(self) -> None:
        """Give every answer to whom it is for, until the connection ends."""
        try:
            while (body := await self._channel.receive()) is not None:
                await self._take(decode_answer(body))
            self._end(PeerGone(f"{self.hello.actor} closed the connection: it was stopped or restarted"))
        except (PeerGone, CallError, RemoteProtocolError) as error:
            self._end(error)

    async def _take(self, answer: Answer) -> None:
        match answer:
            case Failure(id=None, name=name, sentence=sentence):
                raise CallError(name, sentence)
            case Reply() | Failure():
                # Neither: the answer crossed our cancel on the way.
                if (pending := self._calls.get(answer.id)) is not None:
                    pending.end(answer)
                elif isinstance(answer, Failure) and (states := self._states.get(answer.id)) is not None:
                    states.fail(CallError(answer.name, answer.sentence))
            case Snapshot() | Delta():
                if (states := self._states.get(answer.id)) is not None and not states.take(answer):
                    await self._send(encode(Subscribe(answer.id)))
            case Hello():
                raise RemoteProtocolError(ErrorName.BAD_MESSAGE, f"{self.hello.actor} said hello twice")
            case _:
                assert_never(answer)

    async def _send(self, frame: bytes) -> None:
        try:
            await self._channel.send(frame)
        except PeerGone:
            raise self._reason() from None

    def _end(self, why: PeerGone | CallError | RemoteProtocolError) -> None:
        self._why = why
        self.closed.set()
        for pending in self._calls.values():
            pending.end(None)
        for states in self._states.values():
            states.fail(why)

    def _reason(self) -> Exception:
        # A copy: one error raised in two tasks would carry the traceback of both.
        return copy(self._why) if self._why else PeerGone(f"{self.hello.actor} no longer reads: it is stuck or gone")


class PendingCall:
    """A call that waits for its answer; the answer None means that the connection ended."""

    def __init__(self) -> None:
        self.ended = trio.Event()
        self.answer: Reply | Failure | None = None

    def end(self, answer: Reply | Failure | None) -> None:
        """Wake the waiting call."""
        self.answer = answer
        self.ended.set()


class States:
    """An async iterator over whole state documents, always the newest."""

    def __init__(self, client: Client, subscription_id: int) -> None:
        self.id = subscription_id
        self._client = client
        self._state: dict[str, Any] = {}
        self._seq: int | None = None
        self._news = trio.Event()
        self._fresh = False
        self._why: Exception | None = None

    def take(self, message: Snapshot | Delta) -> bool:
        """Bring the mirror up to date; False when a delta is missing, and a snapshot must be asked for."""
        match message:
            case Snapshot():
                self._state = message.state
            case Delta():
                if self._seq is None:
                    return True  # asked already: these are on the way still
                if message.seq != self._seq + 1:
                    self._seq = None
                    return False
                self._state = apply(self._state, message.patch)
        self._seq = message.seq
        self._fresh = True
        self._news.set()
        return True

    def fail(self, why: Exception) -> None:
        """End the iteration, after the newest document was taken."""
        self._why = why
        self._news.set()

    def __aiter__(self) -> "States":
        return self

    async def __anext__(self) -> dict[str, Any]:
        await self._news.wait()
        if not self._fresh and self._why is not None:
            raise copy(self._why)
        self._fresh = False
        if self._why is None:
            self._news = trio.Event()
        return self._state
