"""The channel over trio's own memory streams: no socket, and time jumps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MemoryReceiveStream, MemorySendStream, MockClock, memory_stream_pair

from airhail.ipc.channel import Channel
from airhail.ipc.errors import PeerGone, RemoteProtocolError
from airhail.ipc.framing import FrameReader, encode_frame
from airhail.ipc.limits import FRAME_DEADLINE, SEND_DEADLINE, SEND_QUEUE
from airhail.ipc.stats import Stats

MemoryStream = trio.StapledStream[MemorySendStream, MemoryReceiveStream]


@asynccontextmanager
async def writing(ours: MemoryStream) -> AsyncIterator[Channel]:
    """A channel on *ours* whose writer runs."""
    channel = Channel(ours, Stats())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.write_frames)
        yield channel
        nursery.cancel_scope.cancel()


async def test_queued_frames_leave_in_one_send() -> None:
    ours, peer = memory_stream_pair()
    stats = Stats()
    channel = Channel(ours, stats)
    frames = [encode_frame(b"frame %d" % n) for n in range(SEND_QUEUE)]
    for frame in frames:
        await channel.send(frame)
    channel.finish()
    await channel.write_frames()
    assert (stats.sends, stats.frames_out) == (1, SEND_QUEUE)
    assert await peer.receive_some() == b"".join(frames)


async def test_finish_sends_what_is_queued_and_closes() -> None:
    ours, peer = memory_stream_pair()
    async with writing(ours) as channel:
        await channel.send(encode_frame(b"last words"))
        channel.finish()
        assert b"".join([chunk async for chunk in peer]) == encode_frame(b"last words")
        with pytest.raises(PeerGone):
            await channel.send(encode_frame(b"too late"))


async def test_full_queue_makes_senders_wait() -> None:
    ours, _ = memory_stream_pair()
    channel = Channel(ours, Stats())
    while channel.send_if_room(encode_frame(b"x")):
        pass
    with trio.move_on_after(0.01) as waited:
        await channel.send(encode_frame(b"one more"))
    assert waited.cancelled_caught


async def test_cancelled_sender_leaves_the_stream_whole() -> None:
    ours, peer = memory_stream_pair()
    deliver = ours.send_stream.send_all_hook
    assert deliver is not None
    stuck, peer_reads = trio.Event(), trio.Event()

    async def hold_back() -> None:
        stuck.set()
        await peer_reads.wait()
        await deliver()

    ours.send_stream.send_all_hook = hold_back
    async with writing(ours) as channel:
        await channel.send(encode_frame(b"first"))
        await stuck.wait()
        for _ in range(SEND_QUEUE):
            await channel.send(encode_frame(b"queued"))
        with trio.move_on_after(0.01) as waited:
            await channel.send(encode_frame(b"given up"))
        assert waited.cancelled_caught
        peer_reads.set()
        channel.finish()
        reader = FrameReader()
        reader.add_data(b"".join([chunk async for chunk in peer]))
    found = [reader.next_frame() for _ in range(SEND_QUEUE + 2)]
    assert found == [b"first", *[b"queued"] * SEND_QUEUE, None]


async def test_after_a_cancelled_send_nothing_can_follow_the_half_frame() -> None:
    ours, peer = memory_stream_pair()
    deliver = ours.send_stream.send_all_hook
    assert deliver is not None
    half_sent = trio.Event()

    async def deliver_and_hang() -> None:
        await deliver()
        half_sent.set()
        await trio.sleep_forever()

    ours.send_stream.send_all_hook = deliver_and_hang
    channel = Channel(ours, Stats())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.write_frames)
        await channel.send(encode_frame(b"cut"))
        await half_sent.wait()
        nursery.cancel_scope.cancel()
    with pytest.raises(PeerGone):
        await channel.send(encode_frame(b"after"))
    with pytest.raises(PeerGone):
        await channel.receive()
    assert b"".join([chunk async for chunk in peer]) == encode_frame(b"cut")


async def test_peer_that_does_not_read_is_closed(autojump_clock: MockClock) -> None:
    ours, _ = memory_stream_pair()
    ours.send_stream.send_all_hook = trio.sleep_forever
    async with writing(ours) as channel:
        await channel.send(encode_frame(b"x"))
        with pytest.raises(PeerGone):
            await channel.receive()
        assert trio.current_time() == pytest.approx(SEND_DEADLINE)
        assert not channel.send_if_room(encode_frame(b"y"))


async def test_frame_that_trickles_in_is_cut_off(autojump_clock: MockClock) -> None:
    ours, peer = memory_stream_pair()

    async def trickle() -> None:
        for byte in encode_frame(bytes(1000)):
            await peer.send_all(bytes([byte]))
            await trio.sleep(1)

    async with writing(ours) as channel, trio.open_nursery() as nursery:
        nursery.start_soon(trickle)
        with pytest.raises(RemoteProtocolError, match="not ended within"):
            await channel.receive()
        assert trio.current_time() == pytest.approx(FRAME_DEADLINE)
        nursery.cancel_scope.cancel()


async def test_silence_between_frames_may_last(autojump_clock: MockClock) -> None:
    ours, peer = memory_stream_pair()

    async def speak_rarely() -> None:
        for body in (b"one", b"two"):
            await trio.sleep(3600)
            frame = encode_frame(body)
            await peer.send_all(frame[:3])
            await trio.sleep(FRAME_DEADLINE / 2)
            await peer.send_all(frame[3:])

    async with writing(ours) as channel, trio.open_nursery() as nursery:
        nursery.start_soon(speak_rarely)
        assert await channel.receive() == b"one"
        assert await channel.receive() == b"two"


@pytest.mark.parametrize("end", range(len(encode_frame(b"body"))))
async def test_stream_that_ends_within_a_frame(end: int) -> None:
    ours, peer = memory_stream_pair()
    frame = encode_frame(b"body")
    async with writing(ours) as channel:
        await peer.send_all(frame + frame[:end])
        await peer.send_stream.aclose()
        assert await channel.receive() == b"body"
        if end == 0:
            assert await channel.receive() is None
        else:
            with pytest.raises(RemoteProtocolError, match="in the middle of a frame"):
                await channel.receive()
