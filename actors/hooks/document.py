"""The published state document of `hooks`."""

from typing import Any

from airhail.actors.hooks.state import State


def document(state: State) -> dict[str, Any]:
    """Shape the state for others: what the hooks were told last of each link, and what they are told now."""
    return {
        "links": {
            peer: {key: word.moment.value for key, word in (("told", told.last), ("telling", told.now)) if word}
            for peer, told in state.told.items()
        }
    }


def describe(state: State) -> str:
    """Say in one line how it stands."""
    running = sum(told.now is not None for told in state.told.values())
    if state.links is None:
        return "connection does not answer"
    return f"{running} links are being told of" if running else ""
