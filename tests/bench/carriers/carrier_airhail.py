"""airhail's own: a call with its deadline, checked, traced and counted at both ends, as every actor serves it."""

import socket
import time
from typing import Any

import trio
from msgspec import Struct

from airhail.ipc.client import open_client
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.trace import recording
from airhail.ipc.listen import adopt
from airhail.ipc.methods import Caller, Method
from airhail.ipc.published import Published
from airhail.ipc.server import serve as serve_socket
from tests.bench.carriers import MESSAGE, WARM_UP


class Echo(Struct, frozen=True):
    """The arguments of `echo`."""

    peers: dict[str, Any]


async def echo(caller: Caller, args: Echo) -> Echo:
    """Answer with what came."""
    return args


def serve(address: str) -> None:
    """Serve `echo` at the socket `address`."""
    trio.run(serve_here, address)


async def serve_here(address: str) -> None:
    """Serve as an actor does, its trace included."""
    inspection = Inspection()
    recording.set(inspection.trace)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        print("serves", flush=True)
        methods = {"echo": Method(Echo, echo)}
        await serve_socket(
            adopt(listening), name="echo", published=Published({}), methods=methods, inspection=inspection
        )


def ask(address: str, rounds: int) -> list[float]:
    """Return the seconds of each round trip."""
    return trio.run(ask_here, address, rounds)


async def ask_here(address: str, rounds: int) -> list[float]:
    """Call `echo` again and again."""
    taken = []
    async with open_client(address) as client:
        for _ in range(WARM_UP + rounds):
            begun = time.perf_counter()
            await client.call("echo", MESSAGE, within=10)
            taken.append(time.perf_counter() - begun)
    return taken[WARM_UP:]
