"""`python -m tests.bench.onlookers NUMBER SOCKET...`: so many clients, every other one of which never reads.

Each follows the state, and those that never read have asked for everything else too. Writes a line when all are in.
"""

import resource
import sys

import trio

from airhail.ipc.channel import Channel
from airhail.ipc.client import greet
from airhail.ipc.messages import Call, Subscribe, encode

WITHIN = 30.0
"""Seconds for a busy server to say hello."""


async def main(number: int, sockets: list[str]) -> None:
    """Come, and stay until killed."""
    async with trio.open_nursery() as nursery:
        for one in range(number):
            channel, _ = await greet(sockets[one % len(sockets)], WITHIN)
            nursery.start_soon(channel.write_frames)
            await channel.send(encode(Subscribe(1)))
            if one // len(sockets) % 2:
                for call, method in enumerate(("inspect", "stats", "log", "trace", "tasks"), 2):
                    await channel.send(encode(Call(call, method, {}, 60_000)))
            else:
                nursery.start_soon(read, channel)
        print("all are in", flush=True)


async def read(channel: Channel) -> None:
    """Read whatever comes."""
    while await channel.receive() is not None:
        pass


if __name__ == "__main__":
    wanted = int(sys.argv[1])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    trio.run(main, wanted, sys.argv[2:])
