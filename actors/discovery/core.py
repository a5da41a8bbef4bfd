"""Decides when to find, when to keep off the air, and who is near.

Rules:

1. While anybody wants a find, one long find runs; each new StartFind begins with a full scan during which this
   host cannot be heard (wpa_supplicant, p2p.c:1252), so a find is renewed only when it has ended. Where
   wpa_supplicant talks to us the first one is quick: on the social channels alone, where everybody who wants to be
   found listens (Wi-Fi P2P Technical Specification 3.1.2.1.2), so both ends see each other within a second or two.
   Only a full scan sees the owner of a group that runs elsewhere. Two that search and listen in step miss each other
   for many rounds, so whoever has seen whom it wants, or is being looked for, can have this host listen alone.
2. While the air is lent, or NetworkManager's device is busy, no call goes out: StartFind and StopFind both kill a
   negotiation silently (p2p.c:1228 and 1304), and a find takes the radio away from a link that is up.
3. A lease is granted only when no find call is in flight, and ends with the connection it was taken on. Its holder
   alone may have the engine reset meanwhile, even in the middle of a negotiation: it knows why.
4. The borrower says where groups are formed, and only as long as it has the air.
5. A find that has gone blind is restored, and each kind of restoring is counted and bounded: see `restore`.

Everything else follows from comparing what is needed with what the find does: the table below.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from airhail.actors.backoff import pause
from airhail.actors.discovery.events import (
    AddressLearned,
    AirAsked,
    AirReturned,
    AnswerReset,
    Effect,
    Event,
    FindDropped,
    FindEnded,
    FindRefused,
    FindStarted,
    FindWanted,
    HoldScans,
    LendAir,
    ListenWanted,
    MeetRadio,
    PeerHeard,
    RefuseAir,
    ResetAnswered,
    ResetAsked,
    ResetDropped,
    ResetEngine,
    StartFind,
    SteerGroups,
    StopAnswered,
    StopFind,
    Tick,
    WorldSeen,
)
from airhail.actors.discovery.neighbours import hear, see
from airhail.actors.discovery.radio import Adapter, Tier, World, choose
from airhail.actors.discovery.restore import died, note_replaced, restore, suspect
from airhail.actors.discovery.state import OURSELVES, Find, Lease, Need, Reset, State, enter

# NetworkManager takes 1 to 600 s (nm-device-wifi-p2p.c:1019). Long, since every renewal costs a full scan; not
# the longest, since a find that outlives a killed actor keeps the radio awake for nobody.
FIND_S = 300
# In the lab who listens is seen within a few seconds; whoever is not after this long may be found otherwise.
QUICK_S = 60
# Refused calls (no permission, device not ready) are tried again, ever more slowly.
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0
# After the last want the find goes on for a while: people look first and connect then, and a find that ends in
# between costs both ends a new full scan, and hides this host from the other.
LINGER_S = 30.0
# wpa_supplicant tells of a find's end, NetworkManager answers our call: either may come first.
ECHO_S = 1.0
# One `connection` actor asks for the air; a few more may stand in line while an old connection of it dies.
MAX_WAITING = 8


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
    for go_on in (_settle, _hold):
        state, more = go_on(state, now)
        effects += more
    state, steering = _steer(state)
    # First, so that whoever is lent the air finds it done.
    return state, [*steering, *effects]


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Write the event into the state; decide nothing about the find."""
    match event:
        case WorldSeen(world):
            before = state.radio
            state = _look(state, world, now)
            # Under another path it is another device, even on the same adapter: its address is not the old one's.
            ready, moved = _ready(state.radio), _path(state.radio) != _path(before)
            return state, [MeetRadio(ready)] if ready != _ready(before) or (ready and moved) else []
        case FindWanted(by):
            return replace(state, wants=state.wants | {by}, listens=state.listens - {by}, lingers_until=None), []
        case ListenWanted(by):
            return replace(state, wants=state.wants - {by}, listens=state.listens | {by}, lingers_until=None), []
        case FindDropped(by):
            wants, listens = state.wants - {by}, state.listens - {by}
            # Whatever the find does just now, even if another program has ended it and it waits to begin again. But
            # whoever lent the air has seen the peer, and what was refused is not asked for on nobody's behalf.
            last = (state.wants or state.listens) and not (wants or listens)
            lingers = last and state.find is not Find.LENT and state.refusal is None
            until = now + LINGER_S if lingers else state.lingers_until
            return replace(state, wants=wants, listens=listens, lingers_until=until), []
        case AirAsked(by, pid, peer, frequency):
            if len(state.waiting) >= MAX_WAITING:
                return state, [RefuseAir(by)]
            return replace(state, waiting=(*state.waiting, Lease(by, pid, peer, frequency=frequency))), []
        case AirReturned(by):
            lease = None if state.lease and state.lease.by == by else state.lease
            return replace(state, lease=lease, waiting=tuple(ask for ask in state.waiting if ask.by != by)), []
        case FindStarted(device):
            if not _awaits(state, device):
                return enter(state, Find.OFF, now), []
            # What ran before may have been stopped for it.
            ended = now if state.listening else state.ended
            started = replace(state, find_until=now + find_s(state.quick), refusals=0, refusal=None, ended=ended)
            return enter(started, Find.RUNNING, now), []
        case FindRefused(device, problem):
            if not _awaits(state, device):
                return enter(state, Find.OFF, now), []
            if state.quick:
                return enter(replace(state, thorough=True), Find.OFF, now), []  # NetworkManager may still take one
            wait = pause(RETRY_FIRST_S, RETRY_MOST_S, state.refusals + 1)
            refused = replace(state, find_until=now + wait, refusals=state.refusals + 1, refusal=problem)
            return enter(refused, Find.OFF, now), []
        case StopAnswered():
            return enter(replace(state, ended=now), Find.OFF, now), []
        case FindEnded():
            echo = now < state.ended + ECHO_S
            if state.find is not Find.RUNNING or echo or state.find_until is None or state.find_until <= now + ECHO_S:
                return state, []
            return died(state, now), []
        case ResetAsked(by, flush):
            if len(state.resets) >= MAX_WAITING:
                return state, [AnswerReset(by, "too many resets wait already: try again in a while")]
            return replace(state, resets=(*state.resets, Reset(by, flush))), []
        case ResetDropped(by):
            # One that is being carried out is left to end.
            kept = state.resets[:1] if state.find is Find.RESETTING else ()
            still = (reset for reset in state.resets[len(kept) :] if reset.by != by)
            return replace(state, resets=(*kept, *still)), []
        case ResetAnswered(problem):
            if state.find is not Find.RESETTING:
                return state, []
            first, *others = state.resets
            state = enter(replace(state, resets=tuple(others), ended=now, find_until=None), Find.OFF, now)
            return state, [] if first.by == OURSELVES else [AnswerReset(first.by, problem)]
        case PeerHeard(address):
            unheard = {**state.unheard, address: state.unheard.get(address, now)}
            return replace(state, peers=hear(state.peers, address, now), unheard=unheard), []
        case AddressLearned(adapter, address):
            return (replace(state, address=address) if _ready(state.radio) == adapter else state), []
        case Tick():
            return _expire(state, now), []
        case _:
            assert_never(event)


def _ready(radio: Adapter | None) -> str:
    return radio.parent if radio and radio.usable else ""


def _path(radio: Adapter | None) -> str:
    return radio.path if radio else ""


def _look(state: State, world: World, now: float) -> State:
    radio = choose(world, state.radio)
    moved = _path(radio) != _path(state.radio)
    sightings = (sighting for sighting in world.sightings if radio and sighting.device == radio.path)
    state = note_replaced(state, world, radio, now)
    state = replace(state, world=world, radio=radio, peers=see(state.peers, sightings, now))
    if moved or not radio or not radio.usable:
        # Another device, or one that fell out of service, knows nothing of our find, our refusals or our address.
        state = replace(state, refusals=0, refusal=None, address="" if moved else state.address)
        if state.find is Find.RUNNING:
            state = enter(replace(state, find_until=None), Find.OFF, now)
        elif state.find is Find.OFF and moved:
            state = replace(state, find_until=None)
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
    if state.find is not Find.RUNNING:
        return state
    return enter(replace(state, thorough=not state.listening), Find.OFF, now)


def _settle(state: State, now: float) -> tuple[State, list[Effect]]:
    """Move the find towards what is needed, then lend the air if it can be lent."""
    state = restore(suspect(state, now), now)
    state, effects = _reset(state, now)
    if state.need is Need.REST:
        # Nobody asks any more: an old refusal must not answer for the next one, nor have it wait.
        state = replace(state, refusals=0, refusal=None, thorough=False, find_until=None)
    if state.radio and state.radio.busy and state.lease is None:
        # Whoever is looked for after a link is as likely to be on the social channels as its peer was.
        state = replace(state, thorough=False)
    find = TRANSITIONS.get((state.find, state.need), state.find)
    if find is Find.RUNNING and state.listening is not state.should_listen:
        find = Find.STARTING
        state = replace(state, find_until=None)
    if find is Find.STARTING and state.find_until is not None:
        find = Find.OFF  # a pause after a refusal or an early end is still running
    if find is not state.find:
        was, keep = state.find, state.find_until if find is Find.OFF else None
        state = enter(replace(state, find_until=keep), find, now)
        if find is Find.STARTING and state.radio:
            quick = state.world.tier is Tier.NETDEV and not state.thorough
            listen = state.should_listen
            afresh = listen or was is Find.RUNNING
            adapter = state.radio.parent if quick else ""
            effects.append(StartFind(state.radio.path, find_s(quick), adapter, listen=listen, afresh=afresh))
            state = replace(state, quick=quick, listening=listen)
        if find is Find.STOPPING and state.radio:
            effects.append(StopFind(state.radio.path))
    if state.find is Find.LENT and state.lease is None and state.waiting:
        first, *others = state.waiting
        state = replace(state, lease=replace(first, since=now), waiting=tuple(others))
        effects.append(LendAir(first.by))
    return state, effects


def _hold(state: State, now: float) -> tuple[State, list[Effect]]:
    """Hold scans for networks off while they would do harm."""
    until = state.hold_until
    held = _ready(state.radio) if until is not None and now < until else ""
    return replace(state, held=held), [HoldScans(held)] if held != state.held else []


def _steer(state: State) -> tuple[State, list[Effect]]:
    """Have groups formed where the borrower of the air wants them, and anywhere when the air is lent to nobody."""
    adapter = _ready(state.radio) if state.world.tier is Tier.NETDEV else ""
    steering = SteerGroups(adapter, state.lease.frequency if adapter and state.lease else 0)
    return replace(state, steered=steering), [steering] if steering != state.steered else []


def find_s(quick: bool) -> int:
    """Return how long a find goes on by itself."""
    return QUICK_S if quick else FIND_S


def _reset(state: State, now: float) -> tuple[State, list[Effect]]:
    """Carry out the first reset that nothing stands in the way of."""
    if not state.resets or state.find not in (Find.OFF, Find.RUNNING, Find.LENT):
        return state, []
    if state.radio is None or not state.radio.usable:
        asked = [reset for reset in state.resets if reset.by != OURSELVES]
        return replace(state, resets=()), [AnswerReset(one.by, "there is no engine to be reset") for one in asked]
    taken = state.lease is not None or state.waiting or state.radio.busy
    holder = state.lease.by if state.lease else None
    first = next((one for one in state.resets if one.by == holder or not taken), None)
    if first is None:
        return state, []
    others = tuple(one for one in state.resets if one is not first)
    reset = ResetEngine(state.radio.path, state.radio.parent, first.flush)
    return enter(replace(state, resets=(first, *others), find_until=None), Find.RESETTING, now), [reset]
