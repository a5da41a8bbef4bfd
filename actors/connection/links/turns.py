"""Who may use the radio, and when: what lets links wait, find, take their turn and pass it on, also to a rung."""

from collections.abc import Mapping
from dataclasses import replace

from airhail.actors.connection.ladder.cures import begin, take_over
from airhail.actors.connection.ladder.ladder import LADDER, Disturbs
from airhail.actors.connection.links.events import BorrowAir, DropFind, Effect, WantFind, WantListen
from airhail.actors.connection.links.link import (
    FIRST_MOVE_S,
    FOLLOW_PATIENCE_S,
    SLOW_AFTER,
    STAGGER_S,
    Link,
    Phase,
    Rendezvous,
    block,
    enter,
)
from airhail.actors.connection.links.state import Look, State, blocker, in_phase, put
from airhail.actors.connection.links.world import Host
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# How long a device may take to come to rest after a deactivation before the air goes back regardless.
REST_S = 10.0

# From the call on, until a radio that was searching really listens: what the other end sends before is lost, and what
# it then tries next falls between two channels. A few milliseconds in the lab.
SETTLES_S = 0.1

LOOKS: Mapping[Look, Effect] = {Look.NOT: DropFind(), Look.LISTEN: WantListen(), Look.FIND: WantFind()}


def settle(state: State, now: float) -> tuple[State, list[Effect]]:
    """Let every link move that can: into finding, on to its turn, and out of it."""
    state = _wait_or_find(state, now)
    state, effects = _pass_turn(state, now)
    state, more = begin(state, now)
    effects += more
    if state.can_move:
        ready = [link for link in in_phase(state, Phase.FINDING) if link.move_at is not None and link.move_at <= now]
        if ready:
            first = min(ready, key=lambda link: link.move_at or now)
            state = replace(state, turn=first.peer)
            effects.append(BorrowAir(first.peer, first.frequency))
    looks = {_look_of(state, link) for link in state.links.values()}
    looking = next((look for look in (Look.FIND, Look.LISTEN) if look in looks), Look.NOT)
    if looking is not state.looking:
        state = replace(state, looking=looking)
        effects.append(LOOKS[looking])
    return state, effects


def _wait_or_find(state: State, now: float) -> State:
    """Block the links that cannot be worked for, and set those going that can again."""
    if state.cure and LADDER[state.cure.rung].disturbs is Disturbs.WIFI:
        return state  # that the radio is away is our own doing, and soon over
    problem = blocker(state)
    for link in in_phase(state, Phase.WANTED, Phase.FINDING, Phase.FAILED):
        pausing = link.phase is Phase.FAILED and not link.blocked
        if pausing and (state.host is None or state.host.problem is None):
            continue  # it is looked at again after its pause, unless this host has a better reason by now
        if problem:
            same = link.blocked and link.problem == problem
            waiting = replace(link, problem=problem) if link.blocked else block(link, problem, now)
            state = state if same else put(state, waiting)
            continue
        if link.phase is Phase.FAILED:
            link = enter(link, Phase.WANTED, now)
        state = put(state, _advance(state, link, state.host, now) if state.host else link)
    return state


def _advance(state: State, link: Link, host: Host, now: float) -> Link:
    if link.phase is Phase.WANTED:
        link = enter(link, Phase.FINDING, now)
        if link.peer in state.hailable:
            link = replace(link, rendezvous=Rendezvous.TO_CALL)
    if link.move_at is not None or link.peer not in host.near:
        return link
    match link.rendezvous:
        case Rendezvous.NONE:
            return replace(link, move_at=now + _wait_to_move(host, link.peer))
        case Rendezvous.PREPARING if link.case.due is None:
            return replace(link, move_at=now + (SETTLES_S if host.rings else 0.0))
        case _:
            return link


def _wait_to_move(host: Host, peer: str) -> float:
    """Decide who moves first without a word between the ends: the lower address."""
    if host.address and host.address < peer:
        return FIRST_MOVE_S
    return FOLLOW_PATIENCE_S if host.rings else STAGGER_S


def _pass_turn(state: State, now: float) -> tuple[State, list[Effect]]:
    """Give the air back once an attempt is over and the device is at rest, or has had its time to be."""
    if not state.turn:
        return state, []
    attempt = in_phase(state, Phase.FINDING, Phase.ACTIVATING, Phase.ADDRESSING, peer=state.turn)
    if attempt and state.turn_ends is None:
        return state, []
    ends = state.turn_ends if state.turn_ends is not None else now + REST_S
    at_rest = state.device.state <= DeviceState.DISCONNECTED and not state.ended
    linked = in_phase(state, Phase.UP, peer=state.turn)
    if not state.unanswered and (at_rest or linked or now >= ends):
        # With the air still in hand, what is due after a failure is done before anybody finds or moves again.
        return take_over(state, state.turn, now)
    return replace(state, turn_ends=ends), []


def _look_of(state: State, link: Link) -> Look:
    """Decide whether the peer should be looked for, which also makes this host visible to it.

    Two that search and listen in step miss each other for many seconds. So by a plan only one of them searches at a
    time: first the one that moves first, and then, when that one sees the other, the other one. Without
    wpa_supplicant's word this host cannot listen alone.
    """
    pausing = link.phase is Phase.FAILED and (link.blocked or link.failures < SLOW_AFTER)
    if not link.wanted or not (pausing or link.phase in (Phase.FINDING, Phase.ACTIVATING)):
        return Look.NOT
    host = state.host
    if link.phase is Phase.FINDING and link.plan and host and host.rings:
        found = link.peer in host.near
        return Look.LISTEN if found or not (link.plan.first or link.been_seen) else Look.FIND
    return Look.FIND
