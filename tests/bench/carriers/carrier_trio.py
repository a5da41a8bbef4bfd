"""A bare stream of trio's: a length and a body, no calls, no deadlines, no checks."""

import time

import msgpack
import trio

from tests.bench.carriers import MESSAGE, WARM_UP
from tests.bench.carriers.framed import cut, framed


async def receive(stream: trio.SocketStream, buffer: bytearray) -> bytes | None:
    """Return the next body; None at the end of the stream."""
    while (body := cut(buffer)) is None:
        if not (data := await stream.receive_some()):
            return None
        buffer += data
    return body


def serve(address: str) -> None:
    """Answer at the socket `address`."""
    trio.run(serve_here, address)


async def serve_here(address: str) -> None:
    """Answer whoever connects."""
    with trio.socket.socket(trio.socket.AF_UNIX) as listening:
        await listening.bind(address)
        listening.listen()
        print("serves", flush=True)
        await trio.serve_listeners(echo, [trio.SocketListener(listening)])


async def echo(stream: trio.SocketStream) -> None:
    """Answer each message with itself, to the end of the stream."""
    buffer = bytearray()
    while (body := await receive(stream, buffer)) is not None:
        await stream.send_all(framed(msgpack.packb(msgpack.unpackb(body))))


def ask(address: str, rounds: int) -> list[float]:
    """Return the seconds of each round trip."""
    return trio.run(ask_here, address, rounds)


async def ask_here(address: str, rounds: int) -> list[float]:
    """Send and receive again and again."""
    taken = []
    buffer = bytearray()
    async with await trio.open_unix_socket(address) as stream:
        for _ in range(WARM_UP + rounds):
            begun = time.perf_counter()
            await stream.send_all(framed(msgpack.packb(MESSAGE)))
            body = await receive(stream, buffer)
            assert body is not None, "the other end has closed the stream"
            msgpack.unpackb(body)
            taken.append(time.perf_counter() - begun)
    return taken[WARM_UP:]
