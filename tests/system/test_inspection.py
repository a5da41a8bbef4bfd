"""What every socket shows of its process, asked for over a real one."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.trace import recording
from airhail.ipc.limits import LOG_RING, MAX_FEED_WAIT, MAX_FRAME, PAGE_ITEMS
from tests.system.ipc_rig import LIMIT, Rig, serving

log = logging.getLogger("tests.inspection")


@asynccontextmanager
async def inspected() -> AsyncIterator[tuple[Rig, Inspection, Client]]:
    """A server that is traced and watched, and a client that is not."""
    inspection = Inspection()
    trio.lowlevel.add_instrument(inspection.tasks)
    log.addHandler(inspection.log_handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    token = recording.set(inspection.trace)
    try:
        async with serving(inspection=inspection) as rig:
            recording.reset(token)
            async with open_client(rig.path) as client:
                yield rig, inspection, client
    finally:
        log.removeHandler(inspection.log_handler)
        trio.lowlevel.remove_instrument(inspection.tasks)


async def test_tasks_tell_where_they_wait_and_for_how_long() -> None:
    async with inspected() as (rig, _, client), open_client(rig.path) as other, trio.open_nursery() as nursery:
        nursery.start_soon(lambda: other.call("hang", within=LIMIT))
        await rig.hanging.wait()
        begun = trio.current_time()
        told = await client.call("tasks", within=LIMIT)
        by_name = {row["name"]: row for row in told["tasks"]}
        hanging = next(row for row in told["tasks"] if any("Rig.hang" in place for place in row["where"]))
        assert hanging["name"] == "airhail.ipc.session.Session._answer"
        assert hanging["where"][-1].startswith("trio._timeouts:sleep_forever:")
        assert 0 <= hanging["waited"] <= LIMIT + trio.current_time() - begun
        assert by_name["<init>"]["depth"] == 0
        assert told["left_out"] == 0
        nursery.cancel_scope.cancel()


async def test_more_tasks_than_fit_are_counted() -> None:
    async with inspected() as (_, _, client), trio.open_nursery() as nursery:
        for _ in range(2 * PAGE_ITEMS):
            nursery.start_soon(trio.sleep_forever)
        told = await client.call("tasks", within=LIMIT)
        assert told["left_out"] >= PAGE_ITEMS
        assert len(told["tasks"]) + told["left_out"] >= 2 * PAGE_ITEMS
        nursery.cancel_scope.cancel()


async def test_log_recent_then_live() -> None:
    async with inspected() as (_, _, client):
        log.info("first")
        log.warning("second\nof two lines")
        told = await client.call("log", within=LIMIT)
        assert [(item["level"], item["text"]) for item in told["items"]] == [
            ("info", "first"),
            ("warning", "second\nof two lines"),
        ]
        assert not told["lost"]
        async with trio.open_nursery() as nursery:
            # From another thread, as it may come in an actor.
            nursery.start_soon(trio.to_thread.run_sync, log.info, "third")
            told = await client.call("log", {"after": told["next"], "wait": MAX_FEED_WAIT}, within=LIMIT)
        assert [item["text"] for item in told["items"]] == ["third"]
        assert (await client.call("log", {"after": told["next"]}, within=LIMIT))["items"] == []


async def test_a_wait_without_news_ends_empty() -> None:
    async with inspected() as (_, _, client):
        told = await client.call("log", {"wait": 0.01}, within=LIMIT)
        assert told == {"items": [], "next": 0, "lost": False}
        with pytest.raises(CallError) as caught:
            await client.call("log", {"wait": MAX_FEED_WAIT + 1}, within=LIMIT)
        assert caught.value.name is ErrorName.BAD_ARGUMENTS


async def test_a_slow_reader_misses_lines_and_is_told() -> None:
    async with inspected() as (_, _, client):
        log.info("early")
        cursor = (await client.call("log", within=LIMIT))["next"]
        for number in range(LOG_RING // 100):
            log.info("%0200d", number)
        seen = []
        losses = []
        while (told := await client.call("log", {"after": cursor}, within=LIMIT))["items"]:
            seen += [int(item["text"]) for item in told["items"]]
            losses.append(told["lost"])
            cursor = told["next"]
        assert losses[0]
        assert not any(losses[1:])
        assert seen == list(range(seen[0], LOG_RING // 100)), "in pages, but without a gap"
        assert len(losses) > 1


async def test_lines_of_every_kind_fit_into_the_answers() -> None:
    async with inspected() as (_, _, client):
        for text in ("\0" * MAX_FRAME, "\N{SNOWMAN}" * MAX_FRAME, "\udcff" * 3000, ""):
            log.info("%s", text)
        cursor, texts = 0, []
        while (told := await client.call("log", {"after": cursor}, within=LIMIT))["items"]:
            texts += [item["text"] for item in told["items"]]
            cursor = told["next"]
        assert len(texts) == 4


async def test_trace_shows_both_directions_and_not_itself() -> None:
    async with inspected() as (rig, _, client), open_client(rig.path) as watcher:
        cursor = (await watcher.call("trace", within=LIMIT))["next"]
        assert await client.call("add", {"a": 1, "b": 2}, within=LIMIT) == {"sum": 3}
        items: list[dict[str, object]] = []
        while len(items) < 2:
            told = await watcher.call("trace", {"after": cursor, "wait": LIMIT}, within=2 * LIMIT)
            items += told["items"]
            cursor = told["next"]
        assert [item["direction"] for item in items] == ["in", "out"]
        assert '"method": "add", "args": {"a": 1, "b": 2}' in str(items[0]["text"])
        assert '"result": {"sum": 3}' in str(items[1]["text"])
        assert all(str(item["other"]).startswith("process ") for item in items)


async def test_messages_of_its_own_calls_are_in_the_trace_too() -> None:
    inspection = Inspection()
    async with serving() as rig:
        token = recording.set(inspection.trace)
        async with open_client(rig.path) as client:
            await client.call("add", {"a": 1, "b": 2}, within=LIMIT)
        recording.reset(token)
    page = await inspection.messages.read(0)
    assert len(page.records) >= 2


async def test_timings_are_kept_by_method_and_only_for_methods_there_are() -> None:
    async with inspected() as (_, _, client):
        for _ in range(2):
            await client.call("add", {"a": 1, "b": 2}, within=LIMIT)
        for method in ("refuse", "fly"):
            with pytest.raises(CallError):
                await client.call(method, within=LIMIT)
        told = await client.call("stats", within=LIMIT)
        assert {method: one["count"] for method, one in told["latency"].items()} == {"add": 2, "refuse": 1}
        assert told["calls"] == 5
        assert told["process"]["resident_bytes"] > 0
        assert told["process"]["descriptors"] > 3


@pytest.mark.parametrize("method", ["inspect", "stats", "tasks", "log", "trace"])
async def test_whoever_leaves_while_it_waits_leaves_nothing(method: str) -> None:
    async with inspected() as (rig, _, _):
        args = {"wait": MAX_FEED_WAIT} if method in ("log", "trace") else {}
        async with open_client(rig.path) as client:
            with trio.move_on_after(0.05):
                await client.call(method, args, within=LIMIT)
        while rig.stats.connections > 1:
            await trio.lowlevel.checkpoint()
