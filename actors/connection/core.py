"""Decides what becomes of every link: one machine a link, one radio among them.

Rules:

1. An intent stays until it is withdrawn; the machine works towards it, and every failure has a reason.
2. One link at a time is on its way (it holds the *turn*): a radio carries one activation, and a second one
   would tear down the first (nm-device.c:14799).
3. Nothing moves on the radio without the air on lease, and the air goes back only when the device is at rest
   or the link is up: a find would kill the negotiation, and the end of an activation would kill the find.
4. What NetworkManager shows is the truth: a link found up is adopted, one that nobody wants is taken down.
"""

from dataclasses import replace
from typing import assert_never

from airhail.actors.connection.addresses import Pair, pair
from airhail.actors.connection.events import (
    Activate,
    ActivationAccepted,
    ActivationRefused,
    AirLent,
    AirRefused,
    BorrowAir,
    Device,
    DeviceFell,
    DeviceSeen,
    DropFind,
    Effect,
    Event,
    FormationFailed,
    GroupStarted,
    Host,
    HostSeen,
    NegotiationFailed,
    NegotiationSucceeded,
    PeerAnswered,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    SeekPeer,
    Tick,
    WantFind,
)
from airhail.actors.connection.link import (
    FIRST_MOVE_S,
    FOLLOW_PATIENCE_S,
    FOLLOW_S,
    STAGGER_S,
    Link,
    Phase,
    enter,
    fail,
    overdue,
)
from airhail.actors.connection.state import (
    CALLER_S,
    HOST_REASONS,
    MAX_CALLERS,
    REST_S,
    State,
    activating,
    attempting,
    awaiting_air,
    drop,
    end,
    leaving,
    obstacle,
    on_radio,
    put,
    vanished,
)
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    state, effects = _take(state, event, now)
    state, more = _settle(state, now)
    return state, effects + more


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    match event:
        case PeerWanted(peer, name):
            return _want(state, peer, name, now), []
        case PeerUnwanted(peer):
            return _unwant(state, peer, now)
        case HostSeen(host):
            return _look_around(state, host, now), []
        case DeviceSeen(device):
            return _look_at_device(state, device, now)
        case DeviceFell(problem):
            return drop(state, on_radio(state), problem, now, told=True)
        case AirLent(peer):
            return _activate(state, peer, now)
        case AirRefused(peer):
            return drop(state, awaiting_air(state, peer), Problem(Reason.DISCOVERY_GONE), now, tried=False)
        case ActivationAccepted(peer, active):
            return _accepted(state, peer, active)
        case ActivationRefused(peer, problem):
            state, effects = drop(state, (link for link in activating(state) if link.peer == peer), problem, now)
            return put(
                state, *(enter(link, Phase.DOWN, now) for link in leaving(state) if link.peer == peer)
            ), effects
        case PeerRang(peer):
            return _rang(state, peer, now), []
        case NegotiationSucceeded():
            return put(state, *(replace(link, agreed=True) for link in activating(state))), []
        case NegotiationFailed(detail):
            return drop(state, activating(state), Problem(Reason.NEGOTIATION_FAILED, detail), now)
        case FormationFailed(detail):
            return drop(state, activating(state), Problem(Reason.FORMATION_FAILED, detail), now)
        case GroupStarted(role):
            return put(state, *(replace(link, agreed=True, role=role) for link in on_radio(state))), []
        case PeerAnswered(peer, address):
            return _answered(state, peer, address, now), []
        case Tick():
            return _expire(state, now)
        case _:
            assert_never(event)


def _want(state: State, peer: str, name: str, now: float) -> State:
    link = state.links.get(peer)
    if link and link.wanted:
        link = replace(link, name=name or link.name)
        # Asking again is how a person says "try now".
        again = enter(replace(link, failures=0), Phase.WANTED, now) if link.phase is Phase.FAILED else link
        return put(state, again)
    called = peer in state.callers
    callers = {caller: since for caller, since in state.callers.items() if caller != peer}
    link = enter(Link(peer, now, name=name or (link.name if link else "")), Phase.WANTED, now)
    state = put(replace(state, callers=callers), link)
    return _rang(state, peer, now) if called else state


def _unwant(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link is None or not link.wanted:
        return state, []
    phase = Phase.LEAVING if link.holds_radio else Phase.DOWN
    left = enter(replace(link, wanted=False, problem=None, addresses=(), interface=""), phase, now)
    return end(put(state, left), link.active)


def _look_around(state: State, host: Host | None, now: float) -> State:
    before = state.host
    was_well = before is not None and before.problem is None
    well = host is not None and host.problem is None
    appeared = set(host.near) - set(before.near if before else ()) if host else set()
    links = []
    for link in state.links.values():
        near = host.near.get(link.peer) if host else None
        link = replace(link, name=link.name or (near.name if near else ""))
        if link.phase is Phase.FAILED and link.wanted:
            hopeful = well and not was_well and link.problem and link.problem.reason in HOST_REASONS
            given_up = link.deadline is None and link.peer in appeared
            if hopeful or given_up:
                link = enter(replace(link, failures=0), Phase.WANTED, now)
        links.append(link)
    return put(replace(state, host=host), *links)


def _look_at_device(state: State, device: Device, now: float) -> tuple[State, list[Effect]]:
    state = replace(state, device=device, ended=state.ended & {device.active})
    peer = "" if device.active in state.ended else device.peer
    effects: list[Effect] = []
    gone = [link for link in leaving(state) if link.active and link.active != device.active]
    state = put(state, *(enter(link, Phase.DOWN, now) for link in gone))
    lost = [link for link in on_radio(state) if link.seen and link.peer != peer]
    for link in lost:
        state, more = drop(state, [link], vanished(link, device), now, told=True)
        effects += more
    shown = state.links.get(peer)
    if shown and shown.wanted:
        followed = _follow(shown, device, now)
        state = put(state, followed)
        if followed.interface and followed.interface != shown.interface:
            effects.append(SeekPeer(peer, followed.interface, _pair(state, peer).peer))
    elif peer:
        state, more = end(state, device.active)
        effects += more
    return state, effects


def _follow(link: Link, device: Device, now: float) -> Link:
    """Bring *link* to where NetworkManager shows it: adopted, addressing, up."""
    if not link.holds_radio:
        link = enter(link, Phase.ACTIVATING, now)
    link = replace(link, active=device.active, seen=True)
    if not DeviceState.IP_CONFIG <= device.state <= DeviceState.ACTIVATED:
        return link
    if link.phase is Phase.ACTIVATING:
        link = enter(replace(link, agreed=True), Phase.ADDRESSING, now)
        link = replace(link, active=device.active, seen=True)
    return _arrive(replace(link, interface=device.interface, addresses=device.addresses), now)


def _activate(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    waiting = awaiting_air(state, peer)
    if not waiting or state.host is None:
        return state, []
    near = state.host.near.get(peer)
    activate = Activate(peer, state.host.device, near.path if near else "/", _pair(state, peer).own)
    return put(state, enter(waiting[0], Phase.ACTIVATING, now)), [activate]


def _pair(state: State, peer: str) -> Pair:
    """Return the pair's fixed addresses; empty ones while this host does not know its own P2P address."""
    return pair(state.host.address, peer) if state.host and state.host.address else Pair("", "")


def _answered(state: State, peer: str, address: str, now: float) -> State:
    # Neither state 100 nor an address of our own makes a link: NetworkManager is content with IPv6 link-local, and
    # the other end may have no address yet. An answer does.
    link = state.links.get(peer)
    if link is None or link.phase is not Phase.ADDRESSING:
        return state
    return put(state, _arrive(replace(link, peer_address=address), now))


def _arrive(link: Link, now: float) -> Link:
    """Call a link up that has an address at both ends."""
    there = link.phase is Phase.ADDRESSING and link.peer_address and link.addresses
    return enter(link, Phase.UP, now) if there else link


def _accepted(state: State, peer: str, active: str) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link and link.active == active:
        return state, []
    if link and link.phase is Phase.LEAVING:
        state = put(state, replace(link, active=active))
    if link is None or link.phase is not Phase.ACTIVATING or link.active:
        return end(state, active)
    return put(state, replace(link, active=active)), []


def _rang(state: State, peer: str, now: float) -> State:
    link = state.links.get(peer)
    if link is None or not link.wanted:
        callers = {**{caller: since for caller, since in state.callers.items() if caller != peer}, peer: now}
        while len(callers) > MAX_CALLERS:
            del callers[next(iter(callers))]
        return replace(state, callers=callers)
    if link.phase in (Phase.WANTED, Phase.FAILED):
        link = enter(link, Phase.FINDING, now)
    if link.phase is Phase.FINDING:
        soon = now + FOLLOW_S
        link = replace(link, move_at=soon if link.move_at is None else min(link.move_at, soon))
    return put(state, link)


def _expire(state: State, now: float) -> tuple[State, list[Effect]]:
    callers = {caller: since for caller, since in state.callers.items() if now < since + CALLER_S}
    state = replace(state, callers=callers)
    effects: list[Effect] = []
    for link in list(state.links.values()):
        if link.deadline is None or now < link.deadline:
            continue
        match link.phase:
            case Phase.DOWN:
                state = replace(state, links={peer: one for peer, one in state.links.items() if peer != link.peer})
            case Phase.LEAVING:
                state = put(state, enter(link, Phase.DOWN, now))
            case Phase.FAILED:
                state = put(state, enter(link, Phase.WANTED, now))
            case Phase.ADDRESSING if state.device.state == DeviceState.ACTIVATED and link.addresses:
                state = put(state, enter(link, Phase.UP, now))
            case _:
                unseen = state.host is None and link.phase is Phase.FINDING
                problem = Problem(Reason.DISCOVERY_GONE) if unseen else overdue(link)
                state, more = drop(state, [link], problem, now)
                effects += more
    return state, effects


def _settle(state: State, now: float) -> tuple[State, list[Effect]]:
    """Let every link move that can: into finding, on to its turn, and out of it."""
    effects: list[Effect] = []
    if state.host:
        state = put(state, *(_advance(link, state.host, now) for link in state.links.values()))
    state, returned = _pass_turn(state, now)
    effects += returned
    ready = [link for link in state.links.values() if link.move_at is not None and link.move_at <= now]
    for link in sorted(ready, key=lambda one: one.move_at or now):
        if state.turn:
            break
        if problem := obstacle(state):
            state = put(state, fail(link, problem, now, tried=False))
        else:
            state = replace(state, turn=link.peer)
            effects.append(BorrowAir(link.peer))
    finding = any(_needs_find(link) for link in state.links.values())
    if finding != state.finding:
        state = replace(state, finding=finding)
        effects.append(WantFind() if finding else DropFind())
    return state, effects


def _pass_turn(state: State, now: float) -> tuple[State, list[Effect]]:
    """Give the air back once an attempt is over and the device is at rest, or has had its time to be."""
    if not state.turn or (state.turn in attempting(state) and state.turn_ends is None):
        return state, []
    ends = state.turn_ends if state.turn_ends is not None else now + REST_S
    link = state.links.get(state.turn)
    at_rest = state.device.state <= DeviceState.DISCONNECTED or (link is not None and link.phase is Phase.UP)
    if at_rest or now >= ends:
        return replace(state, turn="", turn_ends=None), [ReturnAir()]
    return replace(state, turn_ends=ends), []


def _advance(link: Link, host: Host, now: float) -> Link:
    if link.phase not in (Phase.WANTED, Phase.FINDING):
        return link
    if host.problem:
        return fail(link, host.problem, now, tried=False)
    if link.phase is Phase.WANTED:
        link = enter(link, Phase.FINDING, now)
    if link.move_at is None and link.peer in host.near:
        link = replace(link, move_at=now + _wait_to_move(host, link.peer))
    return link


def _wait_to_move(host: Host, peer: str) -> float:
    """Decide who moves first without a word between the ends: the lower address."""
    if host.address < peer:
        return FIRST_MOVE_S
    return FOLLOW_PATIENCE_S if host.rings else STAGGER_S


def _needs_find(link: Link) -> bool:
    """Tell whether peers should be looked for, which is also what makes this host visible to them."""
    pausing = link.phase is Phase.FAILED and link.deadline is not None
    return link.wanted and (pausing or link.phase in (Phase.FINDING, Phase.ACTIVATING))
