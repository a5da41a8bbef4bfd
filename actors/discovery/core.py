"""Decides when to find, when to keep off the air, and who is near.

Rules:

1. While anybody wants a find, one long find runs; each new StartFind begins with a full scan during which this
   host cannot be heard (wpa_supplicant, p2p.c:1252), so a find is renewed only when it has ended.
2. While the air is lent, or NetworkManager's device is busy, no call goes out: StartFind and StopFind both kill a
   negotiation silently (p2p.c:1228 and 1304), and a find takes the radio away from a link that is up.
3. A lease is granted only when no find call is in flight, and ends with the connection it was taken on.

Everything else follows from comparing what is needed with what the find does: the table below.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from airhail.actors.backoff import pause
from airhail.actors.discovery.events import (
    AddressLearned,
    AirAsked,
    AirReturned,
    Effect,
    Event,
    FindDropped,
    FindEnded,
    FindRefused,
    FindStarted,
    FindWanted,
    LendAir,
    MeetRadio,
    PeerHeard,
    RefuseAir,
    StartFind,
    StopAnswered,
    StopFind,
    Tick,
    WorldSeen,
)
from airhail.actors.discovery.neighbours import Neighbour, hear, see
from airhail.actors.discovery.radio import Adapter, World, choose, diagnose
from airhail.actors.reasons import Problem

# NetworkManager takes 1 to 600 s (nm-device-wifi-p2p.c:1019). Long, since every renewal costs a full scan; not
# the longest, since a find that outlives a killed actor keeps the radio awake for nobody.
FIND_S = 300
# A find that ended early is begun again after a moment, in which an activation that ended it shows itself.
RESTART_DELAY_S = 1.0
# Refused calls (no permission, device not ready) are tried again, ever more slowly.
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0
# After the last want the find goes on for a while: people look first and connect then, and a find that ends in
# between costs both ends a new full scan, and hides this host from the other.
LINGER_S = 30.0
# One `connection` actor asks for the air; a few more may stand in line while an old connection of it dies.
MAX_WAITING = 8


class Find(enum.StrEnum):
    """What our find does."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    LENT = "lent"


class Need(enum.Enum):
    """What the find should do."""

    REST = enum.auto()
    SEARCH = enum.auto()
    HANDS_OFF = enum.auto()


@dataclass(frozen=True, slots=True)
class Lease:
    """The air lent to one caller; *since* is when it was granted, None while it waits."""

    by: int
    pid: int
    peer: str
    since: float | None = None


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
    refusals: int = 0
    refusal: Problem | None = None
    wants: frozenset[int] = frozenset()
    lease: Lease | None = None
    waiting: tuple[Lease, ...] = ()
    peers: Mapping[str, Neighbour] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        return min((until for until in (self.find_until, self.lingers_until) if until is not None), default=None)

    @property
    def problem(self) -> Problem | None:
        """Why this host cannot look for peers; None when it can."""
        return diagnose(self.world, self.radio) or self.refusal

    @property
    def need(self) -> Need:
        """What the find should be doing now."""
        if self.lease or self.waiting or (self.radio and self.radio.busy):
            return Need.HANDS_OFF
        wanted = self.wants or self.lingers_until is not None
        if wanted and self.radio and diagnose(self.world, self.radio) is None:
            return Need.SEARCH
        return Need.REST


# (what the find does, what is needed) -> what it does next. A pair that is absent means: leave it so. From LENT
# no StopFind is sent: whoever had the air has ended the find, or it ends by itself.
TRANSITIONS: Mapping[tuple[Find, Need], Find] = {
    (Find.OFF, Need.SEARCH): Find.STARTING,
    (Find.OFF, Need.HANDS_OFF): Find.LENT,
    (Find.RUNNING, Need.REST): Find.STOPPING,
    (Find.RUNNING, Need.HANDS_OFF): Find.LENT,
    (Find.LENT, Need.SEARCH): Find.STARTING,
    (Find.LENT, Need.REST): Find.OFF,
}


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    state, effects = _take(state, event, now)
    state, more = _settle(state, now)
    return state, effects + more


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Write the event into the state; decide nothing about the find."""
    match event:
        case WorldSeen(world):
            ready = _ready(state.radio)
            state = _look(state, world, now)
            return state, [MeetRadio(_ready(state.radio))] if _ready(state.radio) != ready else []
        case FindWanted(by):
            return replace(state, wants=state.wants | {by}, lingers_until=None), []
        case FindDropped(by):
            wants = state.wants - {by}
            last = state.wants and not wants and state.find is Find.RUNNING
            return replace(state, wants=wants, lingers_until=now + LINGER_S if last else state.lingers_until), []
        case AirAsked(by, pid, peer):
            if len(state.waiting) >= MAX_WAITING:
                return state, [RefuseAir(by)]
            return replace(state, waiting=(*state.waiting, Lease(by, pid, peer))), []
        case AirReturned(by):
            lease = None if state.lease and state.lease.by == by else state.lease
            return replace(state, lease=lease, waiting=tuple(ask for ask in state.waiting if ask.by != by)), []
        case FindStarted(device):
            if not _awaits(state, device):
                return _enter(state, Find.OFF, now), []
            started = replace(state, find_until=now + FIND_S, refusals=0, refusal=None)
            return _enter(started, Find.RUNNING, now), []
        case FindRefused(device, problem):
            if not _awaits(state, device):
                return _enter(state, Find.OFF, now), []
            wait = pause(RETRY_FIRST_S, RETRY_MOST_S, state.refusals + 1)
            refused = replace(state, find_until=now + wait, refusals=state.refusals + 1, refusal=problem)
            return _enter(refused, Find.OFF, now), []
        case StopAnswered():
            return _enter(state, Find.OFF, now), []
        case FindEnded():
            if state.find is not Find.RUNNING:
                return state, []
            return _enter(replace(state, find_until=now + RESTART_DELAY_S), Find.OFF, now), []
        case PeerHeard(address):
            return replace(state, peers=hear(state.peers, address, now)), []
        case AddressLearned(adapter, address):
            return (replace(state, address=address) if _ready(state.radio) == adapter else state), []
        case Tick():
            return _expire(state, now), []
        case _:
            assert_never(event)


def _ready(radio: Adapter | None) -> str:
    return radio.parent if radio and radio.usable else ""


def _look(state: State, world: World, now: float) -> State:
    radio = choose(world, state.radio)
    moved = (radio.path if radio else "") != (state.radio.path if state.radio else "")
    sightings = (sighting for sighting in world.sightings if radio and sighting.device == radio.path)
    state = replace(state, world=world, radio=radio, peers=see(state.peers, sightings, now))
    if moved or not radio or not radio.usable:
        # Another device, or one that fell out of service, knows nothing of our find, our refusals or our address.
        state = replace(state, refusals=0, refusal=None, address="" if moved else state.address)
        if state.find is Find.RUNNING:
            state = _enter(replace(state, find_until=None), Find.OFF, now)
    return state


def _awaits(state: State, device: str) -> bool:
    """Tell whether an answer is about the radio in use, not about one that was exchanged meanwhile."""
    return state.radio is not None and state.radio.path == device


def _expire(state: State, now: float) -> State:
    if state.lingers_until is not None and now >= state.lingers_until:
        state = replace(state, lingers_until=None)
    if state.find_until is None or now < state.find_until:
        return state
    state = replace(state, find_until=None)
    return _enter(state, Find.OFF, now) if state.find is Find.RUNNING else state


def _settle(state: State, now: float) -> tuple[State, list[Effect]]:
    """Move the find towards what is needed, then lend the air if it can be lent."""
    effects: list[Effect] = []
    if state.need is Need.REST:
        # Nobody asks any more: an old refusal must not answer for the next one.
        state = replace(state, refusals=0, refusal=None)
    find = TRANSITIONS.get((state.find, state.need), state.find)
    if find is Find.STARTING and state.find_until is not None:
        find = Find.OFF  # a pause after a refusal or an early end is still running
    if find is not state.find:
        keep = state.find_until if find is Find.OFF else None
        state = _enter(replace(state, find_until=keep), find, now)
        if find is Find.STARTING and state.radio:
            effects.append(StartFind(state.radio.path, FIND_S))
        if find is Find.STOPPING and state.radio:
            effects.append(StopFind(state.radio.path))
    if state.find is Find.LENT and state.lease is None and state.waiting:
        first, *others = state.waiting
        state = replace(state, lease=replace(first, since=now), waiting=tuple(others))
        effects.append(LendAir(first.by))
    return state, effects


def _enter(state: State, find: Find, now: float) -> State:
    return replace(state, find=find, find_since=now)
