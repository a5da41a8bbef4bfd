"""The shell of `hooks`: two documents on one side, programs on the other, and the core between them.

An actor of its own: whoever runs other people's programs must be one that nothing waits for and that may be killed at
any moment, and the supervisor, which could start processes too, knows nothing of what actors say.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import trio
from trio_util import AsyncValue, compose_values

from airhail.actors.hooks import memory
from airhail.actors.hooks.core import step
from airhail.actors.hooks.document import describe, document
from airhail.actors.hooks.events import CallHooks, Effect, Event, HooksEnded, Keep, LinksSeen, Standing, Tick
from airhail.actors.hooks.scripts import run, scripts
from airhail.actors.hooks.state import State
from airhail.actors.loop import Loop
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.facts import environment
from airhail.ipc.follow import follow
from airhail.ipc.paths import runtime_dir, socket_path
from airhail.ipc.verdict import verdict_on

log = logging.getLogger(__name__)

# Links whose hooks run at the same time; the hooks of one link run one after the other.
AT_ONCE = 4


class HooksSection(msgspec.Struct, frozen=True):
    """The section [hooks]: the folder of the programs, and the seconds that each run of one may take."""

    folder: str = ""
    limit: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0


class Hooks:
    """Carries out what the core decides and tells it what happens."""

    def __init__(self, actor: Actor, folder: Path, limit: float) -> None:
        self._folder = folder
        self._limit = limit
        self._memory = runtime_dir() / "hooks.json"
        self._changed = trio.Event()
        self._room = trio.CapacityLimiter(AT_ONCE)
        self._loop: Loop[State, Event, Effect] = Loop(
            actor,
            State(told=memory.load(self._memory)),
            step,
            tick=Tick(),
            document=document,
            describe=describe,
            perform=self._perform,
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Call hooks until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._loop.run)
            nursery.start_soon(self._keep)
            connection = await nursery.start(follow, socket_path("connection"))
            liveness = await nursery.start(follow, socket_path("liveness"))
            nursery.start_soon(self._watch, connection, liveness)
            task_status.started()

    async def _watch(
        self, connection: AsyncValue[dict[str, Any] | None], liveness: AsyncValue[dict[str, Any] | None]
    ) -> None:
        with compose_values(links=connection, verdicts=liveness) as both:
            async for now in both.eventual_values():
                await self._loop.send_event(LinksSeen(standings(now.links, now.verdicts)))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case CallHooks():
                self._loop.start_soon(self._call, effect)
            case Keep():
                self._changed.set()

    async def _call(self, effect: CallHooks) -> None:
        # Looked at afresh each time: a hook that is put there works from the next word on.
        for path in await trio.to_thread.run_sync(lambda: list(scripts(self._folder))):
            async with self._room:
                log.info("%s %s, for %s", path.name, effect.moment, effect.peer)
                await run(path, effect.moment.value, effect.facts, self._limit)
        await self._loop.send_event(HooksEnded(effect.peer))

    async def _keep(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            try:
                await trio.to_thread.run_sync(memory.write, self._memory, self._loop.state.told)
            except OSError as error:
                log.warning("what was told could not be written (%s): after a restart it is told again", error)


def standings(connection: Mapping[str, Any] | None, liveness: Mapping[str, Any] | None) -> dict[str, Standing] | None:
    """Read the two documents; None when connection's is not there."""
    if connection is None:
        return None
    judged = {} if liveness is None else liveness.get("links", {})
    found = {}
    for peer, link in connection.get("links", {}).items():
        up = link.get("phase") == "up"
        current = verdict_on(link, judged.get(peer))
        # Of a link that is gone the last verdict tells why.
        facts = environment(link, current if up else judged.get(peer))
        found[peer] = Standing(up, liveness is not None, (current or {}).get("verdict", ""), facts)
    return found


def check(config: Config) -> HooksSection:
    """Read the actor's section; ConfigError."""
    section = config.section("hooks", HooksSection)
    if section.folder and not section.folder.startswith("/"):
        raise config.error(f"{section.folder!r} must begin with a slash", "hooks", "folder")
    return section


async def hooks(actor: Actor) -> None:
    """Run the hooks actor until it is cancelled."""
    section = check(actor.config)
    folder = Path(section.folder) if section.folder else actor.config.path.parent / "hooks.d"
    async with trio.open_nursery() as nursery:
        await nursery.start(Hooks(actor, folder, section.limit).run)
        await actor.serve({})
