"""Buses that do what a healthy one never does: each is left with a name for what it did, and tried again."""

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from jeepney import DBusAddress, HeaderFields, MessageType, Parser, new_method_return, new_signal
from trio.testing import MockClock

from airhail.ipc.dbus.bus import open_bus
from airhail.ipc.dbus.errors import BusError, BusGone, NoReply
from airhail.ipc.dbus.limits import CONNECT, RECONNECT_LONGEST, SEND
from airhail.ipc.dbus.signals import Gap
from airhail.ipc.dbus.stream import open_stream

Handler = Callable[[trio.SocketStream], Awaitable[None]]

GOOD_AUTH = b"OK 0123456789abcdef0123456789abcdef\r\n"


@asynccontextmanager
async def open_odd_bus(folder: Path, handler: Handler) -> AsyncGenerator[str]:
    """Serve `handler` on a Unix socket in this process, so that virtual time rules it as well."""
    path = folder / "bus"
    with trio.socket.socket(trio.socket.AF_UNIX) as listening:
        await listening.bind(str(path))
        listening.listen()
        async with trio.open_nursery() as nursery:
            listener = trio.SocketListener(listening)
            nursery.start_soon(trio.serve_listeners, handler, [listener])
            yield f"unix:path={path}"
            nursery.cancel_scope.cancel()


async def let_in(stream: trio.SocketStream) -> None:
    """Authenticate whoever comes and answer Hello."""
    await line(stream)
    await stream.send_all(GOOD_AUTH)
    parser = Parser()
    received = (await line(stream)).partition(b"BEGIN\r\n")[2]
    messages = parser.feed(received)
    while not messages:
        messages = parser.feed(await stream.receive_some())
    hello = messages[0]
    assert hello.header.message_type is MessageType.method_call
    assert hello.header.fields[HeaderFields.member] == "Hello"
    await stream.send_all(new_method_return(hello, "s", (":1.7",)).serialise(1))


async def line(stream: trio.SocketStream) -> bytes:
    received = b""
    while b"\r\n" not in received:
        received += await stream.receive_some()
    return received


async def failure(address: str) -> str:
    """Return why a stream to `address` cannot be opened."""
    with pytest.raises(BusGone) as caught:
        async with open_stream([address.removeprefix("unix:path=").encode()]):
            pass
    return str(caught.value)


async def test_bus_that_never_answers(tmp_path: Path, autojump_clock: MockClock) -> None:
    async def silent(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with open_odd_bus(tmp_path, silent) as address:
        assert await failure(address) == f"the bus did not let us in within {CONNECT:g} s; it is stuck: restart it"


async def test_bus_that_refuses_our_user(tmp_path: Path) -> None:
    async def refusing(stream: trio.SocketStream) -> None:
        await line(stream)
        await stream.send_all(b"REJECTED EXTERNAL\r\n")
        await trio.sleep_forever()

    async with open_odd_bus(tmp_path, refusing) as address:
        assert "the bus does not accept user id" in await failure(address)


async def test_bus_that_hangs_up_is_tried_ever_more_rarely(tmp_path: Path, autojump_clock: MockClock) -> None:
    times = []

    async def rude(stream: trio.SocketStream) -> None:
        times.append(trio.current_time())
        await stream.aclose()

    async with open_odd_bus(tmp_path, rude) as address, open_bus(address) as bus:
        await trio.sleep(30)
        assert not bus.connected.value
        assert "hung up" in bus.why_gone
    waits = [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)]
    assert waits[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]
    assert set(waits[6:]) == {RECONNECT_LONGEST}


async def test_bus_that_talks_nonsense_is_left_and_tried_again(tmp_path: Path) -> None:
    visits = 0

    async def babbling(stream: trio.SocketStream) -> None:
        nonlocal visits
        visits += 1
        await let_in(stream)
        if visits == 1:
            await stream.receive_some()
            await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await trio.sleep_forever()

    async with open_odd_bus(tmp_path, babbling) as address, open_bus(address) as bus:
        with pytest.raises(BusGone, match="no D-Bus message"):
            await bus.call("a.b", "/", "a.b", "C", within=5)
        with trio.fail_after(5):
            await bus.connected.wait_value(False)
            await bus.connected.wait_value(True)


async def test_odd_messages_are_told_to_those_they_concern(tmp_path: Path) -> None:
    """A body of type z, which does not exist: the caller gets an error, subscribers a Gap, and all goes on."""

    async def odd(stream: trio.SocketStream) -> None:
        await let_in(stream)
        parser = Parser()
        while True:
            for call in parser.feed(await stream.receive_some()):
                if call.header.fields[HeaderFields.member] == "AddMatch":
                    await stream.send_all(new_method_return(call).serialise(2))
                    continue
                signal = new_signal(DBusAddress("/", interface="a.b"), "S", "v", (("s", "x"),))
                for message in (signal, new_method_return(call, "v", (("s", "x"),))):
                    await stream.send_all(spoiled(message.serialise(3)))

    async with open_odd_bus(tmp_path, odd) as address, open_bus(address) as bus:
        async with bus.subscribe(interface="a.b") as signals:
            with pytest.raises(BusError, match="the answer is odd: its body does not hold 'v'"):
                await bus.call("a.b", "/", "a.b", "C", within=5)
            assert isinstance(await anext(signals), Gap)
        assert bus.counters["odd_messages"] == 2
        assert bus.connected.value


def spoiled(data: bytes) -> bytes:
    before, variant, after = data.rpartition(b"\x01s\0")
    return before + variant.replace(b"s", b"z") + after


async def test_bus_that_stops_reading_is_given_up(tmp_path: Path, autojump_clock: MockClock) -> None:
    async def stuck(stream: trio.SocketStream) -> None:
        await let_in(stream)
        await trio.sleep_forever()

    async with open_odd_bus(tmp_path, stuck) as address, open_bus(address) as bus:
        with pytest.raises(BusGone, match="it is stuck"):
            await bus.call("a.b", "/", "a.b", "C", "ay", (bytes(8_000_000),), within=2 * SEND)


async def test_full_queue_of_calls_keeps_each_callers_deadline(tmp_path: Path, autojump_clock: MockClock) -> None:
    async def stuck(stream: trio.SocketStream) -> None:
        await let_in(stream)
        await trio.sleep_forever()

    async def call(within: float) -> None:
        with pytest.raises(NoReply):
            await bus.call("a.b", "/", "a.b", "C", "ay", (bytes(300_000),), within=within)
        assert trio.current_time() - began == pytest.approx(within)

    async with open_odd_bus(tmp_path, stuck) as address, open_bus(address) as bus:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for number in range(200):
                nursery.start_soon(call, 1 + number % 5)
