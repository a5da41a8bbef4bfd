"""Clients that connect and never read, never write, write a byte a second, or come by the thousand: nobody waits."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count

import pytest
import trio

from airhail.ipc.client import Client, open_client
from airhail.ipc.connect import connect
from airhail.ipc.errors import ErrorName
from airhail.ipc.limits import CONNECTIONS, FRAME_DEADLINE
from airhail.ipc.messages import Call, Failure, Subscribe, encode
from tests.system.descriptors import descriptors_for
from tests.system.faults.seen import alone_with, resident, restarts
from tests.system.ipc_rig import RawClient, raw_client
from tests.system.supervised.harness import WITHIN, Supervised, descriptors, pid_of

THOUSAND = 1000
ROOM = 32 << 20
"""Bytes that a server may grow by: Python returns little of what the sessions of so many took at once."""


@asynccontextmanager
async def unharmed(tree: Supervised, name: str) -> AsyncIterator[Client]:
    """Give an honest client of a server, and see afterwards that the server is as it was before."""
    state = await tree.until_running()
    pid = state["pid"] if name == "supervisor" else pid_of(state, name)
    async with open_client(tree.socket(name), within=WITHIN) as honest:
        await alone_with(honest)
        before = descriptors(pid), resident(pid)
        yield honest
        await alone_with(honest)
        assert descriptors(pid) == before[0]
        assert resident(pid) - before[1] < ROOM
    assert restarts(await tree.until_running(), "a") == 0


@pytest.mark.parametrize("name", ["a", "supervisor"])
async def test_a_thousand_connections_at_once(tree: Supervised, name: str) -> None:
    async with tree.running("a=serve,watchdog=5"), AsyncExitStack() as crowd:
        with descriptors_for(2 * THOUSAND):
            async with unharmed(tree, name) as honest:
                for number in range(THOUSAND):
                    with trio.fail_after(WITHIN):
                        await crowd.enter_async_context(await connect(tree.socket(name)))
                    if number % 100 == 0:
                        await honest.call("inspect", within=WITHIN)
                # All but those that are let in are told so and let go.
                with trio.fail_after(WITHIN):
                    while (await honest.call("stats", within=WITHIN))["accepted"] < THOUSAND:
                        pass
                    while (await honest.call("stats", within=WITHIN))["connections"] > CONNECTIONS:
                        pass
                await crowd.aclose()


async def ask_without_end(client: RawClient) -> None:
    for number in count(2):
        await client.send(Call(number, "inspect", {}, 1000))


@pytest.mark.parametrize("name", ["a", "supervisor"])
async def test_one_that_asks_and_never_reads(tree: Supervised, name: str) -> None:
    async with tree.running("a=serve,watchdog=5"):
        async with unharmed(tree, name) as honest, raw_client(tree.socket(name)) as glutton:
            await glutton.send(Subscribe(1))
            with trio.fail_after(WITHIN), pytest.raises(trio.BrokenResourceError):
                # Until the server, whose answers nobody takes, lets go of it.
                await ask_without_end(glutton)
            await honest.call("inspect", within=WITHIN)
            await glutton.stream.aclose()


async def test_one_that_never_writes_is_left_alone(tree: Supervised) -> None:
    async with tree.running("a=serve"), unharmed(tree, "a") as honest, raw_client(tree.socket("a")) as silent:
        with trio.move_on_after(FRAME_DEADLINE + 1):
            assert await silent.receive() is not None
            raise AssertionError("nobody spoke to it")
        await honest.call("ask", within=WITHIN)
        await silent.send(Call(1, "ask", {}, 1000))
        assert await silent.receive() is not None, "it may still begin"
        await silent.stream.aclose()


async def test_one_that_writes_a_byte_a_second_is_refused(tree: Supervised) -> None:
    frame = encode(Call(1, "ask", {}, 1000))
    async with tree.running("a=serve"), unharmed(tree, "a"), raw_client(tree.socket("a")) as slow:
        async with trio.open_nursery() as nursery:

            async def dribble() -> None:
                # The refusal closes the stream, maybe before it has been read here.
                with suppress(trio.BrokenResourceError):
                    for byte in frame:
                        await slow.stream.send_all(bytes([byte]))
                        await trio.sleep(1)

            nursery.start_soon(dribble)
            with trio.fail_after(WITHIN):
                failure = await slow.receive()
            nursery.cancel_scope.cancel()
        assert isinstance(failure, Failure)
        assert failure.name is ErrorName.BAD_FRAME
        await slow.stream.aclose()
