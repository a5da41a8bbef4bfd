"""Calls and subscriptions between a real client and a real server."""

import logging
import os

import pytest
import trio
import trio.testing

from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, ErrorName, PeerGone
from airhail.ipc.limits import CALLS_IN_FLIGHT, MAX_FRAME, SUBSCRIPTIONS
from airhail.ipc.messages import Call, Cancel, Delta, Failure, Reply, Snapshot, Subscribe
from tests.system.ipc_rig import LIMIT, Add, raw_client, serving


async def test_call_and_hello() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        assert client.hello.actor == "rig"
        assert client.hello.pid == os.getpid()
        assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}
        assert await client.call("add", Add(3, 4), within=LIMIT) == {"sum": 7}


@pytest.mark.parametrize(
    ("method", "args", "name", "word"),
    [
        ("fly", {}, ErrorName.UNKNOWN_METHOD, "it has: add, borrow"),
        ("add", {"a": 1}, ErrorName.BAD_ARGUMENTS, "`b`"),
        ("add", {"a": 1, "b": "2"}, ErrorName.BAD_ARGUMENTS, "Expected `int`"),
        ("refuse", {}, ErrorName.REFUSED, "not today"),
        ("fill", {"size": MAX_FRAME}, ErrorName.TOO_LARGE, "bytes"),
        ("crash", {}, ErrorName.INTERNAL, "see its log"),
        ("bytes", {}, ErrorName.INTERNAL, "see its log"),
    ],
)
async def test_failed_call_has_a_name_and_leaves_the_connection_whole(
    method: str, args: dict[str, object], name: ErrorName, word: str
) -> None:
    async with serving() as rig, open_client(rig.path) as client:
        with pytest.raises(CallError, match=word) as caught:
            await client.call(method, args, within=LIMIT)
        assert caught.value.name is name
        assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}
        assert await client.call("inspect", within=LIMIT) == {"state": {"n": 0}}
        counted = await client.call("stats", within=LIMIT)
        assert counted["failures"] == {name: 1}
        assert counted["latency"]["add"]["count"] >= 1


async def test_handlers_bug_has_its_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving() as rig, open_client(rig.path) as client:
        with pytest.raises(CallError):
            await client.call("crash", within=LIMIT)
    assert "ZeroDivisionError: a bug" in caplog.text


async def test_deadline_ends_the_call_at_the_server() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        with pytest.raises(CallError, match=r"was not done with hang after 0\.05 s") as caught:
            await client.call("hang", within=0.05)
        assert caught.value.name is ErrorName.DEADLINE
        assert rig.cancelled.is_set()


async def test_cancelled_call_is_cancelled_at_the_server() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: client.call("hang", within=LIMIT))
            await rig.hanging.wait()
            nursery.cancel_scope.cancel()
        await rig.cancelled.wait()
        assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}


async def test_calls_do_not_wait_for_one_another() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: client.call("hang", within=LIMIT))
            await rig.hanging.wait()
            assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}
            nursery.cancel_scope.cancel()


async def test_too_many_calls_at_once() -> None:
    async with serving() as rig, raw_client(rig.path) as client:
        for number in range(CALLS_IN_FLIGHT):
            await client.send(Call(number, "hang", {}, 10_000))
        await client.send(Call(100, "add", {"a": 1, "b": 1}, 10_000))
        failure = await client.receive()
        assert isinstance(failure, Failure)
        assert (failure.id, failure.name) == (100, ErrorName.TOO_MANY)
        await client.send(Cancel(3))
        await rig.cancelled.wait()
        await client.send(Call(101, "add", {"a": 1, "b": 1}, 10_000))
        assert await client.receive() == Reply(101, {"sum": 2})


async def test_what_is_cancelled_is_over_at_once() -> None:
    """Its id is free again and it counts for nothing, however soon the next request comes."""
    async with serving() as rig, raw_client(rig.path) as client:
        await client.send_together(Call(1, "hang", {}, 10_000), Cancel(1), Call(1, "add", {"a": 1, "b": 1}, 10_000))
        assert await client.receive() == Reply(1, {"sum": 2})
        await client.send(Subscribe(1))
        assert await client.receive() == Snapshot(1, 0, {"n": 0})
        await client.send_together(Cancel(1), Subscribe(1))
        assert await client.receive() == Snapshot(1, 0, {"n": 0})
        rig.published.update({"n": 1})
        assert await client.receive() == Delta(1, 1, {"n": 1})
        numbers = range(10, 10 + CALLS_IN_FLIGHT)
        await client.send_together(*(Call(number, "hang", {}, 10_000) for number in numbers))
        await client.send_together(*map(Cancel, numbers), Call(2, "add", {"a": 1, "b": 2}, 10_000))
        assert await client.receive() == Reply(2, {"sum": 3})


async def test_calls_that_go_on_in_spite_of_a_cancel_are_waited_for() -> None:
    async with serving() as rig, raw_client(rig.path) as client:
        for number in range(2 * CALLS_IN_FLIGHT):
            await client.send_together(Call(number, "cling", {}, 10_000), Cancel(number))
        await client.send(Call(100, "add", {"a": 1, "b": 1}, 10_000))
        await trio.testing.wait_all_tasks_blocked()
        assert rig.clinging == CALLS_IN_FLIGHT
        rig.let_go.set()
        assert await client.receive() == Reply(100, {"sum": 2})


async def test_client_cannot_ask_for_no_time_or_for_ever() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        for within in (0, -1, 1e9):
            with pytest.raises(ValueError, match="cannot be given"):
                await client.call("add", within=within)


async def test_what_is_lent_ends_with_the_connection() -> None:
    async with serving() as rig, open_client(rig.path) as other:
        async with open_client(rig.path) as borrower:
            await borrower.call("borrow", within=LIMIT)
            with pytest.raises(CallError) as caught:
                await other.call("borrow", within=LIMIT)
            assert caught.value.name is ErrorName.BUSY
            assert rig.holder is not None
            assert not rig.holder.closed.is_set()
        await rig.holder.closed.wait()
        await other.call("borrow", within=LIMIT)


async def test_end_of_the_connection_ends_its_calls_first_and_then_closes_the_caller() -> None:
    async with serving() as rig:
        async with raw_client(rig.path) as client:
            await client.send(Call(1, "borrow", {}, 10_000))
            await client.receive()
            await client.send(Call(2, "hang", {}, 10_000))
            await rig.hanging.wait()
        assert rig.holder is not None
        await rig.holder.closed.wait()
        assert rig.cancelled.is_set()


async def test_states_follow_and_skip_but_end_with_the_truth() -> None:
    async with serving() as rig, open_client(rig.path) as client, client.subscribe() as states:
        assert await anext(states) == {"n": 0}
        for n in range(1, 1000):
            rig.published.update({"n": n, "links": {str(n): {"since": n}}})
            if n % 100 == 0:
                await trio.testing.wait_all_tasks_blocked()
        async for state in states:
            if state["n"] == 999:
                assert state == rig.published.state
                break


async def test_slow_subscriber_neither_blocks_nor_grows_the_actor() -> None:
    async with serving() as rig, raw_client(rig.path) as client:
        await client.send(Subscribe(1))
        # Far more than the socket and every queue on the way can hold, while nobody reads.
        for n in range(1, 3000):
            rig.published.update({"n": n, "text": str(n) * 500})
            await trio.lowlevel.checkpoint()
        seq = -1
        received = 0
        while seq < rig.published.seq:
            message = await client.receive()
            received += 1
            match message:
                case Snapshot(seq=number):
                    assert number > seq
                    seq, state = number, message.state
                case Delta(seq=number, patch=patch):
                    assert number == seq + 1
                    seq, state = number, {**state, **patch}
        assert state == rig.published.state
        assert received < 2000


async def test_state_too_large_for_a_frame_fails_the_subscription_alone() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        rig.published.update({str(n): "x" * 100 for n in range(1000)})
        async with client.subscribe() as states:
            with pytest.raises(CallError) as caught:
                await anext(states)
        assert caught.value.name is ErrorName.TOO_LARGE
        rig.published.update({"n": 1})
        async with client.subscribe() as states:
            assert await anext(states) == {"n": 1}


async def test_subscribing_again_under_the_same_id_gives_a_snapshot_again() -> None:
    async with serving() as rig, raw_client(rig.path) as client:
        await client.send(Subscribe(1))
        assert await client.receive() == Snapshot(1, 0, {"n": 0})
        await client.send(Subscribe(1))
        assert await client.receive() == Snapshot(1, 0, {"n": 0})
        rig.published.update({"n": 1})
        assert await client.receive() == Delta(1, 1, {"n": 1})


async def test_too_many_subscriptions() -> None:
    async with serving() as rig, raw_client(rig.path) as client:
        for number in range(SUBSCRIPTIONS):
            await client.send(Subscribe(number))
            assert isinstance(await client.receive(), Snapshot)
        await client.send(Subscribe(100))
        failure = await client.receive()
        assert isinstance(failure, Failure)
        assert (failure.id, failure.name) == (100, ErrorName.TOO_MANY)
        await client.send(Cancel(0))
        await client.send(Call(7, "add", {"a": 1, "b": 1}, 10_000))
        await client.receive()
        await client.send(Subscribe(100))
        assert isinstance(await client.receive(), Snapshot)


async def test_waiting_callers_and_subscribers_learn_that_the_server_went() -> None:
    async with serving() as rig, open_client(rig.path) as client, client.subscribe() as states:
        assert await anext(states) == {"n": 0}

        async def call() -> None:
            with pytest.raises(PeerGone, match="rig closed the connection"):
                await client.call("hang", within=LIMIT)

        async def watch() -> None:
            with pytest.raises(PeerGone, match="rig closed the connection"):
                await anext(states)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call)
            nursery.start_soon(watch)
            await rig.hanging.wait()
            rig.server.cancel()
        assert client.closed.is_set()
        with pytest.raises(PeerGone):
            await client.call("add", within=LIMIT)
        with pytest.raises(PeerGone):
            async with client.subscribe():
                pass


async def test_bodys_errors_come_out_as_they_are() -> None:
    async with serving() as rig:
        with pytest.raises(KeyError):
            async with open_client(rig.path):
                raise KeyError
        with trio.move_on_after(0.05) as scope:
            async with open_client(rig.path):
                await trio.sleep_forever()
        assert scope.cancelled_caught


async def test_handlers_log_says_which_process_broke_the_protocol(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with serving() as rig, raw_client(rig.path) as client:
        await client.stream.send_all(bytes(4))
        assert isinstance(await client.receive(), Failure)
    assert f"process {os.getpid()} broke the protocol" in caplog.text
