"""The streams of asyncio: a length and a body, no calls, no deadlines, no checks."""

import asyncio
import contextlib
import time

import msgpack

from tests.bench.carriers import MESSAGE, WARM_UP
from tests.bench.carriers.framed import HEADER, framed


async def receive(reader: asyncio.StreamReader) -> bytes:
    """Return the next body."""
    return await reader.readexactly(int.from_bytes(await reader.readexactly(HEADER), "big"))


def serve(address: str) -> None:
    """Answer at the socket `address`."""
    asyncio.run(serve_here(address))


async def serve_here(address: str) -> None:
    """Answer whoever connects."""
    server = await asyncio.start_unix_server(echo, address)
    print("serves", flush=True)
    await server.serve_forever()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each message with itself, to the end of the stream."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            writer.write(framed(msgpack.packb(msgpack.unpackb(await receive(reader)))))
            await writer.drain()
    writer.close()


def ask(address: str, rounds: int) -> list[float]:
    """Return the seconds of each round trip."""
    return asyncio.run(ask_here(address, rounds))


async def ask_here(address: str, rounds: int) -> list[float]:
    """Send and receive again and again."""
    taken = []
    reader, writer = await asyncio.open_unix_connection(address)
    for _ in range(WARM_UP + rounds):
        begun = time.perf_counter()
        writer.write(framed(msgpack.packb(MESSAGE)))
        await writer.drain()
        msgpack.unpackb(await receive(reader))
        taken.append(time.perf_counter() - begun)
    writer.close()
    return taken[WARM_UP:]
