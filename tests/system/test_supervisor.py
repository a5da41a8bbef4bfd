"""A real supervisor over real processes: started, killed, hung, and stopped."""

import os
import signal
import socket
import sys
from collections.abc import Iterator

import pytest
import trio

from airhail.ipc.client import open_client
from airhail.ipc.notify import parse
from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import (
    WITHIN,
    State,
    Supervised,
    blocked_signals,
    children,
    descriptors,
    gone,
    pid_of,
    supervised,
)


@pytest.fixture(params=["fork", "exec"])
def tree(request: pytest.FixtureRequest) -> Iterator[Supervised]:
    """A tree for each way in which actors are started: nothing but the time it takes may differ."""
    with supervised() as one:
        one.configure(f"[supervisor]\nspawner = '{request.param}'\n")
        yield one


def phase(state: State, name: str) -> str:
    return str(state["actors"][name]["state"])


def restarts(state: State, name: str) -> int:
    return int(state["actors"][name]["restarts"])


def status(state: State, name: str) -> str | None:
    said = state["actors"][name].get("status")
    return None if said is None else str(said)


async def test_runs_and_stops(tree: Supervised) -> None:
    async with tree.running("a=plain", "b=plain"):
        state = await tree.until_running()
        assert [phase(state, name) for name in "ab"] == ["RUNNING", "RUNNING"]
        assert state["actors"]["a"]["status"] == "plain and simple"
        sockets = sorted(path.name for path in (tree.directory / "run").glob("*.sock"))
        assert sockets == ["a.sock", "b.sock", "notify.sock", "supervisor.sock"]
        assert {tree.socket(name).stat().st_mode & 0o777 for name in ("a", "supervisor")} == {0o660}
        assert tree.socket("notify").stat().st_mode & 0o777 == 0o600, "those who may only look have nothing to say"
        assert await tree.stop() == ExitStatus.DONE
    assert [path.name for path in (tree.directory / "run").iterdir()] == ["lock"]
    assert "zygote" not in tree.log.read_text(), "its end is meant, and nothing to be warned of"


async def test_a_killed_actor_comes_back(tree: Supervised) -> None:
    async with tree.running("a=plain", "b=plain"):
        before = await tree.until_running()
        os.kill(pid_of(before, "a"), signal.SIGKILL)
        after = await tree.until(lambda state: restarts(state, "a") == 1 and phase(state, "a") == "RUNNING")
        assert after["actors"]["a"]["last_exit"] == "killed by SIGKILL"
        assert pid_of(after, "a") != pid_of(before, "a")
        assert after["actors"]["b"] == before["actors"]["b"]


async def test_twenty_kills_leave_no_descriptor_and_no_zombie(tree: Supervised) -> None:
    names = "abcde"  # the backoff doubles with each kill of one actor, so five share them
    async with tree.running(*(f"{name}=plain" for name in names)) as process:
        await tree.until_running()
        async with open_client(tree.socket(), within=WITHIN) as client, client.subscribe() as states:
            before = descriptors(process.pid)
            state = await anext(states)
            helpers = set(children(process.pid)) - {pid_of(state, name) for name in names}
            for count in range(1, 5):
                for name in names:
                    os.kill(pid_of(state, name), signal.SIGKILL)
                with trio.fail_after(WITHIN):
                    while not all(restarts(state, one) == count and phase(state, one) == "RUNNING" for one in names):
                        state = await anext(states)
                # Fewer when the connection of `until_running` was still being closed.
                assert descriptors(process.pid) <= before
                assert set(children(process.pid)) == helpers | {pid_of(state, name) for name in names}


async def test_those_that_belong_together_are_started_again_together(tree: Supervised) -> None:
    async with tree.running("a=plain", "b=plain,strategy=rest_for_one", "c=farewell"):
        before = await tree.until_running()
        os.kill(pid_of(before, "b"), signal.SIGKILL)
        after = await tree.until(lambda now: restarts(now, "c") == 1 and phase(now, "c") == "RUNNING")
        assert after["actors"]["a"] == before["actors"]["a"]
        assert restarts(after, "b") == 1
        assert after["actors"]["b"]["since"] < after["actors"]["c"]["since"]
        assert tree.word("c", "stopped"), "it was asked, not killed"


async def test_a_supervisor_that_was_stopped_shoots_nobody_when_it_wakes(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=2", "b=silent,watchdog=2") as process:
        before = await tree.until_running()
        process.send_signal(signal.SIGSTOP)
        await trio.sleep(5)  # the one thing that time alone can do
        process.send_signal(signal.SIGCONT)
        state = await tree.until(lambda now: restarts(now, "b") == 1)
        assert state["actors"]["b"]["last_exit"] == "killed by SIGABRT: no WATCHDOG=1 for 2 s"
        assert pid_of(state, "a") == pid_of(before, "a")
        assert await tree.stop() == ExitStatus.DONE
    assert "did not run for a while" in tree.log.read_text()


async def test_a_caller_waits_through_a_restart(tree: Supervised) -> None:
    async with tree.running("a=serve"):
        before = await tree.until_running()
        async with open_client(tree.socket("a")) as client:
            assert await client.call("ask", within=WITHIN) == {"pid": pid_of(before, "a")}
        os.kill(pid_of(before, "a"), signal.SIGKILL)
        await gone(pid_of(before, "a"))
        async with open_client(tree.socket("a"), within=WITHIN) as client:
            answer = await client.call("ask", within=WITHIN)
        assert answer["pid"] == pid_of(await tree.until_running(), "a")
        assert await tree.stop() == ExitStatus.DONE


async def test_a_killed_supervisor_takes_its_actors_along_and_the_next_one_starts(tree: Supervised) -> None:
    async with tree.running("a=plain", "b=plain") as process:
        state = await tree.until_running()
        process.kill()
        await gone(pid_of(state, "a"))
        await gone(pid_of(state, "b"))
        await tree.ended()
    assert tree.socket("a").exists(), "nobody was left to unlink it"
    async with tree.running("a=plain", "b=plain"):
        await tree.until(lambda now: now["pid"] != state["pid"] and now["state"] == "running")
        assert await tree.stop() == ExitStatus.DONE


async def test_a_second_supervisor_refuses_and_leaves_the_first_alone(tree: Supervised) -> None:
    async with tree.running("a=plain") as first:
        before = await tree.until_running()
        async with tree.running("a=plain"):
            assert await tree.ended() == ExitStatus.ALREADY_RUNNING
        assert f"airhail already runs in {tree.directory / 'run'} (pid {first.pid})" in tree.log.read_text()
        assert (await tree.until_running())["actors"] == before["actors"]
        tree.process = first
        assert await tree.stop() == ExitStatus.DONE


async def test_an_actor_waits_for_a_configuration_that_is_away_instead_of_running_without(tree: Supervised) -> None:
    """As while it is replaced by one who removes the old one first."""
    file = tree.directory / "airhail.toml"
    async with tree.running("a=serve"):
        state = await tree.until_running()
        file.rename(file.with_suffix(".away"))
        os.kill(pid_of(state, "a"), signal.SIGKILL)
        await tree.until(lambda now: now["actors"]["a"].get("last_exit") == "exit 75")
        file.with_suffix(".away").rename(file)
        await tree.until(lambda now: phase(now, "a") == "RUNNING")
        assert await tree.stop() == ExitStatus.DONE
    assert f"a: {file} is gone" in tree.log.read_text()


async def test_exit_78_is_fatal_for_one_actor(tree: Supervised) -> None:
    async with tree.running("a=misconfigured", "b=plain"):
        state = await tree.until_running()
        assert phase(state, "a") == "FATAL"
        assert "configuration" in state["actors"]["a"]["last_exit"]


async def test_exit_78_everywhere_ends_the_supervisor(tree: Supervised) -> None:
    async with tree.running("a=misconfigured", "b=misconfigured"):
        assert await tree.ended() == ExitStatus.BAD_CONFIG


async def test_a_crash_loop_escalates(tree: Supervised) -> None:
    async with tree.running("a=plain", "b=crash,max_restarts=3"):
        assert await tree.ended() == ExitStatus.ESCALATED
    assert "b ended 4 times within 300 s" in tree.log.read_text()


async def test_a_program_that_is_not_there_escalates(tree: Supervised) -> None:
    async with tree.running("a=nothing,max_restarts=2"):
        assert await tree.ended() == ExitStatus.ESCALATED


async def test_stops_in_reverse_order(tree: Supervised) -> None:
    async with tree.running("a=farewell", "b=farewell", "c=farewell"):
        await tree.until_running()
        assert await tree.stop() == ExitStatus.DONE
    stopped = {name: tree.word(name, "stopped") for name in "abc"}
    assert sorted("abc", key=stopped.__getitem__) == ["c", "b", "a"]


async def test_an_actor_that_ignores_sigterm_is_killed(tree: Supervised) -> None:
    async with tree.running("a=deaf,stop_within=0.2"):
        await tree.until_running()
        assert await tree.stop() == ExitStatus.DONE
    assert "killed by SIGKILL: still there 0.2 s after it began to stop" in tree.log.read_text()


async def test_a_hang_before_ready_is_aborted_and_the_next_actor_starts(tree: Supervised) -> None:
    async with tree.running("a=mute,ready_within=0.5", "b=plain"):
        state = await tree.until(lambda now: phase(now, "b") == "RUNNING" and "last_exit" in now["actors"]["a"])
        assert state["actors"]["a"]["last_exit"] == "killed by SIGABRT: no READY=1 within 0.5 s"
        assert state["state"] == "starting"


async def test_silence_is_aborted(tree: Supervised) -> None:
    async with tree.running("a=silent,watchdog=0.5"):
        state = await tree.until(lambda now: restarts(now, "a") == 1)
        assert state["actors"]["a"]["last_exit"] == "killed by SIGABRT: no WATCHDOG=1 for 0.5 s"


async def test_a_stopped_process_is_killed(tree: Supervised) -> None:
    async with tree.running("a=serve,watchdog=3"):
        state = await tree.until_running()
        os.kill(pid_of(state, "a"), signal.SIGSTOP)
        state = await tree.until(lambda now: restarts(now, "a") == 1)
        assert state["actors"]["a"]["last_exit"] == "killed by SIGKILL: no WATCHDOG=1 for 3 s"


async def test_only_the_main_process_speaks_for_an_actor(tree: Supervised) -> None:
    async with tree.running("a=spoken_for,ready_within=30,window=600"):
        state = await tree.until(lambda now: status(now, "a") == "said by itself")
        assert phase(state, "a") == "STARTING"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:
            for _ in range(100):
                stranger.sendto(b"READY=1\nSTATUS=said by a stranger", str(tree.socket("notify")))
        # Datagrams keep their order: when this one has been read, the stranger's has.
        os.kill(pid_of(state, "a"), signal.SIGUSR1)
        state = await tree.until(lambda now: status(now, "a") != "said by itself")
        assert status(state, "a") == "asked to speak"
        assert phase(state, "a") == "STARTING"
        await tree.stop()  # and no kill, which would lose what the log's thread has not written yet
    ignored = [line for line in tree.log.read_text().splitlines() if "which is no actor's" in line]
    assert f"from process {os.getpid()}" in ignored[-1]
    assert len(ignored) < 10, "and whoever talks without end does not fill the log"


async def test_what_an_actor_leaves_behind_ends(tree: Supervised) -> None:
    async with tree.running("a=parent"):
        state = await tree.until_running()
        near, far = tree.word("a", "near"), tree.word("a", "far")
        os.kill(pid_of(state, "a"), signal.SIGKILL)
        await gone(near)
        await tree.until(lambda now: restarts(now, "a") == 1 and phase(now, "a") == "RUNNING")
        os.kill(far, 0)  # out of the group: nobody can tell whose it is while the tree runs
        second_near, second_far = tree.word("a", "near"), tree.word("a", "far")
        assert await tree.stop() == ExitStatus.DONE
    for pid in (far, second_near, second_far):
        await gone(pid)


async def test_tells_its_starter(tree: Supervised) -> None:
    upward = tree.directory / "upward"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as starter:
        starter.bind(str(upward))
        heard = trio.socket.from_stdlib_socket(starter)
        said: list[dict[str, str]] = []

        async def hear(word: str) -> None:
            with trio.fail_after(WITHIN):
                while not any(word in fields for fields in said):
                    said.append(parse(await heard.recv(4096)))

        async with tree.running("a=plain", env={"NOTIFY_SOCKET": str(upward), "WATCHDOG_USEC": "500000"}):
            await hear("READY")
            for _ in range(3):
                said.clear()
                await hear("WATCHDOG")
            assert await tree.stop() == ExitStatus.DONE
            await hear("STOPPING")


async def test_a_blocked_signal_mask_is_not_inherited(tree: Supervised) -> None:
    """Whoever started us may have blocked what we wait for; an actor starts with nothing blocked."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1})
    try:
        async with tree.running("a=plain"):
            state = await tree.until_running()
            assert blocked_signals(pid_of(state, "a")) == 0
            assert await tree.stop() == ExitStatus.DONE
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def test_a_signal_that_its_starter_has_it_ignore_stops_nothing(tree: Supervised) -> None:
    """As nohup(1) leaves SIGHUP, and a shell SIGINT in what it runs in the background."""
    async with tree.running("a=plain", before=("sh", "-c", 'trap "" HUP INT; exec "$@"', "sh")) as process:
        await tree.until_running()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert await tree.stop() == ExitStatus.DONE
    assert "stopping: received SIGTERM" in tree.log.read_text()


async def test_a_newline_on_a_descriptor_when_ready(tree: Supervised) -> None:
    reading, writing = os.pipe()
    async with tree.running("a=plain", pass_fds=(writing,), env={"READY_FD": str(writing)}):
        os.close(writing)
        async with trio.lowlevel.FdStream(reading) as heard:
            with trio.fail_after(WITHIN):
                assert await heard.receive_some() == b"\n"
                assert await heard.receive_some() == b"", "closed, and no actor holds it"
        assert await tree.stop() == ExitStatus.DONE


def handing_over(name: str, descriptor: int) -> list[str]:
    """Return the beginning of a command that is given this descriptor as systemd gives it."""
    program = f"""if True:
        import os, sys
        os.dup2({descriptor}, 3)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES={name!r})
        os.execv(sys.argv[1], sys.argv[1:])"""
    return [sys.executable, "-c", program]


async def test_serves_at_a_socket_that_its_starter_bound(tree: Supervised) -> None:
    """As under systemd: the name stays when the supervisor ends, and callers wait for the next one."""
    tree.socket().parent.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bound:
        bound.bind(str(tree.socket("a")))
        bound.listen()
        before = handing_over("a", bound.fileno())
        async with tree.running("a=serve", before=before, pass_fds=(bound.fileno(),)):
            state = await tree.until_running()
            async with open_client(tree.socket("a"), within=WITHIN) as client:
                assert await client.call("ask", within=WITHIN) == {"pid": pid_of(state, "a")}
            assert await tree.stop() == ExitStatus.DONE
        assert sorted(path.name for path in tree.socket().parent.iterdir()) == ["a.sock", "lock"]


async def test_a_socket_for_nobody_is_refused(tree: Supervised) -> None:
    async with tree.running("a=plain", before=handing_over("weather", 0)):
        assert await tree.ended() == ExitStatus.BAD_CONFIG
    assert "['weather'] in LISTEN_FDNAMES; known names are ['supervisor', 'a']" in tree.log.read_text()
