"""Decides what becomes of every link: one machine a link, one radio among them.

Rules:

1. An intent stays until it is withdrawn; the machine works towards it, and every failure has a reason.
2. One link at a time is on its way (it holds the *turn*): a radio carries one activation, and a second one
   would tear down the first (nm-device.c:14799).
3. Nothing moves on the radio without the air on lease, and the air goes back only when the device is at rest
   or the link is up: a find would kill the negotiation, and the end of an activation would kill the find.
4. What NetworkManager shows is the truth: a link found up is adopted, one that nobody wants is taken down.

A link's phases and limits are in `link`, what all links share in `state`, who may use the radio in `turns`.
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
    ClearLeftovers,
    Deactivate,
    DeactivationRefused,
    Device,
    DeviceFell,
    DeviceSeen,
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
    SeekPeer,
    Tick,
)
from airhail.actors.connection.link import FOLLOW_S, LEAVING_S, Link, Phase, enter, fail, overdue
from airhail.actors.connection.state import (
    CALLER_S,
    MAX_CALLERS,
    State,
    activating,
    awaiting_air,
    end,
    give_up,
    in_phase,
    on_radio,
    put,
    vanished,
)
from airhail.actors.connection.turns import settle
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    state, effects = _take(state, event, now)
    state, more = settle(state, now)
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
            return _fell(state, problem, now), []
        case AirLent(peer):
            return _activate(state, peer, now)
        case AirRefused(peer):
            return give_up(state, awaiting_air(state, peer), Problem(Reason.DISCOVERY_GONE), now, counts=False)
        case ActivationAccepted(peer, active):
            return _accepted(replace(state, unanswered=False), peer, active)
        case ActivationRefused(peer, problem):
            return _refused(replace(state, unanswered=False), peer, problem, now), []
        case DeactivationRefused(active, problem):
            return _kept(state, active, problem, now)
        case PeerRang(peer):
            return _rang(state, peer, now), []
        case NegotiationSucceeded(peer):
            agreed = in_phase(state, Phase.ACTIVATING, peer=peer)
            return put(state, *(replace(link, agreed=True) for link in agreed)), []
        case NegotiationFailed(peer, detail):
            failed = in_phase(state, Phase.ACTIVATING, peer=peer)
            return give_up(state, failed, Problem(Reason.NEGOTIATION_FAILED, detail), now)
        case FormationFailed(detail):
            return give_up(state, activating(state), Problem(Reason.FORMATION_FAILED, detail), now)
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
    left = enter(replace(link, wanted=False, problem=None), phase, now)
    return end(put(state, left), left.active)


def _look_around(state: State, host: Host | None, now: float) -> State:
    links = []
    for link in state.links.values():
        near = host.near.get(link.peer) if host else None
        link = replace(link, name=link.name or (near.name if near else ""))
        gone = link.phase is Phase.FAILED and link.problem and link.problem.reason is Reason.DISCOVERY_GONE
        links.append(enter(link, Phase.WANTED, now) if gone and host else link)
    return put(replace(state, host=host), *links)


def _look_at_device(state: State, device: Device, now: float) -> tuple[State, list[Effect]]:
    state = replace(state, device=device, ended=state.ended & {device.active})
    state, effects = _clear(state)
    peer = "" if device.active in state.ended else device.peer
    gone = [link for link in in_phase(state, Phase.LEAVING) if link.active and link.active != device.active]
    state = put(state, *(enter(link, Phase.DOWN, now) for link in gone))
    # Not noted as ended: a device that could not be read for a moment is not one that lost its link.
    lost = [link for link in on_radio(state) if link.seen and link.peer != peer]
    state = put(state, *(fail(link, vanished(link, device), now) for link in lost))
    shown = state.links.get(peer)
    if not peer:
        return state, effects
    if shown is None or not shown.wanted:
        return end(state, device.active)
    followed = _follow(shown, device, now)
    state = put(state, followed)
    if not followed.interface or followed.interface == shown.interface:
        return state, []
    return state, [SeekPeer(peer, followed.interface, _pair(state, peer).peer)]


def _clear(state: State) -> tuple[State, list[Effect]]:
    """Have a group ended that outlived NetworkManager: the other end takes it for a link as long as it runs."""
    match state.device.state:
        case DeviceState.UNKNOWN:
            return replace(state, leftovers=True), []
        case DeviceState.DISCONNECTED if state.leftovers:
            return replace(state, leftovers=False), [ClearLeftovers()]
        case _ if state.device.state > DeviceState.DISCONNECTED:
            return replace(state, leftovers=False), []
    return state, []


def _follow(link: Link, device: Device, now: float) -> Link:
    """Bring *link* to where NetworkManager shows it: adopted, addressing, up."""
    if not link.holds_radio:
        link = enter(link, Phase.ACTIVATING, now)
    link = replace(link, active=device.active, seen=True)
    if not DeviceState.IP_CONFIG <= device.state <= DeviceState.ACTIVATED:
        return link
    if link.phase is Phase.ACTIVATING:
        link = enter(replace(link, agreed=True), Phase.ADDRESSING, now)
    return _arrive(replace(link, interface=device.interface, addresses=device.addresses), now)


def _fell(state: State, problem: Problem, now: float) -> State:
    """Note that NetworkManager let go; what it still shows for a moment is not to be adopted again."""
    fallen = on_radio(state)
    state = replace(state, ended=state.ended | {link.active for link in fallen} - {""})
    return put(state, *(fail(link, problem, now) for link in fallen))


def _activate(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    waiting = awaiting_air(state, peer)
    if state.host is None:
        return give_up(state, waiting, Problem(Reason.DISCOVERY_GONE), now, counts=False)
    if not waiting:
        return state, []
    near = state.host.near.get(peer)
    activate = Activate(peer, state.host.device, near.path if near else "/", _pair(state, peer).own)
    state = replace(state, unanswered=True)
    return put(state, *(enter(link, Phase.ACTIVATING, now) for link in waiting)), [activate]


def _pair(state: State, peer: str) -> Pair:
    """Return the pair's fixed addresses; empty ones while this host does not know its own P2P address."""
    return pair(state.host.address, peer) if state.host and state.host.address else Pair("", "")


def _accepted(state: State, peer: str, active: str) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link and link.active == active:
        return state, []
    if link and link.phase is Phase.LEAVING:
        state = put(state, replace(link, active=active))
    if link is None or link.phase is not Phase.ACTIVATING or link.active:
        return end(state, active)
    return put(state, replace(link, active=active)), []


def _refused(state: State, peer: str, problem: Problem, now: float) -> State:
    failed = [fail(link, problem, now) for link in in_phase(state, Phase.ACTIVATING, peer=peer)]
    left = [enter(link, Phase.DOWN, now) for link in in_phase(state, Phase.LEAVING, peer=peer) if not link.active]
    return put(state, *failed, *left)


def _kept(state: State, active: str, problem: Problem, now: float) -> tuple[State, list[Effect]]:
    """Note that an activation goes on: a link that is leaving asks again, one that is wanted is adopted again."""
    leaving = [replace(link, problem=problem) for link in in_phase(state, Phase.LEAVING) if link.active == active]
    shown = state.links.get(state.device.peer) if state.device.active == active else None
    if shown and shown.wanted:
        return _look_at_device(replace(state, ended=state.ended - {active}), state.device, now)
    return put(state, *leaving), []


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


def _answered(state: State, peer: str, address: str, now: float) -> State:
    # Neither state 100 nor an address of our own makes a link: NetworkManager is content with IPv6 link-local, and
    # the other end may have no address yet. An answer does.
    answering = in_phase(state, Phase.ADDRESSING, Phase.UP, peer=peer)
    return put(state, *(_arrive(replace(link, peer_address=address), now) for link in answering))


def _arrive(link: Link, now: float) -> Link:
    """Call a link up that has an address at both ends."""
    there = link.phase is Phase.ADDRESSING and link.peer_address and link.addresses
    return enter(link, Phase.UP, now) if there else link


def _expire(state: State, now: float) -> tuple[State, list[Effect]]:
    callers = {caller: since for caller, since in state.callers.items() if now < since + CALLER_S}
    state = replace(state, callers=callers)
    effects: list[Effect] = []
    for link in list(state.links.values()):
        if link.deadline is not None and link.deadline <= now:
            state, more = _overdue(state, link, now)
            effects += more
    return state, effects


def _overdue(state: State, link: Link, now: float) -> tuple[State, list[Effect]]:
    match link.phase:
        case Phase.DOWN:
            return replace(state, links={peer: one for peer, one in state.links.items() if peer != link.peer}), []
        case Phase.LEAVING if link.active and link.active == state.device.active:
            return put(state, replace(link, deadline=now + LEAVING_S)), [Deactivate(link.active)]
        case Phase.LEAVING:
            return put(state, enter(link, Phase.DOWN, now)), []
        case Phase.FAILED:
            return put(state, enter(link, Phase.WANTED, now)), []
        case Phase.ADDRESSING if state.device.state == DeviceState.ACTIVATED and _has_lease(state, link):
            # Somebody gave us an address, and that can only be the peer, wherever it answers.
            return put(state, enter(link, Phase.UP, now)), []
        case Phase.FINDING if state.host is None:
            return give_up(state, [link], Problem(Reason.DISCOVERY_GONE), now, counts=False)
        case _:
            return give_up(state, [link], overdue(link), now)


def _has_lease(state: State, link: Link) -> bool:
    own = _pair(state, link.peer).own
    return any(":" not in address and address.split("/")[0] != own for address in link.addresses)
