"""No descriptors, no processes, no memory left: in an actor, in the supervisor; and well again afterwards."""

import os
import resource
import signal

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.limits import as_an_ordinary_user, limit_that_leaves, limited, no_new_process
from tests.system.faults.memory_group import memory_group
from tests.system.faults.seen import alone_with, back, last_exit, phase, restarts
from tests.system.supervised.harness import WITHIN, Supervised, descriptors, gone, pid_of

MIB = 1 << 20


async def test_an_actor_without_descriptors_is_started_again(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.crowd", "b=faults.light.plain"):
        state = await tree.until(lambda now: back(now, "a"))
        assert last_exit(state, "a") == "exit 1"
        assert restarts(state, "b") == 0
    assert "Too many open files" in tree.log.read_text()


async def test_a_server_without_descriptors_serves_those_it_has_and_then_those_who_waited(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        pid = pid_of(await tree.until_running(), "a")
        async with open_client(tree.socket("a"), within=WITHIN) as first:
            with limited(pid, resource.RLIMIT_NOFILE, limit_that_leaves(pid, 0)):
                streams = [await trio.open_unix_socket(tree.socket("a")) for _ in range(3)]
                assert await first.call("ask", within=WITHIN) == {"pid": pid}
            with trio.fail_after(WITHIN):
                for stream in streams:
                    assert await stream.receive_some(), "hello, late"
                    await stream.aclose()
        assert restarts(await tree.until_running(), "a") == 0


@pytest.mark.parametrize("spawner", ["exec", "fork"])
@pytest.mark.parametrize("spare", [0, 1, 3])
async def test_a_supervisor_without_descriptors_starts_the_actor_later(
    tree: Supervised, spare: int, spawner: str
) -> None:
    (tree.directory / "airhail.toml").write_text(f'[supervisor]\nspawner = "{spawner}"\n')
    async with tree.running("a=faults.light.plain", "b=faults.light.plain") as process:
        state = await tree.until_running()
        async with open_client(tree.socket(), within=WITHIN) as client, client.subscribe() as states:
            await alone_with(client)
            before = descriptors(process.pid)
            with limited(process.pid, resource.RLIMIT_NOFILE, limit_that_leaves(process.pid, spare)):
                os.kill(pid_of(state, "a"), signal.SIGKILL)
                with trio.fail_after(WITHIN):
                    async for state in states:
                        if restarts(state, "a") >= 2 or back(state, "a"):
                            break
            with trio.fail_after(WITHIN):
                while phase(state, "a") != "RUNNING":
                    state = await anext(states)
            # A start that failed half way leaves nothing open; the one to the zygote may be gone with it.
            assert descriptors(process.pid) in ([before] if spawner == "exec" else [before, before - 1])
        assert restarts(state, "b") == 0
        assert await tree.stop() == ExitStatus.DONE


async def test_a_supervisor_that_may_start_no_process_does_when_it_may(tree: Supervised) -> None:
    user = as_an_ordinary_user()
    tree.directory.chmod(0o777)
    async with tree.running("a=faults.light.plain", "b=faults.light.plain", before=user) as process:
        state = await tree.until_running()
        with no_new_process(process.pid, user):
            os.kill(pid_of(state, "a"), signal.SIGKILL)
            state = await tree.until(lambda now: "could not be started" in now["actors"]["a"].get("last_exit", ""))
            assert "Resource temporarily unavailable" in last_exit(state, "a")
        state = await tree.until(lambda now: phase(now, "a") == "RUNNING")
        assert restarts(state, "b") == 0
        assert await tree.stop() == ExitStatus.DONE


async def test_an_actor_without_memory_is_started_again(tree: Supervised) -> None:
    async with tree.running("a=faults.actor.glutton", "b=faults.light.plain") as process:
        # The actor's own limit, as ulimit -v sets it: the supervisor keeps what it has.
        state = await tree.until(lambda now: back(now, "a"))
        assert last_exit(state, "a") == "exit 1"
        assert restarts(state, "b") == 0
        assert process.returncode is None
    assert "MemoryError" in tree.log.read_text()


async def test_an_actor_killed_for_its_memory_is_started_again(tree: Supervised) -> None:
    with memory_group(64 * MIB) as group:
        async with tree.running("a=faults.actor.hoarder", "b=faults.light.plain"):
            state = await tree.until_running()
            group.add(pid_of(state, "a"))
            os.kill(pid_of(state, "a"), signal.SIGUSR1)
            state = await tree.until(lambda now: back(now, "a"))
            assert last_exit(state, "a") == "killed by SIGKILL"
            assert restarts(state, "b") == 0


async def test_a_supervisor_without_memory_goes_on_or_ends_and_leaves_nobody(tree: Supervised) -> None:
    async with tree.running("a=faults.light.plain", "b=faults.light.plain") as process:
        state = await tree.until_running()
        with limited(process.pid, resource.RLIMIT_AS, 1):
            os.kill(pid_of(state, "a"), signal.SIGKILL)
            with trio.move_on_after(1):
                await process.wait()
        async with trio.open_nursery() as nursery:

            async def serves_again() -> None:
                await tree.until(lambda now: phase(now, "a") == "RUNNING")
                nursery.cancel_scope.cancel()

            nursery.start_soon(serves_again)
            await process.wait()
            nursery.cancel_scope.cancel()
        if process.returncode is not None:
            assert process.returncode != 0, "its parent sees that it did not mean to end"
            await gone(pid_of(state, "b"))
    async with tree.running("a=faults.light.plain"):
        await tree.until_running()
        assert await tree.stop() == ExitStatus.DONE
