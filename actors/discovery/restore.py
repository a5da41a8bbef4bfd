"""A find that shows less than there is: how that is noticed, and what restores it.

Everything here is bounded: a symptom must last, and whatever is done about it is done ever more seldom.
"""

from collections.abc import Mapping
from dataclasses import replace

from airhail.actors.backoff import pause
from airhail.actors.discovery.radio import Adapter, Tier, World
from airhail.actors.discovery.state import OURSELVES, Find, Reset, State, count, enter
from airhail.actors.symptoms import Symptom

# How long each may last before it is acted upon.
PATIENCE_S: Mapping[Symptom, float] = {
    # NetworkManager lists a peer in the moment in which wpa_supplicant tells of it, but only with the next scan for
    # one that has called without being found: a round of the social channels takes a few seconds.
    Symptom.LIST_INCOMPLETE: 15.0,
    Symptom.PEER_UNHEARD: 6.0,
    # Without wpa_supplicant's word a find that another program stopped shows by its peers ageing, 60 s later; a room
    # that really emptied looks the same, and then one more scan does no harm.
    Symptom.LOST_SIGHT: 2.0,
}
# Only Flush makes wpa_supplicant tell of a peer again that it knows already.
FLUSHED = frozenset({Symptom.LIST_INCOMPLETE})
# Between two restorings for the same symptom; each interrupts the find.
AGAIN_FIRST_S = 60.0
AGAIN_MOST_S = 960.0
# After this long a symptom counts as new.
FORGET_S = 3600.0
# A find that ended early is begun again after a moment, in which an activation that ended it shows itself; one that
# ends again and again has another program against it, and each new beginning costs a full scan.
RESTART_FIRST_S = 1.0
RESTART_MOST_S = 60.0
# A find that lived this long did not die of what the last one died of.
LIVED_S = 60.0
# A call that long ago is no longer waited for to be seen.
UNHEARD_S = 60.0
# As many callers as `connection` keeps; the newest, as one that calls now is there now.
MAX_UNHEARD = 16


def died(state: State, now: float) -> State:
    """Have a find that ended before its time begun again, ever later while it goes on dying."""
    deaths = 1 if now - state.find_since >= LIVED_S else state.deaths + 1
    wait = pause(RESTART_FIRST_S, RESTART_MOST_S, deaths)
    state = enter(replace(state, deaths=deaths, find_until=now + wait), Find.OFF, now)
    return count(state, Symptom.DEAD_FIND, now)


def note_replaced(state: State, world: World, radio: Adapter | None, now: float) -> State:
    """Have the find begun anew when the engine that ran it is not the one there is now."""
    before = state.life
    state = replace(state, life=world.life or before)
    if before and state.life != before:
        # What the old one still had to say went with it.
        state = count(replace(state, ended=float("-inf")), Symptom.ENGINE_REPLACED, now)
        if state.find is Find.RUNNING:
            state = enter(replace(state, find_until=None), Find.OFF, now)
    used = next((one for one in world.adapters if state.radio and one.path == state.radio.path), None)
    if radio and used and used.usable and radio.path != used.path:
        state = count(state, Symptom.ENGINE_ELSEWHERE, now)
    return state


def suspect(state: State, now: float) -> State:
    """Note what may be wrong now, each with the moment at which it is acted upon."""
    present = {address for address, peer in state.peers.items() if peer.present}
    unheard = {
        address: since
        for address, since in state.unheard.items()
        if address not in present and now < since + UNHEARD_S
    }
    state = replace(state, unheard=dict(list(unheard.items())[-MAX_UNHEARD:]))
    if not state.may_restore:
        return replace(state, suspected={})
    lost = state.world.tier is Tier.USER and bool(state.peers) and not present
    seen = {
        Symptom.LIST_INCOMPLETE: bool(state.world.known - present),
        Symptom.PEER_UNHEARD: bool(unheard),
        # Seen with this find, so it worked once.
        Symptom.LOST_SIGHT: lost and any(peer.last_seen >= state.find_since for peer in state.peers.values()),
    }
    suspected = {
        symptom: state.suspected.get(symptom, max(now + PATIENCE_S[symptom], _again(state, symptom, now)))
        for symptom, here in seen.items()
        if here
    }
    return replace(state, suspected=suspected)


def restore(state: State, now: float) -> State:
    """Act upon the first suspicion whose time has come."""
    for symptom, moment in state.suspected.items():
        if moment <= now:
            reset = Reset(OURSELVES, flush=symptom in FLUSHED)
            state = count(state, symptom, now)
            return replace(state, suspected={}, resets=(*state.resets, reset))
    return state


def _again(state: State, symptom: Symptom, now: float) -> float:
    """Tell from when *symptom* may be acted upon again."""
    done = state.restored.get(symptom)
    if done is None or now >= done.last + FORGET_S:
        return now
    return done.last + pause(AGAIN_FIRST_S, AGAIN_MOST_S, done.times)
