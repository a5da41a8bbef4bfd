"""A link as both actors tell of it: connection knows how it stands, liveness whether anything gets through."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import trio

from airhail.ipc.follow import follow
from airhail.ipc.verdict import VERDICT_S, verdict_on
from airhail.supervisor.commands.documents import (
    ConnectionState,
    JudgedLink,
    LinkState,
    LivenessState,
    SupervisorState,
    understand,
)
from airhail.supervisor.commands.reach import CONNECTION, LIVENESS, OVER, path_of, supervisor_state, watch

ALIVE = "alive"
UP = "up"

VERDICTS_WITHIN = 2.0
"""Seconds for liveness' first word, when the supervisor says that it runs; without one a link is shown without."""


@dataclass(frozen=True, slots=True)
class View:
    """One link at one moment, and the two documents' own words about it for programs."""

    link: LinkState | None = None
    judged: JudgedLink | None = None
    # Whether somebody judges, and whether their first verdict is still to be waited for.
    watched: bool = False
    awaited: bool = False
    published: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None

    @property
    def up(self) -> bool:
        """Whether connection says that the link has working addresses at both ends."""
        return self.link is not None and self.link.phase == UP

    @property
    def alive(self) -> bool:
        """Whether the link carries packets: by liveness' verdict, or by connection's word where there is none."""
        if not self.up:
            return False
        return self.judged.verdict == ALIVE if self.judged and self.judged.verdict else not self.awaited


def view_of(
    peer: str, connection: Mapping[str, Any], liveness: Mapping[str, Any] | None, now: float, *, expected: bool
) -> View:
    """Join what two documents say about the link to a peer; *expected*: liveness runs, heard of or not."""
    link = understand(connection, ConnectionState).links.get(peer)
    published = connection.get("links", {}).get(peer)
    verdict = verdict_on(published, (liveness or {}).get("links", {}).get(peer))
    judged = None if liveness is None or verdict is None else understand(liveness, LivenessState).links.get(peer)
    watched = expected or liveness is not None
    awaited = watched and link is not None and now < link.since + VERDICT_S
    return View(link, judged, watched, awaited, published, verdict)


def judged_links(connection: Mapping[str, Any], liveness: Mapping[str, Any]) -> dict[str, JudgedLink]:
    """Return what liveness' document says of the links that there are in connection's, by peer."""
    links, verdicts = connection.get("links", {}), liveness.get("links", {})
    judged = understand(liveness, LivenessState).links
    return {peer: one for peer, one in judged.items() if verdict_on(links.get(peer), verdicts[peer]) is not None}


async def watch_link(peer: str, on_view: Callable[[View], bool], every: float = math.inf) -> None:
    """Give `on_view` the link whenever either document changes, and after `every` seconds, until it returns True.

    CommandError when connection cannot be reached; liveness may be away.
    """
    state = await supervisor_state()
    expected = state is not None and judges(state)
    async with trio.open_nursery() as nursery:
        verdicts = await nursery.start(follow, path_of(LIVENESS))
        if expected:
            with trio.move_on_after(VERDICTS_WITHIN):
                await verdicts.wait_value(lambda document: document is not None)
        latest: dict[str, Any] | None = None

        def look() -> bool:
            assert latest is not None, "it is looked at once connection has told something"
            return on_view(view_of(peer, latest, verdicts.value, trio.current_time(), expected=expected))

        def on_state(document: dict[str, Any]) -> bool:
            nonlocal latest
            latest = document
            return look()

        async def follow_verdicts() -> None:
            async for _ in verdicts.eventual_values():
                if latest is not None and look():
                    nursery.cancel_scope.cancel()

        nursery.start_soon(follow_verdicts)
        await watch(CONNECTION, on_state, every=every)
        nursery.cancel_scope.cancel()


def judges(state: SupervisorState) -> bool:
    """Tell whether liveness is there, or comes back by itself."""
    return LIVENESS in state.actors and state.actors[LIVENESS].state not in OVER
