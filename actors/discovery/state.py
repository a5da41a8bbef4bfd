"""What discovery's core knows, and what follows from it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from airhail.actors.discovery.events import SteerGroups
from airhail.actors.discovery.neighbours import Neighbour
from airhail.actors.discovery.radio import Adapter, Tier, World, diagnose
from airhail.actors.reasons import Problem
from airhail.actors.symptoms import Symptom

# Two hosts that look for each other on the social channels have met by then, if nothing takes the radio.
HOLD_FINDING_S = 10.0
# An attempt has 20 s to form its group and 30 s to find an address (`connection`'s own limits).
HOLD_LINKING_S = 50.0
OURSELVES = -1
"""Who asks for a reset when it is discovery itself; callers have numbers from 0."""


class Find(enum.StrEnum):
    """What our find does."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    LENT = "lent"
    RESETTING = "resetting"


class Need(enum.Enum):
    """What the find should do."""

    REST = enum.auto()
    SEARCH = enum.auto()
    HANDS_OFF = enum.auto()


@dataclass(frozen=True, slots=True)
class Lease:
    """The air lent to one caller; *since* is when it was granted, None while it waits.

    Meanwhile groups are formed at *frequency* (MHz; 0: anywhere).
    """

    by: int
    pid: int
    peer: str
    since: float | None = None
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class Reset:
    """A wish that the engine be reset, by a caller or `OURSELVES`: its find stopped, or all it holds flushed."""

    by: int
    flush: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """How often a symptom was acted upon, and when last (monotonic seconds)."""

    times: int
    last: float


@dataclass(frozen=True, slots=True)
class State:
    """All that discovery knows and is doing."""

    world: World = field(default_factory=World)
    radio: Adapter | None = None
    address: str = ""
    find: Find = Find.OFF
    find_since: float = 0.0
    # When the find ends by itself, or is tried again after a refusal.
    find_until: float | None = None
    # Until when the find goes on although nobody wants it any more.
    lingers_until: float | None = None
    # Whether the find that runs, or is being started, is a quick one, and whether the next must be a full one.
    quick: bool = False
    thorough: bool = False
    # On which adapter scans are held off, and whether they are allowed while a link is up.
    held: str = ""
    scan_while_linked: bool = False
    # Where groups are formed, as far as that is ours to say.
    steered: SteerGroups = field(default_factory=SteerGroups)
    refusals: int = 0
    refusal: Problem | None = None
    # Whether what runs, or is being started, is listening alone.
    listening: bool = False
    wants: frozenset[int] = frozenset()
    # Who wants this host to be found, and looks for nobody.
    listens: frozenset[int] = frozenset()
    lease: Lease | None = None
    waiting: tuple[Lease, ...] = ()
    peers: Mapping[str, Neighbour] = field(default_factory=dict)
    # The last life of wpa_supplicant that there was.
    life: str = ""
    # Resets that wait, the first one being carried out while the find is RESETTING.
    resets: tuple[Reset, ...] = ()
    # When a call of ours last ended the find: what tells of the end may come after the next find's start.
    ended: float = float("-inf")
    # Finds in a row that ended before their time.
    deaths: int = 0
    # What may be wrong with the find or with what it shows, and when it is acted upon if it still is.
    suspected: Mapping[Symptom, float] = field(default_factory=dict)
    # Callers that are not in the list, and when each was heard first.
    unheard: Mapping[str, float] = field(default_factory=dict)
    restored: Mapping[Symptom, Restored] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [self.find_until, self.lingers_until, self.hold_until if self.held else None]
        if self.may_restore:
            moments += self.suspected.values()
        return min((moment for moment in moments if moment is not None and moment < inf), default=None)

    @property
    def hold_until(self) -> float | None:
        """Until when scans for networks would do harm; None when they never would, infinity while a link is up."""
        if self.world.tier is not Tier.NETDEV:
            return None
        if self.lease and self.lease.since is not None:
            return self.lease.since + HOLD_LINKING_S
        if self.radio and self.radio.busy:
            return None if self.scan_while_linked else inf
        return self.find_since + HOLD_FINDING_S if self.find in (Find.STARTING, Find.RUNNING) else None

    @property
    def may_restore(self) -> bool:
        """Whether a find runs that may be interrupted."""
        return self.find is Find.RUNNING and self.need is Need.SEARCH and not (self.resets or self.listening)

    @property
    def problem(self) -> Problem | None:
        """Why this host cannot look for peers; None when it can."""
        return diagnose(self.world, self.radio) or self.refusal

    @property
    def should_listen(self) -> bool:
        """Whether listening is enough now; what lingers goes on as it is."""
        if self.wants:
            return False
        able = self.world.tier is Tier.NETDEV and not self.thorough
        return able if self.listens else self.listening

    @property
    def need(self) -> Need:
        """What the find should be doing now."""
        if self.lease or self.waiting or (self.radio and self.radio.busy):
            return Need.HANDS_OFF
        wanted = self.wants or self.listens or self.lingers_until is not None
        if wanted and self.radio and diagnose(self.world, self.radio) is None:
            return Need.SEARCH
        return Need.REST


def enter(state: State, find: Find, now: float) -> State:
    """Let the find do something else from now on."""
    return replace(state, find=find, find_since=now)


def count(state: State, symptom: Symptom, now: float) -> State:
    """Note that *symptom* was acted upon."""
    before = state.restored.get(symptom)
    restored = Restored(before.times + 1 if before else 1, now)
    return replace(state, restored={**state.restored, symptom: restored})
