"""The published state document of `lan`."""

from typing import Any

from airhail.actors.inbox import listing
from airhail.actors.lan.state import State
from airhail.actors.reasons import Problem, Reason


def document(state: State) -> dict[str, Any]:
    """Shape the state for others."""
    near = {line.peer for line in state.lines.values()}
    shaped: dict[str, Any] = {
        "networks": list(state.interfaces),
        "peers": {peer: {"near": peer in near} for peer in state.met},
        "inbox": listing(state.inbox),
    }
    if not state.interfaces:
        shaped["problem"] = Problem(Reason.NO_NETWORK).document()
    return shaped


def describe(state: State) -> str:
    """Say in one line how it stands."""
    if not state.interfaces:
        return Reason.NO_NETWORK.value
    near = {line.peer for line in state.lines.values()} & set(state.met)
    return f"{len(state.met)} met, {len(near)} near, on {', '.join(state.interfaces)}"
