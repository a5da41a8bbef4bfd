"""The methods by which every socket shows its process: what it knows, counts, does, logs, says and decides."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.inspection.documents import ProcessStats, StatsDocument
from airhail.ipc.inspection.feed import Feed
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.logs import Line, read_line
from airhail.ipc.inspection.ring import Record
from airhail.ipc.inspection.tasks import TaskTree, task_tree
from airhail.ipc.inspection.trace import Message, read_message
from airhail.ipc.limits import MAX_FEED_WAIT, PAGE, PAGE_ITEMS
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.published import Published
from airhail.ipc.recording.steps import Piece, Steps
from airhail.ipc.stats import Stats

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")

Item = TypeVar("Item", Line, Message)


Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Wait = Annotated[float, Meta(ge=0, le=MAX_FEED_WAIT)]


class Follow(Struct, frozen=True):
    """The arguments of `log` and `trace`: what is behind the cursor, waiting so many seconds for something."""

    after: Count = 0
    wait: Wait = 0.0


class AskState(Struct, frozen=True):
    """The arguments of `core`: after how many steps (now, unless given), and how many bytes are known already."""

    after: Count | None = None
    skip: Count = 0


class FollowSteps(Struct, frozen=True):
    """The arguments of `steps`: behind how many, how many bytes of the next are known, and how long to wait."""

    after: Count
    skip: Count = 0
    wait: Wait = 0.0


def inspection_methods(published: Published, inspection: Inspection) -> dict[str, Method]:
    """Return the methods that show a process; none of them changes anything."""

    async def inspect(caller: Caller, args: NoArguments) -> Mapping[str, Any]:
        return {"state": published.state}

    async def stats(caller: Caller, args: NoArguments) -> StatsDocument:
        return stats_document(inspection.stats)

    async def tasks(caller: Caller, args: NoArguments) -> TaskTree:
        return task_tree(inspection.tasks)

    async def log(caller: Caller, args: Follow) -> Mapping[str, Any]:
        return await page(inspection.log, args, read_line)

    async def trace(caller: Caller, args: Follow) -> Mapping[str, Any]:
        return await page(inspection.messages, args, read_message)

    async def core(caller: Caller, args: AskState) -> Piece:
        return known(inspection.steps).state(args.after, args.skip)

    async def steps(caller: Caller, args: FollowSteps) -> Piece:
        taken = known(inspection.steps)
        await taken.wait(args.after, args.wait)
        return taken.lines(args.after, args.skip)

    return {
        "inspect": Method(NoArguments, inspect),
        "stats": Method(NoArguments, stats),
        "tasks": Method(NoArguments, tasks),
        "log": Method(Follow, log),
        "trace": Method(Follow, trace, untraced=True),
        "core": Method(AskState, core, untraced=True),
        "steps": Method(FollowSteps, steps, untraced=True),
    }


def known(steps: Steps) -> Steps:
    """Return the steps of this process's core; CallError when it has none."""
    if not steps.has_core:
        raise CallError(ErrorName.REFUSED, "this process has no core, so there is nothing to record")
    return steps


async def page(feed: Feed, args: Follow, read: Callable[[bytes], Item]) -> Mapping[str, Any]:
    """Return the records behind a cursor, as many as one answer holds, and the cursor behind them."""
    reading = await feed.read(args.after, args.wait)
    items = fill(reading.records, read)
    following = reading.end if len(items) == len(reading.records) else reading.records[len(items) - 1].cursor
    return {"items": items, "next": following, "lost": reading.lost}


def fill(records: list[Record], read: Callable[[bytes], Item]) -> list[Item]:
    """Return the first records that fit into one answer, as they go over the wire."""
    items: list[Item] = []
    room = PAGE
    for record in records[:PAGE_ITEMS]:
        item = read(record.payload)
        # One always fits: what is kept of it is far below a page.
        room -= len(item.text.encode(errors="replace")) + 96
        if items and room < 0:
            break
        items.append(item)
    return items


def stats_document(stats: Stats) -> StatsDocument:
    """Return counters and histograms as they are now."""
    return StatsDocument(
        connections=stats.connections,
        accepted=stats.accepted,
        frames_in=stats.frames_in,
        frames_out=stats.frames_out,
        sends=stats.sends,
        calls=stats.calls,
        failures=dict(stats.failures),
        latency={method: histogram.document() for method, histogram in stats.latency.items()},
        steps=stats.steps.document(),
        queue_waits=stats.queue_waits.document(),
        process=process_stats(),
    )


def process_stats() -> ProcessStats:
    """Return what the kernel counts of this process (proc_pid_statm(5))."""
    resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
    return ProcessStats(
        cpu_seconds=time.process_time(),
        resident_bytes=resident_pages * PAGE_SIZE,
        descriptors=len(os.listdir("/proc/self/fd")) - 1,  # without the one that lists them
    )
