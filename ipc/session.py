"""One connection of a server, from hello to end."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import msgspec
import trio

from airhail.ipc.access import Access
from airhail.ipc.channel import Channel
from airhail.ipc.codec import document
from airhail.ipc.errors import (
    CallError,
    ErrorName,
    LocalProtocolError,
    PeerGone,
    RemoteProtocolError,
    shorten,
)
from airhail.ipc.limits import CALLS_IN_FLIGHT, SUBSCRIPTIONS
from airhail.ipc.messages import (
    Answer,
    Call,
    Cancel,
    Delta,
    Failure,
    Hello,
    Reply,
    Request,
    Snapshot,
    Subscribe,
    decode_request,
    encode,
)
from airhail.ipc.methods import Caller, Method
from airhail.ipc.published import Published, Subscription
from airhail.ipc.stats import Stats

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What every session of one server shares."""

    hello: Hello
    published: Published
    methods: Mapping[str, Method]
    stats: Stats


class Session:
    """Answers one caller's requests; what it has in flight ends with the connection."""

    def __init__(self, channel: Channel, caller: Caller, service: Service) -> None:
        self._channel = channel
        self._caller = caller
        self._service = service
        self._calls: dict[int, trio.CancelScope] = {}
        # A cancelled call is over for the caller at once; its handler may take a while to end.
        self._running = trio.Semaphore(CALLS_IN_FLIGHT)
        self._subscriptions: dict[int, tuple[trio.CancelScope, Subscription]] = {}

    async def run(self) -> None:
        """Say hello and answer until the caller leaves or breaks the protocol."""
        try:
            await self._say(self._service.hello)
            async with trio.open_nursery() as nursery:
                await self._read_requests(nursery)
                nursery.cancel_scope.cancel()
        finally:
            self._caller.closed.set()

    async def _read_requests(self, nursery: trio.Nursery) -> None:
        try:
            while (body := await self._channel.receive()) is not None:
                await self._take(decode_request(body), nursery)
        except RemoteProtocolError as error:
            log.warning("process %d broke the protocol: %s", self._caller.credentials.pid, error.sentence)
            await self._say(Failure(error.name, error.sentence))
        except PeerGone:
            return

    async def _take(self, request: Request, nursery: trio.Nursery) -> None:
        match request:
            case Call():
                await self._take_call(request, nursery)
            case Subscribe():
                await self._take_subscribe(request.id, nursery)
            case Cancel():
                if (scope := self._calls.pop(request.id, None)) is not None:
                    scope.cancel()
                elif (entry := self._subscriptions.pop(request.id, None)) is not None:
                    entry[0].cancel()
            case _:
                assert_never(request)

    async def _take_call(self, call: Call, nursery: trio.Nursery) -> None:
        self._service.stats.calls += 1
        method = self._service.methods.get(call.method)
        if method is not None and method.untraced:
            self._channel.leave_untraced()
        self._refuse_used(call.id, self._calls, self._subscriptions)
        if len(self._calls) >= CALLS_IN_FLIGHT:
            sentence = f"{CALLS_IN_FLIGHT} calls of this connection are in flight already: wait for one to end"
            await self._say(Failure(ErrorName.TOO_MANY, sentence, call.id))
            return
        # Waits for cancelled ones alone: however fast a caller cancels, no more handlers than these run at once.
        await self._running.acquire()
        scope = self._calls[call.id] = trio.CancelScope()
        nursery.start_soon(self._answer, call, method, scope)

    async def _take_subscribe(self, subscription_id: int, nursery: trio.Nursery) -> None:
        self._refuse_used(subscription_id, self._calls)
        if (entry := self._subscriptions.get(subscription_id)) is not None:
            entry[1].restart()
        elif len(self._subscriptions) >= SUBSCRIPTIONS:
            sentence = f"this connection has {SUBSCRIPTIONS} subscriptions already: cancel one first"
            await self._say(Failure(ErrorName.TOO_MANY, sentence, subscription_id))
        else:
            await nursery.start(self._feed, subscription_id)

    def _refuse_used(self, request_id: int, *tables: Mapping[int, object]) -> None:
        if any(request_id in table for table in tables):
            raise RemoteProtocolError(
                ErrorName.BAD_MESSAGE, f"the id {request_id} is still in use: take another one for each request"
            )

    async def _answer(self, call: Call, method: Method | None, scope: trio.CancelScope) -> None:
        try:
            with scope:
                await self._say(self._unknown(call) if method is None else await self._timed(call, method))
        finally:
            self._running.release()
            # After a cancel the id may be another call's by now.
            if self._calls.get(call.id) is scope:
                del self._calls[call.id]

    def _unknown(self, call: Call) -> Failure:
        known = ", ".join(sorted(self._service.methods))
        sentence = f"{self._service.hello.actor} has no method {call.method!r}; it has: {known}"
        return Failure(ErrorName.UNKNOWN_METHOD, sentence, call.id)

    async def _timed(self, call: Call, method: Method) -> Reply | Failure:
        begun = time.perf_counter()
        try:
            return await self._outcome(call, method)
        finally:
            self._service.stats.latency[call.method].observe(time.perf_counter() - begun)

    async def _outcome(self, call: Call, method: Method) -> Reply | Failure:
        actor = self._service.hello.actor
        if method.change and self._caller.access is not Access.CHANGE:
            uid = self._caller.credentials.uid
            sentence = f"user {uid} may read {actor} but not {call.method}: ask as its own user or as root"
            return Failure(ErrorName.NOT_PERMITTED, sentence, call.id)
        try:
            args = msgspec.convert(call.args, method.args)
        except msgspec.ValidationError as error:
            sentence = f"the arguments of {call.method} are not valid: {error}"
            return Failure(ErrorName.BAD_ARGUMENTS, sentence, call.id)
        with trio.move_on_after(call.deadline_ms / 1000):
            try:
                result = await method.handler(self._caller, args)
                return Reply(call.id, document({} if result is None else result))
            except CallError as error:
                return Failure(error.name, error.sentence, call.id)
            except Exception:
                log.exception("%s failed on %s", actor, call.method)
                sentence = f"{actor} failed on {call.method} by a fault of its own: see its log"
                return Failure(ErrorName.INTERNAL, sentence, call.id)
        sentence = f"{actor} was not done with {call.method} after {call.deadline_ms / 1000:g} s"
        return Failure(ErrorName.DEADLINE, sentence, call.id)

    async def _feed(
        self, subscription_id: int, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        scope = trio.CancelScope()
        with scope, self._service.published.subscribe(subscription_id) as subscription:
            entry = self._subscriptions[subscription_id] = scope, subscription
            task_status.started()
            try:
                while await self._say(await subscription.receive()):
                    pass
            finally:
                if self._subscriptions.get(subscription_id) is entry:
                    del self._subscriptions[subscription_id]

    async def _say(self, message: Answer) -> bool:
        """Queue *message*, waiting while the caller is slow; False when it could not be said as it is."""
        whole = True
        if isinstance(message, Failure):
            self._service.stats.failures[message.name] += 1
            message = Failure(message.name, shorten(message.sentence), message.id)
        try:
            frame = encode(message)
        except LocalProtocolError as error:
            if not isinstance(message, Reply | Snapshot | Delta):
                raise
            whole = False
            self._service.stats.failures[ErrorName.TOO_LARGE] += 1
            frame = encode(Failure(ErrorName.TOO_LARGE, str(error), message.id))
        try:
            await self._channel.send(frame)
        except PeerGone:
            # The reading side sees the same end, and it alone decides what the end of a session is.
            return False
        return whole
