"""Reach an actor over its socket, and say in a sentence why it cannot be reached."""

import math
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError, ErrorName, PeerGone, PeerSilent, RemoteProtocolError
from airhail.ipc.limits import RECONNECT_FIRST
from airhail.ipc.paths import PathError, socket_path
from airhail.supervisor.commands.documents import ActorState, SupervisorState, understand
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

SUPERVISOR = "supervisor"
DISCOVERY = "discovery"
CONNECTION = "connection"
LIVENESS = "liveness"
BLE = "ble"

SYSTEM_DIRECTORY = Path("/run/airhail")
"""Where the airhail that the system started keeps its sockets (ipc/paths.py)."""

ANSWER_WITHIN = 5.0
"""Seconds for an answer. An actor that restarts is back well within them; a person waits no longer."""

LOOK_WITHIN = 1.0
"""Seconds for the supervisor's document. It is never busy and never restarts."""

BACK_WITHIN = 40.0
"""Seconds for an actor that went away to come back: the longest pause between restarts is 36 s, its jitter included
(specs.py, restart.py), and a start takes some more."""

NAME = re.compile(r"[a-z][a-z0-9_-]*")
FATAL = "FATAL"
OVER = frozenset({FATAL, "EXITED"})


def path_of(name: str) -> Path:
    """Return the socket of an actor: of our own airhail, else of the one that the system started."""
    if not NAME.fullmatch(name):
        raise CommandError(ExitStatus.USAGE, f"{name!r} cannot be an actor's name; `airhail status` lists them")
    system = SYSTEM_DIRECTORY / f"{name}.sock"
    try:
        own = socket_path(name)
    except PathError:
        return system
    if "AIRHAIL_RUNTIME_DIR" in os.environ or present(own) or not present(system):
        return own
    return system


def present(path: Path) -> bool:
    """Tell whether something has this name; what we may not see is there."""
    try:
        return path.exists()
    except PermissionError:
        return True


@asynccontextmanager
async def reach(name: str, within: float = ANSWER_WITHIN) -> AsyncIterator[Client]:
    """Connect to an actor; what goes wrong, then or later, comes out as a CommandError."""
    try:
        async with reach_raw(name, within) as client:
            yield client
    except PeerGone as error:
        raise await not_there(name, error) from error


async def watch(
    name: str,
    on_state: Callable[[dict[str, Any]], bool],
    prepare: Callable[[Client], Awaitable[object]] | None = None,
    every: float = math.inf,
) -> None:
    """Give `on_state` the actor's document whenever it changes, until it returns True.

    It gets the same document again after `every` seconds without a change. Survives restarts of the actor;
    `prepare` is called on each new connection. CommandError when the actor cannot be reached, or is away for
    BACK_WITHIN seconds.
    """

    async def look_on(client: Client) -> None:
        if prepare is not None:
            await prepare(client)
        async with client.subscribe() as states:
            state = await anext(states)
            while not on_state(state):
                with trio.move_on_after(every):
                    state = await anext(states)

    await stay_with(name, look_on)


async def stay_with(name: str, visit: Callable[[Client], Awaitable[None]]) -> None:
    """Do `visit` with a connection to the actor, and again from its beginning after a restart of the actor.

    CommandError when the actor cannot be reached, or is away for BACK_WITHIN seconds.
    """
    back_by = -math.inf
    while True:
        reached = False
        try:
            async with reach_raw(name, ANSWER_WITHIN) as client:
                reached = True
                await visit(client)
                return
        except PeerGone as error:
            if reached:
                back_by = trio.current_time() + BACK_WITHIN
            if trio.current_time() >= back_by:
                raise await not_there(name, error) from error
            await trio.sleep(RECONNECT_FIRST)


async def look(name: str, within: float = ANSWER_WITHIN) -> dict[str, Any]:
    """Return an actor's document as it is now; `within` seconds are for its hello, and as many for the document."""
    async with reach(name, within) as client:
        return await first_state(client, within)


async def first_state(client: Client, within: float) -> dict[str, Any]:
    """Return the document of the actor at the other end; PeerSilent when that takes longer than `within` seconds."""
    try:
        with trio.fail_after(within):
            async with client.subscribe() as states:
                return await anext(states)
    except trio.TooSlowError:
        raise PeerSilent(f"{client.hello.actor} sent no state within {within:g} s: it may be stuck") from None


@asynccontextmanager
async def reach_raw(name: str, within: float) -> AsyncIterator[Client]:
    """Connect to an actor; PeerGone comes out as it is, anything else as a CommandError."""
    path = path_of(name)
    if name != SUPERVISOR:
        await refuse_if_over(name)
    try:
        async with open_client(path, within=within) as client:
            yield client
    except (CallError, RemoteProtocolError) as error:
        raise refused(error) from error


def refused(error: CallError | RemoteProtocolError) -> CommandError:
    """Return what to tell about an actor that does not do what it is asked."""
    denied = error.name is ErrorName.NOT_PERMITTED
    return CommandError(ExitStatus.NOT_PERMITTED if denied else ExitStatus.FAILED, error.sentence)


async def refuse_if_over(name: str) -> None:
    """Raise CommandError when the supervisor says that this actor will not come back by itself.

    Its socket is still there, so a caller would only wait in vain.
    """
    state = await supervisor_state()
    if state is not None and name in state.actors and state.actors[name].state in OVER:
        raise over(name, state.actors[name])


def over(name: str, actor: ActorState) -> CommandError:
    """Return what to tell about an actor that will not come back by itself."""
    return CommandError(ExitStatus.NOT_RUNNING, f"{name} does not run: {in_words(actor)}")


async def supervisor_state() -> SupervisorState | None:
    """Return the supervisor's document, or None when it does not answer."""
    try:
        async with reach_raw(SUPERVISOR, LOOK_WITHIN) as client:
            return understand(await first_state(client, LOOK_WITHIN), SupervisorState)
    except PeerGone:
        return None


async def not_there(name: str, error: PeerGone) -> CommandError:
    """Return what to tell about an actor that does not answer."""
    state = None if name == SUPERVISOR else await supervisor_state()
    if state is None:
        return CommandError(
            ExitStatus.NOT_RUNNING,
            f"airhail does not answer at {path_of(name)}: start it with `airhail run`, "
            "or as a service with `systemctl start airhail`",
        )
    if name not in state.actors:
        known = ", ".join([SUPERVISOR, *state.actors])
        return CommandError(ExitStatus.USAGE, f"there is no actor {name!r}; there are: {known}")
    return CommandError(ExitStatus.NOT_RUNNING, f"{name} does not answer: {in_words(state.actors[name])} ({error})")


def in_words(actor: ActorState) -> str:
    """Say where an actor stands and how it got there."""
    said = f"it is {actor.state}"
    return said if actor.last_exit is None else f"{said}, its last life ended so: {actor.last_exit}"
