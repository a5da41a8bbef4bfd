"""A peer that is killed in the middle of a frame, or shuts down its writing side only: seen, told, and let go."""

import os
import signal
import subprocess
import sys

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.ipc.errors import PeerGone, RemoteProtocolError
from airhail.ipc.messages import Call, Reply, encode
from tests.system.faults.seen import alone_with, restarts
from tests.system.ipc_rig import raw_client
from tests.system.supervised.harness import WITHIN, Supervised, descriptors, pid_of

BEGIN_A_FRAME = """
import socket, sys, time
with socket.socket(socket.AF_UNIX) as client:
    client.connect(sys.argv[1])
    client.recv(1)
    client.sendall(bytes.fromhex(sys.argv[2]))
    print("begun", flush=True)
    time.sleep(3600)
"""


@pytest.mark.parametrize("end", [1, 4, 20])
async def test_a_client_killed_in_the_middle_of_a_frame_is_let_go(tree: Supervised, end: int) -> None:
    async with tree.running("a=serve"):
        pid = pid_of(await tree.until_running(), "a")
        async with open_client(tree.socket("a"), within=WITHIN) as honest:
            await alone_with(honest)
            before = descriptors(pid)
            begun = encode(Call(1, "ask", {}, 1000))[:end].hex()
            command = [sys.executable, "-c", BEGIN_A_FRAME, str(tree.socket("a")), begun]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as client:  # noqa: ASYNC220  (quick to start)
                assert client.stdout is not None
                await trio.to_thread.run_sync(client.stdout.readline)
                client.kill()
            with trio.fail_after(WITHIN):
                await alone_with(honest)
            assert descriptors(pid) == before
        assert restarts(await tree.until_running(), "a") == 0


async def test_a_client_that_writes_no_more_hears_its_answers(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        pid = pid_of(await tree.until_running(), "a")
        async with raw_client(tree.socket("a")) as client:
            await client.send(Call(1, "ask", {}, 1000))
            answer = await client.receive()
            await client.stream.send_eof()
            with trio.fail_after(WITHIN):
                assert await client.receive() is None, "the server closes its side too"
        assert answer == Reply(1, {"pid": pid})


async def test_a_server_killed_during_calls_is_gone_for_all_of_them(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        pid = pid_of(await tree.until_running(), "a")
        async with open_client(tree.socket("a"), within=WITHIN) as client:

            async def call_until_gone() -> None:
                try:
                    while True:
                        await client.call("inspect", within=WITHIN)
                except (PeerGone, RemoteProtocolError):
                    ended.append(client.hello.pid)

            ended: list[int] = []
            async with trio.open_nursery() as nursery:
                for _ in range(8):
                    nursery.start_soon(call_until_gone)
                await client.call("ask", within=WITHIN)
                os.kill(pid, signal.SIGKILL)
            assert ended == [pid] * 8


async def test_a_server_that_is_stopped_is_told_from_one_that_is_gone(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=30"):
        pid = pid_of(await tree.until_running(), "a")
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(PeerGone, match=r"did not say hello within 0.2 s: its process is starting or stuck"):
            async with open_client(tree.socket("a"), within=0.2):
                pass
        os.kill(pid, signal.SIGCONT)
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            assert await client.call("ask", within=WITHIN) == {"pid": pid}
