"""Clients that break the rules, while an honest one goes on being served."""

import os
import random
import socket
from itertools import count, pairwise
from pathlib import Path

import msgpack
import pytest
import trio
import trio.testing

from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, ErrorName, PeerGone, RemoteProtocolError
from airhail.ipc.follow import follow
from airhail.ipc.framing import encode_frame
from airhail.ipc.limits import CONNECTIONS, HEADER, MAX_FRAME, MAX_ITEMS, RECONNECT_LAST
from airhail.ipc.listen import adopt
from airhail.ipc.messages import Call, Delta, Failure, Hello, Snapshot, Subscribe, encode
from airhail.ipc.peercred import peer_credentials
from tests.system.descriptors import descriptors_for
from tests.system.ipc_rig import LIMIT, Rig, raw_client, serving

RANDOM = random.Random(1)
WHOLE = encode(Call(1, "add", {"a": 1, "b": 2}, 1000))
BAD_FRAMES = {
    "empty": bytes(HEADER),
    "one too long": (MAX_FRAME + 1).to_bytes(HEADER, "big"),
    "four gigabytes": b"\xff" * HEADER,
    "random": encode_frame(RANDOM.randbytes(50)),
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "no map": encode_frame(msgpack.packb([1, 2])),
    "depth bomb": encode_frame(b"\x91" * (MAX_FRAME - 1) + b"\x90"),
    "map bomb": encode_frame(b"\xdf\xff\xff\xff\xff"),
    "array bomb": encode_frame(b"\xdd\xff\xff\xff\xff"),
    "long array": encode_frame(msgpack.packb({"a": [0] * (MAX_ITEMS + 1)})),
    "extension": encode_frame(msgpack.packb({"a": msgpack.ExtType(1, b"x")})),
}
BAD_MESSAGES: dict[str, dict[str, object]] = {
    "no type": {"id": 1},
    "unknown type": {"type": "shout"},
    "wrong fields": {"type": "call", "id": "one"},
    "what a server says": {"type": "hello", "v": 1, "actor": "me", "pid": 1, "instance": "a"},
}


async def idle(rig: Rig) -> None:
    """Wait until the server has let every connection go."""
    # A connection's end is seen only by the server's own task for it.
    while rig.stats.connections:
        await trio.lowlevel.checkpoint()


async def assert_refused_and_closed(rig: Rig, data: bytes, name: ErrorName) -> None:
    async with raw_client(rig.path) as client:
        await client.stream.send_all(data)
        failure = await client.receive()
        assert isinstance(failure, Failure)
        assert (failure.id, failure.name) == (None, name)
        assert failure.sentence
        assert await client.receive() is None


@pytest.mark.parametrize("data", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
async def test_bad_frame(data: bytes) -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        await assert_refused_and_closed(rig, data, ErrorName.BAD_FRAME)
        assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


@pytest.mark.parametrize("message", BAD_MESSAGES.values(), ids=BAD_MESSAGES.keys())
async def test_bad_message(message: dict[str, object]) -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        await assert_refused_and_closed(rig, encode_frame(msgpack.packb(message)), ErrorName.BAD_MESSAGE)
        assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_id_in_use() -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        call = encode(Call(1, "hang", {}, 10_000))
        await assert_refused_and_closed(rig, call + call, ErrorName.BAD_MESSAGE)
        await assert_refused_and_closed(rig, call + encode(Subscribe(1)), ErrorName.BAD_MESSAGE)
        assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_ends_in_the_middle_of_a_frame_at_each_byte() -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        for end in range(1, len(WHOLE)):
            async with raw_client(rig.path) as client:
                await client.stream.send_all(WHOLE[:end])
                await client.stream.send_eof()
                failure = await client.receive()
                assert isinstance(failure, Failure)
                assert failure.name is ErrorName.BAD_FRAME
                assert await client.receive() is None
        assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_two_hundred_random_beginnings() -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        for _ in range(200):
            async with await trio.open_unix_socket(rig.path) as stream:
                await stream.send_all(RANDOM.randbytes(64))
        assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_connects_and_never_reads() -> None:
    async with serving() as rig, open_client(rig.path) as honest:
        async with raw_client(rig.path) as client:
            await client.send(Subscribe(1))
            with trio.move_on_after(1) as sending:
                # Blocks as soon as the server, whose answers nobody takes, stops reading.
                for number in count(2):
                    await client.send(Call(number, "fill", {"size": 60_000}, 1000))
            assert sending.cancelled_caught
            for n in range(100):
                rig.published.update({"n": n, "text": "x" * 1000})
            assert await honest.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_more_connections_than_there_may_be() -> None:
    # Both ends of each are in this process.
    with descriptors_for(3 * CONNECTIONS):
        await fill_and_ask_for_one_more()


async def fill_and_ask_for_one_more() -> None:
    async with serving() as rig:
        streams = []
        try:
            for _ in range(CONNECTIONS):
                streams.append(await trio.open_unix_socket(rig.path))
                await streams[-1].receive_some(1)
            with pytest.raises(CallError) as caught:
                async with open_client(rig.path):
                    pass
            assert caught.value.name is ErrorName.TOO_MANY
        finally:
            for stream in streams:
                await stream.aclose()
        await idle(rig)
        async with open_client(rig.path) as client:
            assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_descriptors_do_not_grow() -> None:
    async with serving() as rig:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(50):
            async with raw_client(rig.path) as client:
                await client.stream.send_all(bytes(HEADER))
                await client.receive()
        await idle(rig)
        assert len(os.listdir("/proc/self/fd")) == before


def impostor(path: Path) -> trio.SocketListener:
    """A listener for what only looks like a server."""
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    sock.listen()
    return adopt(sock)


HELLO = encode(Hello(1, "impostor", 1, "a"))


@pytest.mark.parametrize(
    ("script", "error", "word"),
    [
        (encode(Hello(2, "newer", 1, "a")), RemoteProtocolError, "speaks version 2"),
        (encode(Snapshot(1, 0, {})), RemoteProtocolError, "did not begin with hello"),
        (bytes(HEADER), RemoteProtocolError, "claims 0 bytes"),
        (b"", PeerGone, "closed the connection at once"),
        (encode(Failure(ErrorName.TOO_MANY, "full")), CallError, "full"),
        (HELLO + HELLO, RemoteProtocolError, "hello twice"),
        (HELLO + b"\xff" * HEADER, RemoteProtocolError, "claims"),
        (HELLO, PeerGone, "closed the connection"),
    ],
)
async def test_client_survives_a_bad_server(tmp_path: Path, script: bytes, error: type[Exception], word: str) -> None:
    async with impostor(tmp_path / "s") as listener, trio.open_nursery() as nursery:

        async def answer() -> None:
            async with await listener.accept() as stream:
                await stream.send_all(script)

        nursery.start_soon(answer)
        with trio.fail_after(LIMIT), pytest.raises(error, match=word):
            async with open_client(tmp_path / "s") as client:
                await client.call("anything", within=LIMIT)


async def test_gap_is_closed_by_a_new_snapshot(tmp_path: Path) -> None:
    async with impostor(tmp_path / "s") as listener, trio.open_nursery() as nursery:
        asked = 0

        async def answer() -> None:
            nonlocal asked
            async with await listener.accept() as stream:
                await stream.send_all(HELLO)
                while await stream.receive_some():
                    asked += 1
                    if asked == 1:
                        await stream.send_all(encode(Snapshot(1, 5, {"n": 5})))
                        # 6 is missing; 8 is on the way before the new snapshot can be.
                        for seq in (7, 8):
                            await stream.send_all(encode(Delta(1, seq, {"wrong": seq})))
                    elif asked == 2:
                        await stream.send_all(encode(Snapshot(1, 9, {"n": 9})))

        nursery.start_soon(answer)
        with trio.fail_after(LIMIT):
            async with open_client(tmp_path / "s") as client, client.subscribe() as states:
                seen = []
                async for state in states:
                    seen.append(state)
                    if state == {"n": 9}:
                        break
        assert all("wrong" not in state for state in seen)


async def test_mirror_comes_back_with_the_server() -> None:
    async with trio.open_nursery() as nursery:
        async with serving() as rig:
            mirror = await nursery.start(follow, rig.path)
            assert await mirror.wait_value(lambda state: state is not None) == {"n": 0}
            rig.published.update({"n": 1})
            await mirror.wait_value({"n": 1})
        with trio.fail_after(LIMIT):
            await mirror.wait_value(None)
        nursery.cancel_scope.cancel()


async def test_mirror_tries_again_ever_more_slowly(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    def open_and_note(path: Path) -> object:
        tried.append(trio.current_time())
        return open_client(path)

    monkeypatch.setattr("airhail.ipc.stay.open_client", open_and_note)
    async with trio.open_nursery() as nursery:
        mirror = await nursery.start(follow, tmp_path / "nobody")
        await trio.sleep(60)
        nursery.cancel_scope.cancel()
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert pauses[:7] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, RECONNECT_LAST])
    assert max(pauses) == pytest.approx(RECONNECT_LAST)
    assert mirror.value is None


async def test_credentials_are_the_kernels() -> None:
    here, there = socket.socketpair()
    with here, there:
        credentials = peer_credentials(here)
    assert (credentials.pid, credentials.uid, credentials.gid) == (os.getpid(), os.geteuid(), os.getegid())
    assert credentials.groups == frozenset(os.getgroups())
