"""What a world is made of: its habits, its two ends, and what came of it."""

from dataclasses import dataclass, field

from airhail.actors.connection.hail.events import Plan, Policy
from airhail.actors.connection.hail.messages import Tier
from airhail.actors.connection.hail.state import State


@dataclass
class Habits:
    """What is likely in one world."""

    loss: float
    twice: float
    late: float
    sealed: bool
    fails: float
    faults: int

    @property
    def kind(self) -> bool:
        """Whether nothing at all goes wrong."""
        return not (self.loss or self.fails or self.faults or self.late)


@dataclass
class Tally:
    """What came of one world."""

    linked_after: float | None = None
    links: int = 0
    steps: int = 0
    sends: int = 0
    crashes: int = 0
    reasons: list[str] = field(default_factory=list)
    # How long an end was on the air without the other, when the other never came.
    alone: list[float] = field(default_factory=list)


@dataclass
class End:
    """One host: the core, and what stands around it."""

    name: str
    address: str
    tier: Tier
    policy: Policy
    state: State = field(default_factory=State)
    up: bool = True
    life: int = 0
    skew: float = 0.0
    stopped_until: float = 0.0
    wants: bool = False
    attempt_since: float | None = None
    plan: Plan | None = None
    active: bytes = b""
    active_since: float = 0.0
    active_life: int = 0
    linked: bool = False
    accepted: set[bytes] = field(default_factory=set)
    declined: set[bytes] = field(default_factory=set)
    ready: set[bytes] = field(default_factory=set)
    moved: set[bytes] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    inbox: list[tuple[float, bytes]] = field(default_factory=list)
    # Sealing: what the receiver has accepted last.
    highest: int = 0
    steps_to_crash: int = -1
    waking: float | None = None
    sends: int = 0
