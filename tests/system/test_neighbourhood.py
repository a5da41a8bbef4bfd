"""Connection's line to discovery, held against a discovery that answers late."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import trio

from airhail.actors.connection.ladder.events import ResetEngine, RungAnswered
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.lines.discovery import Neighbourhood
from airhail.actors.connection.links.events import Event, HostSeen
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.listen import adopt
from airhail.ipc.methods import Caller, Method
from airhail.ipc.published import Published
from airhail.ipc.server import serve
from tests.system.ipc_rig import LIMIT


class Reset(msgspec.Struct, frozen=True):
    flush: bool


@asynccontextmanager
async def discovery(
    nursery: trio.Nursery, folder: Path, reset: Callable[[Caller, Reset], Awaitable[None]]
) -> AsyncIterator[tuple[Neighbourhood, trio.MemoryReceiveChannel[Event]]]:
    """Serve such a discovery, and give a line to it that is still to be run, with the events that it reports."""
    path = folder / "discovery.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen(1)
        published = Published({"tier": "netdev", "peers": {}})
        methods = {"reset": Method(Reset, reset, change=True)}
        await nursery.start(
            partial(
                serve, adopt(sock), name="discovery", published=published, methods=methods, inspection=Inspection()
            )
        )
        send, events = trio.open_memory_channel[Event](16)
        yield Neighbourhood(path, send.send), events


async def test_a_reset_asked_for_while_another_is_under_way_is_carried_out_too(
    nursery: trio.Nursery, tmp_path: Path
) -> None:
    begun, go_on = trio.Event(), trio.Event()
    done: list[bool] = []

    async def reset(caller: Caller, args: Reset) -> None:
        begun.set()
        await go_on.wait()
        done.append(args.flush)

    async with discovery(nursery, tmp_path, reset) as (neighbourhood, events):
        nursery.start_soon(neighbourhood.run)
        with trio.fail_after(LIMIT):
            neighbourhood.reset(ResetEngine(Rung.RENEW_FIND))
            await begun.wait()
            neighbourhood.reset(ResetEngine(Rung.FLUSH, flush=True))
            go_on.set()
            answers: list[Rung] = []
            while len(answers) < 2:
                if isinstance(event := await events.receive(), RungAnswered):
                    answers.append(event.rung)
        assert answers == [Rung.RENEW_FIND, Rung.FLUSH]
        assert done == [False, True]


async def test_the_find_is_ended_before_an_activation_and_nothing_hangs_on_it(
    nursery: trio.Nursery, tmp_path: Path
) -> None:
    asked: list[bool] = []
    refused = trio.Event()

    async def reset(caller: Caller, args: Reset) -> None:
        asked.append(args.flush)
        if len(asked) > 1:
            refused.set()
            raise CallError(ErrorName.REFUSED, "there is no engine to be reset")

    async with discovery(nursery, tmp_path, reset) as (neighbourhood, events):
        await neighbourhood.hush()
        assert asked == [], "there is nobody to ask yet"
        nursery.start_soon(neighbourhood.run)
        with trio.fail_after(LIMIT):
            while not (isinstance(event := await events.receive(), HostSeen) and event.host):
                pass
            await neighbourhood.hush()
            assert asked == [False]
            await neighbourhood.hush()
            assert refused.is_set()
