"""The state document that the supervisor publishes."""

from typing import Any

from airhail.supervisor.actor import Actor, Phase
from airhail.supervisor.core import Tree


def document(tree: Tree, pid: int, version: str) -> dict[str, Any]:
    """Return the state of the whole tree; times are CLOCK_MONOTONIC seconds."""
    return {
        "state": tree.stage.value,
        "pid": pid,
        "since": tree.since,
        "version": version,
        "actors": {name: actor_document(one) for name, one in tree.actors.items()},
    }


def actor_document(one: Actor) -> dict[str, Any]:
    """Return the state of one actor."""
    entries = {
        "state": one.phase.value,
        "pid": one.pid,
        "since": one.since,
        "restarts": one.restarts,
        "last_exit": one.last_exit,
        "status": one.status,
        "next_start": one.deadline if one.phase is Phase.BACKOFF else None,
    }
    return {key: value for key, value in entries.items() if value is not None}


def summary(tree: Tree) -> str:
    """Say in one line where the tree stands, for those who read `systemctl status`."""
    actors = ", ".join(f"{name} {one.phase.value}" for name, one in tree.actors.items())
    return f"{tree.stage.value}: {actors}"
