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
    if (problem := diagnose(state)) is not None:
        shaped["problem"] = problem.document()
    return shaped


def describe(state: State) -> str:
    """Say in one line how it stands."""
    if (problem := diagnose(state)) is not None:
        return problem.reason.value
    near = {line.peer for line in state.lines.values()} & set(state.met)
    return f"{len(state.met)} met, {len(near)} near, on {', '.join(state.interfaces)}"


def diagnose(state: State) -> Problem | None:
    """Say why peers cannot be called, or cannot call; None when both can."""
    if not state.interfaces:
        return Problem(Reason.NO_NETWORK)
    return Problem(Reason.CALLS_UNHEARD, state.deaf) if state.deaf else None
