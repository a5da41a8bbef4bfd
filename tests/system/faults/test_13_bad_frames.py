"""Every bad frame and message, cut off at each byte, and noise: refused by name, by actor and supervisor alike."""

import random
import socket

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.ipc.codec import pack
from airhail.ipc.errors import ErrorName
from airhail.ipc.framing import encode_frame
from airhail.ipc.limits import MAX_FRAME, MAX_NOTIFICATION
from airhail.ipc.messages import Answer, Call, Failure, Reply, encode
from tests.system.faults.seen import alone_with, restarts
from tests.system.ipc_rig import raw_client
from tests.system.supervised.harness import WITHIN, Supervised, descriptors, pid_of
from tests.system.test_ipc_hostile import BAD_FRAMES, BAD_MESSAGES

RANDOM = random.Random(13)
NOISES = 100

INPUTS: dict[str, tuple[bytes, ErrorName]] = {
    **{name: (data, ErrorName.BAD_FRAME) for name, data in BAD_FRAMES.items()},
    **{name: (encode_frame(pack(message)), ErrorName.BAD_MESSAGE) for name, message in BAD_MESSAGES.items()},
    **{
        f"cut off at byte {end}": (encode(Call(1, "inspect", {}, 1000))[:end], ErrorName.BAD_FRAME)
        for end in range(1, len(encode(Call(1, "inspect", {}, 1000))))
    },
}


async def said_to(tree: Supervised, name: str, data: bytes) -> list[Answer]:
    """Say *data* to a server, end, and return all that it says."""
    said = []
    async with raw_client(tree.socket(name)) as client:
        await client.stream.send_all(data)
        await client.stream.send_eof()
        while (answer := await client.receive()) is not None:
            said.append(answer)
    return said


@pytest.mark.parametrize("name", ["a", "supervisor"])
async def test_each_is_refused_by_name_and_nobody_else_notices(tree: Supervised, name: str) -> None:
    async with tree.running("a=serve"):
        state = await tree.until_running()
        pid = state["pid"] if name == "supervisor" else pid_of(state, "a")
        async with open_client(tree.socket(name), within=WITHIN) as honest:
            await alone_with(honest)
            before = descriptors(pid)
            for kind, (data, expected) in INPUTS.items():
                with trio.fail_after(WITHIN):
                    said = await said_to(tree, name, data)
                refusals = [answer.name for answer in said if isinstance(answer, Failure)]
                assert refusals == [expected], f"{kind}: {said}"
            for _ in range(NOISES):
                with trio.fail_after(WITHIN):
                    await said_to(tree, name, RANDOM.randbytes(RANDOM.randrange(1, 200)))
            await honest.call("inspect", within=WITHIN)
            await alone_with(honest)
            assert descriptors(pid) == before
        assert (await tree.until_running())["actors"] == state["actors"]


async def test_the_longest_frame_is_read_and_answered(tree: Supervised) -> None:
    """A byte more is among the bad ones."""
    longest = Call(1, "ask", {"filler": ""}, 1000)
    room = MAX_FRAME - (len(encode(longest)) - 4)
    # From 2**16 - 1 characters on, msgpack needs four bytes more for the length of a text than for an empty one.
    frame = encode(Call(1, "ask", {"filler": "x" * (room - 2)}, 1000))
    assert len(frame) == 4 + MAX_FRAME
    async with tree.running("a=serve"):
        await tree.until_running()
        async with raw_client(tree.socket("a")) as client:
            with trio.fail_after(WITHIN):
                await client.stream.send_all(frame)
                assert isinstance(await client.receive(), Reply)


async def test_noise_in_the_notify_socket_changes_nothing(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=5"):
        state = await tree.until_running()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
            for _ in range(NOISES):
                noise = RANDOM.randbytes(RANDOM.randrange(0, 2 * MAX_NOTIFICATION))
                stranger.sendto(noise, str(tree.socket("notify")))
                stranger.sendto(b"READY=1\nSTOPPING=1\nSTATUS=" + noise[:100], str(tree.socket("notify")))
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            assert await client.call("ask", within=WITHIN) == {"pid": pid_of(state, "a")}
        assert restarts(await tree.until_running(), "a") == 0
        assert (await tree.until_running())["actors"] == state["actors"]
