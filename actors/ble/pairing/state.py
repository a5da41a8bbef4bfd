"""What is known of one pairing. Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.ble.pairing.events import Ask, Device, Kind
from airhail.actors.ble.pairing.reasons import PairingReason


class Phase(enum.StrEnum):
    """How far a pairing is."""

    STARTING = "starting"
    LOOKING = "looking"
    WAITING = "waiting"
    CHECKING = "checking"
    CALLING = "calling"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: *reason* is None when there is a bond, which *already* was there or not."""

    reason: PairingReason | None = None
    already: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """One pairing: *own* is this host's address, *adapter* the path of what it uses, *until* the window's end."""

    ask: Ask
    own: str
    adapter: str
    until: float
    phase: Phase = Phase.WAITING
    devices: Mapping[str, Device] = field(default_factory=dict)
    # The path of whom it is about, once that is known.
    device: str = ""
    # What the person is asked, by which call of BlueZ's, and what there is to compare or to type.
    question: Kind | None = None
    ticket: int = 0
    digits: str = ""
    # What was compared or typed at this end makes a bond count.
    compared: bool = False
    # When what is under way with the device must have come to something.
    by: float | None = None
    # What BlueZ was asked to forget.
    leaving: frozenset[str] = frozenset()
    searches: bool = False
    # How often each path's connection broke before a question; the window bounds them.
    breaks: Mapping[str, int] = field(default_factory=dict)
    outcome: Outcome | None = None

    @property
    def by_person(self) -> bool:
        """Tell whether the person at this end is asked, or has been."""
        return self.question is not None or self.compared

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        if self.phase is Phase.OVER:
            return None
        return self.until if self.by is None else self.by


def begin(ask: Ask, own: str, adapter: str, until: float) -> State:
    """Return the first state of a pairing over an adapter."""
    return State(ask, own, adapter, until, Phase.STARTING if ask.meant else Phase.WAITING)
