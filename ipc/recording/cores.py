"""What must be known of a core to record, replay and disguise it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airhail.ipc.recording.lines import Recording


def nothing(recording: Recording, addresses: Mapping[str, str], ids: Mapping[str, str]) -> Mapping[str, str]:
    """Derive nothing."""
    return {}


@dataclass(frozen=True, slots=True)
class Core:
    """One core: its types, and what in them tells of people."""

    name: str
    """The actor's."""
    step: Callable[[Any, Any, float], tuple[Any, Sequence[Any]]]
    state: Any
    event: Any
    """The union of its events."""
    names: frozenset[str] = frozenset()
    """Fields that hold names which people or programs chose, in any dataclass or (`Device.name`) in one; on them no
    decision hangs but by being the same."""
    derived: Callable[[Recording, Mapping[str, str], Mapping[str, str]], Mapping[str, str]] = nothing
    """Which addresses the core makes from others, so that what it makes from the new ones stands in the disguised
    recording too: takes each P2P address and each trust id with the one that replaces it, returns the same for those
    that it makes."""
