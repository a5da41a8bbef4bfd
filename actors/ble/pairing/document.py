"""What the person who pairs is told of it: one document, from which any client can go on."""

from typing import Any

from airhail.actors.ble.pairing.reasons import EXPLANATIONS
from airhail.actors.ble.pairing.state import Phase, State


def document(state: State) -> dict[str, Any]:
    """Shape a pairing for its caller; what is unknown is absent.

    `step` is one of starting, looking, waiting, checking, calling; compare, show, type (`digits` to compare or to
    be typed); deciding, over.
    """
    shaped: dict[str, Any] = {"step": step_of(state)}
    if state.digits and state.phase is not Phase.OVER:
        shaped["digits"] = state.digits
    if state.by is not None or state.phase is Phase.OVER:
        shaped["until"] = state.deadline
    if (device := state.devices.get(state.device)) is not None:
        shaped |= {"peer": device.address, "name": device.name}
    if (outcome := state.outcome) is not None:
        shaped |= {"bonded": outcome.reason is None, "already": outcome.already, "detail": outcome.detail}
        if outcome.reason is not None:
            explanation = EXPLANATIONS[outcome.reason]
            shaped |= {
                "reason": outcome.reason.value,
                "sentence": explanation.sentence,
                "advice": explanation.advice,
            }
    return {key: value for key, value in shaped.items() if value not in (None, "")}


def step_of(state: State) -> str:
    """Return the word for where a pairing is."""
    if state.phase is Phase.OVER:
        return state.phase.value
    if state.question is not None:
        return state.question.value
    if state.compared:
        return "show" if state.digits and not state.ticket else "deciding"
    return state.phase.value
