"""airhail itself, by way of its sockets: what it publishes, as any other program would read it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import trio
from msgspec import Struct

from airhail.actors.doctor.facts import ActorSeen, AirhailFacts, Complaint
from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError, PeerGone, PeerSilent, RemoteProtocolError
from airhail.ipc.paths import PathError, socket_path

EACH_WITHIN = 2.0
"""Seconds for each process's document: one that is stuck must not hide the others for long."""

COMPLAINING = ("discovery", "connection", "liveness", "ble")
"""The actors whose problems keep links from forming, from being judged, or peers from being woken."""


class SupervisedActor(Struct, frozen=True):
    """One actor in the supervisor's document."""

    state: str
    last_exit: str | None = None


class Supervisor(Struct, frozen=True):
    """The supervisor's document, as far as it is read here."""

    state: str
    pid: int
    version: str
    actors: dict[str, SupervisedActor]


class Problem(Struct, frozen=True):
    """What keeps an actor from its work."""

    reason: str
    sentence: str = ""
    advice: str = ""


class Document(Struct, frozen=True):
    """An actor's document, as far as it is read here."""

    tier: str = ""
    problem: Problem | None = None


async def look_at_airhail() -> AirhailFacts:
    """Read what the supervisor and the actors publish. Raises LookupError when it is stuck or cannot be read."""
    try:
        path = socket_path("supervisor")
    except PathError as error:
        raise LookupError(str(error)) from error
    try:
        supervisor = msgspec.convert(await published(path), Supervisor)
    except PeerSilent as error:
        raise LookupError(str(error)) from error
    except PeerGone:
        return AirhailFacts(running=False, where=str(path))
    except (CallError, RemoteProtocolError, msgspec.ValidationError) as error:
        raise LookupError(f"{path}: {error}") from error
    documents, silent = await ask_actors([name for name in COMPLAINING if name in supervisor.actors])
    return AirhailFacts(
        running=True,
        where=str(path),
        uid=owner_of(supervisor.pid),
        version=supervisor.version,
        state=supervisor.state,
        actors={name: ActorSeen(one.state, one.last_exit or "") for name, one in supervisor.actors.items()},
        tier=next((one.tier for one in documents.values() if one.tier), ""),
        complaints=complaints_of(documents),
        silent=silent,
    )


async def ask_actors(names: list[str]) -> tuple[dict[str, Document], dict[str, str]]:
    """Return the actors' documents, and why there is none of the others."""
    documents: dict[str, Document] = {}
    silent: dict[str, str] = {}

    async def ask(name: str) -> None:
        try:
            documents[name] = msgspec.convert(await published(socket_path(name)), Document)
        except (PathError, PeerGone, CallError, RemoteProtocolError, msgspec.ValidationError) as error:
            silent[name] = str(error)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(ask, name)
    return documents, silent


async def published(path: Path) -> dict[str, Any]:
    """Return the state document of whoever serves here; PeerGone when nobody does, PeerSilent after EACH_WITHIN."""
    try:
        with trio.fail_after(EACH_WITHIN):
            async with open_client(path, within=EACH_WITHIN) as client, client.subscribe() as states:
                return await anext(states)
    except trio.TooSlowError as error:
        raise PeerSilent(f"{path} did not answer within {EACH_WITHIN:g} s") from error


def complaints_of(documents: Mapping[str, Document]) -> tuple[Complaint, ...]:
    """Return the problems, each reason once: `connection` repeats what `discovery` says of the host."""
    found: dict[str, Complaint] = {}
    for name in COMPLAINING:
        problem = documents[name].problem if name in documents else None
        if problem is not None:
            found.setdefault(problem.reason, Complaint(name, problem.reason, problem.sentence, problem.advice))
    return tuple(found.values())


def owner_of(pid: int) -> int | None:
    """Return as which user a process runs; None when it is gone or cannot be seen."""
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None
