"""Whatever a client sends, the server's session goes on or ends in order: hello comes first, no answer is to
something that was not asked, no call is answered twice, and one that is valid, not cancelled and within the limits
is answered. What breaks the protocol is told in one last Failure without an id. Nothing is ever raised."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import trio
import trio.testing
from msgspec import Struct

from airhail.ipc.access import Access
from airhail.ipc.channel import Channel
from airhail.ipc.errors import CallError, ErrorName, PeerGone, RemoteProtocolError
from airhail.ipc.framing import FrameReader
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
    decode_answer,
    decode_request,
    encode,
)
from airhail.ipc.methods import Caller, Method
from airhail.ipc.peercred import Credentials
from airhail.ipc.published import Published
from airhail.ipc.session import Service, Session
from airhail.ipc.stats import Stats

LONGEST = 601.0
"""Seconds after which every call's deadline has passed, and every frame's."""


class Text(Struct, frozen=True):
    """The arguments of the method that echoes."""

    text: str = ""


async def echo(caller: Caller, args: Text) -> dict[str, str]:
    """Answer with what was asked."""
    return {"text": args.text}


async def refuse(caller: Caller, args: Text) -> None:
    """Refuse."""
    raise CallError(ErrorName.REFUSED, "not today")


async def hang(caller: Caller, args: Text) -> None:
    """Never answer."""
    await trio.sleep_forever()


METHODS = {"echo": Method(Text, echo), "refuse": Method(Text, refuse), "hang": Method(Text, hang, change=True)}

SEEDS = (
    encode(Call(1, "echo", {"text": "hello"}, 1000)) + encode(Call(2, "refuse", {}, 1000)),
    encode(Call(1, "hang", {}, 1000)) + encode(Cancel(1)) + encode(Call(2, "echo", {}, 1)),
    encode(Call(1, "hang", {}, 1000)) + encode(Cancel(1)) + encode(Call(1, "echo", {}, 1)),
    encode(Subscribe(1)) + encode(Subscribe(1)) + encode(Cancel(1)) + encode(Subscribe(2)),
    encode(Call(1, "hang", {}, 60_000)) + encode(Call(1, "echo", {}, 1)),
    encode(Call(1, "none", {}, 1)) + encode(Call(2, "echo", {"text": 3}, 1)) + bytes(4),
    b"".join(encode(Call(number, "hang", {}, 1)) for number in range(CALLS_IN_FLIGHT + 1)),
    encode(Hello(1, "me", 1, "x")),
    encode(Cancel(1))[:-1],
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream of bytes asks for: whole requests, and whether they end in a breach of the protocol."""

    requests: Sequence[Request]
    broken: bool


def check(data: bytes) -> None:
    """Say *data* to a session, wait until it has nothing more to do, close, and compare."""
    asked = read_requests(data)
    said = trio.run(converse, data, clock=trio.testing.MockClock(autojump_threshold=0))
    assert isinstance(said[0], Hello)
    assert not any(isinstance(answer, Hello) for answer in said[1:])
    last_words = [answer for answer in said if isinstance(answer, Failure) and answer.id is None]
    assert len(last_words) <= 1
    if asked.broken:
        assert last_words
    calls = Counter(request.id for request in asked.requests if isinstance(request, Call))
    subscriptions = Counter(request.id for request in asked.requests if isinstance(request, Subscribe))
    for request_id, count in Counter(answer.id for answer in said if isinstance(answer, Reply | Failure)).items():
        if request_id is not None:
            assert count <= calls[request_id] + subscriptions[request_id]
    for answer in said:
        if isinstance(answer, Reply):
            assert answer.id in calls
        if isinstance(answer, Snapshot | Delta):
            assert answer.id in subscriptions
    if not last_words:
        check_all_answered(asked, said)


def check_all_answered(asked: Asked, said: Sequence[Answer]) -> None:
    """Assert that every request of a conversation that broke no rule had its answer."""
    cancelled = {request.id for request in asked.requests if isinstance(request, Cancel)}
    answered = Counter(answer.id for answer in said if isinstance(answer, Reply | Failure))
    followed = {answer.id for answer in said if isinstance(answer, Snapshot)}
    for request in asked.requests:
        if request.id in cancelled:
            continue
        if isinstance(request, Call):
            assert answered[request.id]
        if isinstance(request, Subscribe):
            assert request.id in followed or answered[request.id], SUBSCRIPTIONS


def read_requests(data: bytes) -> Asked:
    """Return what *data* asks for, as far as it keeps to the protocol."""
    reader = FrameReader()
    reader.add_data(data)
    requests: list[Request] = []
    try:
        while (body := reader.next_frame()) is not None:
            requests.append(decode_request(body))
    except RemoteProtocolError:
        return Asked(requests, broken=True)
    return Asked(requests, broken=reader.partial)


async def converse(data: bytes) -> list[Answer]:
    """Return what a session says to a client that sends *data*, waits and closes."""
    ours, theirs = trio.testing.memory_stream_pair()
    said: list[Answer] = []
    stats = Stats()
    service = Service(Hello(1, "fuzzed", 1, "instance"), Published({"state": "here"}), METHODS, stats)
    caller = Caller(1, Credentials(1, 0, 0), Access.CHANGE)

    async def listen() -> None:
        hearing = Channel(ours, Stats())
        try:
            while (body := await hearing.receive()) is not None:
                said.append(decode_answer(body))
        except PeerGone:
            return

    async def serve() -> None:
        speaking = Channel(theirs, stats)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(speaking.write_frames)
            await Session(speaking, caller, service).run()
            speaking.finish()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        nursery.start_soon(listen)
        await ours.send_all(data)
        # Time jumps from deadline to deadline until none is left but this.
        await trio.sleep(LONGEST)
        await ours.send_eof()
    assert caller.closed.is_set()
    return said
