"""Decides what becomes of every link: one machine a link, one radio among them.

Rules:

1. An intent stays until it is withdrawn; the machine works towards it, and every failure has a reason.
2. One link at a time is on its way (it holds the *turn*): a radio carries one activation, and a second one
   would tear down the first (nm-device.c:14799).
3. Nothing moves on the radio without the air on lease, and the air goes back only when the device is at rest
   or the link is up: a find would kill the negotiation, and the end of an activation would kill the find.
4. What NetworkManager shows is the truth: a link found up is adopted, one that nobody wants is taken down.
5. What fails is looked into, and what is stuck is taken through the ladder, one rung at a time.

A link's phases and limits are in `link`, what happens when one is over in `deadlines`, what is done about a verdict
in `verdicts`, what all links share in `state`, who may use the radio in `turns`. What can be done about a stuck stack
is in `ladder`, what is wrong in `diagnosis`, which rung comes next in `judge`, and how it is used in `cures`. What
keeps a link quick is in `quick`.
"""

from dataclasses import replace
from typing import assert_never

from airhail.actors.connection.ladder import cures
from airhail.actors.connection.ladder.case import Case
from airhail.actors.connection.ladder.judge import answer, judge
from airhail.actors.connection.links import quick, rendezvous
from airhail.actors.connection.links.deadlines import expire, mind_interfaces
from airhail.actors.connection.links.events import (
    ActivationAccepted,
    ActivationRefused,
    AirLent,
    AirRefused,
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
    QuestionAnswered,
    Remembered,
    ReturnAir,
    RungAnswered,
    SeekPeer,
    Stack,
    StackSeen,
    Tick,
    VerdictChanged,
)
from airhail.actors.connection.links.link import FOLLOW_S, STAGGER_S, Link, Phase, Rendezvous, enter, fail
from airhail.actors.connection.links.quick import RadiosSeen
from airhail.actors.connection.links.rendezvous_events import (
    AttemptCalledOff,
    MoveAllowed,
    PeerReaddressed,
    PeersTrusted,
    PlanAgreed,
    SeenThere,
    TellRang,
)
from airhail.actors.connection.links.state import (
    MAX_CALLERS,
    Stage,
    State,
    activating,
    awaiting_air,
    awaits_air,
    clearing,
    end,
    give_up,
    in_phase,
    on_radio,
    put,
    vanished,
)
from airhail.actors.connection.links.turns import REST_S, settle
from airhail.actors.connection.links.verdicts import heed
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    before, in_use = state, state.cure
    state, effects = _take(state, event, now)
    state, more = cures.proceed(state, now)
    effects += more
    if in_use and state.cure is None:
        # What a rung kept us from taking for a link is looked at again, before anybody judges or moves.
        state, more = _look_at_device(state, state.device, now)
        effects += more
    state = mind_interfaces(state, now)
    for go_on in (judge, settle):
        state, more = go_on(state, now)
        effects += more
    state, more = rendezvous.speak(before, state)
    effects += more
    tended, settings = quick.tend(state.quick, state.links)
    state, effects = replace(state, quick=tended), [*effects, *settings]
    return (replace(state, lent=False) if ReturnAir() in effects else state), effects


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    match event:
        case PeerWanted():
            return _want(state, event, now), []
        case PeerUnwanted(peer):
            return _unwant(state, peer, now)
        case HostSeen(host):
            return _look_around(state, host, now), []
        case DeviceSeen(device):
            return _look_at_device(state, device, now)
        case DeviceFell(problem) if state.cure and state.cure.stage in (Stage.BEGINNING, Stage.ASKING):
            return cures.answered(state, state.cure.rung, problem.reason, now)
        case DeviceFell(problem):
            return _fell(state, problem, now), []
        case AirLent(peer) | AirRefused(peer) if not awaits_air(state, peer):
            return state, []
        case AirLent(peer):
            state = replace(state, lent=True)
            return cures.lent(state, now) if state.cure else rendezvous.prepared(state, peer, now)
        case AirRefused() if state.cure:
            return cures.refused(state), [ReturnAir()]
        case AirRefused(peer):
            return give_up(state, awaiting_air(state, peer), Problem(Reason.DISCOVERY_GONE), now, counts=False)
        case ActivationAccepted(_, active) if state.cure:
            return cures.accepted(replace(state, unanswered=False), active), []
        case ActivationAccepted(peer, active):
            return _accepted(replace(state, unanswered=False), peer, active)
        case ActivationRefused(_, problem) if state.cure:
            return cures.answered(replace(state, unanswered=False), state.cure.rung, problem.reason, now)
        case ActivationRefused(peer, problem):
            return _refused(replace(state, unanswered=False), peer, problem, now), []
        case DeactivationRefused(active, problem):
            return _kept(state, active, problem, now)
        case PeerRang(peer):
            return _rang(state, peer, now)
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
        case StackSeen(stack):
            return replace(state, stack=stack), []
        case RadiosSeen():
            return replace(state, quick=quick.look(state.quick, event)), []
        case RungAnswered(rung, problem):
            return cures.answered(state, rung, problem, now)
        case QuestionAnswered(allow):
            return answer(state, allow, now)
        case VerdictChanged():
            return heed(state, event, now)
        case Remembered(latest):
            return replace(state, history=latest), []
        case Tick():
            return expire(state, now)
        case PeersTrusted(peers):
            return replace(state, hailable=peers), []
        case PeerReaddressed():
            return rendezvous.readdress(state, event)
        case PlanAgreed():
            return rendezvous.agreed(state, event, now)
        case SeenThere():
            return rendezvous.seen(state, event), []
        case MoveAllowed():
            return rendezvous.allowed(state, event, now)
        case AttemptCalledOff():
            return rendezvous.called_off(state, event, now)
        case _:
            assert_never(event)


def _want(state: State, wish: PeerWanted, now: float) -> State:
    peer, name = wish.peer, wish.name
    link = state.links.get(peer)
    if link and link.wanted:
        link = replace(
            link, name=name or link.name, allow_wifi_drop=wish.allow_wifi_drop, invited=wish.invited and link.invited
        )
        # Asking again is how a person says "try now", and to try everything again.
        afresh = replace(link, failures=0, case=Case(rang=link.case.rang))
        return put(state, enter(afresh, Phase.WANTED, now) if link.phase is Phase.FAILED else link)
    called = peer in state.callers
    callers = {caller: since for caller, since in state.callers.items() if caller != peer}
    wanted = Link(peer, now, name=name or (link.name if link else ""), invited=wish.invited)
    link = enter(replace(wanted, allow_wifi_drop=wish.allow_wifi_drop), Phase.WANTED, now)
    state = put(replace(state, callers=callers), link)
    return _move_soon(state, link, now) if called else state


def _unwant(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link is None or not link.wanted:
        return state, []
    phase = Phase.LEAVING if link.holds_radio else Phase.DOWN
    farewell = peer if link.phase is Phase.UP else ""
    left = enter(replace(link, wanted=False, failures=0, problem=None, case=Case()), phase, now)
    return end(put(state, left), left.active, farewell)


def _look_around(state: State, host: Host | None, now: float) -> State:
    links = []
    if host is None and state.lent and state.turn:
        # Whoever waits with the air in hand for its turn has lost it, and would hold the turn in vain.
        problem = Problem(Reason.DISCOVERY_GONE)
        waiting = awaiting_air(state, state.turn)
        state = put(state, *(fail(link, problem, now, counts=False) for link in waiting))
    for link in state.links.values():
        near = host.near.get(link.peer) if host else None
        link = replace(link, name=link.name or (near.name if near else ""))
        gone = link.phase is Phase.FAILED and link.problem and link.problem.reason is Reason.DISCOVERY_GONE
        links.append(enter(link, Phase.WANTED, now) if gone and host else link)
    # The air was discovery's to lend, and went with it.
    return put(replace(state, host=host, lent=state.lent and host is not None), *links)


def _look_at_device(state: State, device: Device, now: float) -> tuple[State, list[Effect]]:
    state = replace(state, device=device, ended=state.ended & {device.active})
    peer = "" if device.active in state.ended else device.peer
    gone = [link for link in in_phase(state, Phase.LEAVING) if link.active and link.active != device.active]
    state = put(state, *(enter(link, Phase.DOWN, now) for link in gone))
    # Not noted as ended: a device that could not be read for a moment is not one that lost its link.
    lost = [link for link in on_radio(state) if link.seen and link.peer != peer]
    state = put(state, *(fail(link, vanished(link, device), now) for link in lost))
    shown = state.links.get(peer)
    if not peer or clearing(state, device):
        return state, []
    if shown is None or not shown.wanted:
        return end(state, device.active)
    followed = _follow(shown, device, state.stack, now)
    state = put(state, followed)
    if not followed.interface or followed.interface == shown.interface:
        return state, []
    return state, [SeekPeer(peer, followed.interface)]


def _follow(link: Link, device: Device, stack: Stack | None, now: float) -> Link:
    """Bring *link* to where NetworkManager shows it: adopted, addressing, up."""
    if not link.holds_radio:
        link = enter(link, Phase.ACTIVATING, now)
    link = replace(link, active=device.active, seen=True)
    if not DeviceState.IP_CONFIG <= device.state <= DeviceState.ACTIVATED:
        return link
    if link.phase is Phase.ACTIVATING:
        link = enter(replace(link, agreed=True), Phase.ADDRESSING, now)
    interface = device.interface or _interface(device, stack)
    return _arrive(replace(link, interface=interface, addresses=device.addresses), now)


def _interface(device: Device, stack: Stack | None) -> str:
    """Return the only group's interface there is, once the device has an address.

    NetworkManager names it after IPv6 has looked for duplicates (nm-device.c, IP_CHECK), well over a second later.
    """
    names = [group.name for group in stack.groups if group.up] if stack else []
    return names[0] if device.addresses and len(names) == 1 else ""


def _fell(state: State, problem: Problem, now: float) -> State:
    """Note that NetworkManager let go; what it still shows for a moment is not to be adopted again."""
    fallen = on_radio(state)
    state = replace(state, ended=state.ended | {link.active for link in fallen} - {""})
    return put(state, *(fail(link, problem, now) for link in fallen))


def _accepted(state: State, peer: str, active: str) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link and link.active == active:
        return state, []
    if link and link.phase is Phase.LEAVING:
        state = put(state, replace(link, active=active))
    if link is None or link.phase is not Phase.ACTIVATING or link.active:
        return end(state, active)
    return put(state, replace(link, active=active)), rendezvous.tell_moved(link)


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


def _rang(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    link = state.links.get(peer)
    if link is None or not link.wanted:
        callers = {**{caller: since for caller, since in state.callers.items() if caller != peer}, peer: now}
        while len(callers) > MAX_CALLERS:
            del callers[next(iter(callers))]
        return replace(state, callers=callers), []
    if link.plan and link.phase is Phase.FINDING:
        return state, [TellRang(peer)]
    effects: list[Effect] = []
    if link.phase in (Phase.ADDRESSING, Phase.UP):
        # Whoever asks for a new link has lost the old one. A group's owner hears nothing of that for 300 s: so long
        # does wpa_supplicant wait for a client that fell silent (P2P_GO_MAX_INACTIVITY, config.h). However young the
        # link is, the request is a new one: none is told of from the moment this host asks for the peer itself until
        # both have agreed (p2p_go_neg.c:861), after which the peer asks no more.
        left = Problem(Reason.PEER_LEFT, "it asks for a new link")
        state, effects = give_up(state, [link], left, now, counts=False)
        link = state.links[peer]
        if state.turn == peer:
            # It looks for the peer again in this very step; its turn is over all the same.
            state = replace(state, turn_ends=now + REST_S)
    return _move_soon(state, link, now), effects


def _move_soon(state: State, link: Link, now: float) -> State:
    """Move a moment after the peer did, whatever this link was waiting for."""
    # Who rings while it is being called did not wait for the hail.
    link = replace(link, case=replace(link.case, rang=True), rendezvous=Rendezvous.NONE)
    if link.phase in (Phase.WANTED, Phase.FAILED):
        link = enter(link, Phase.FINDING, now)
    if link.phase is Phase.FINDING:
        # A failure leaves marks at both ends, with which a request so soon after the other's is lost for good.
        soon = now + (STAGGER_S if link.case.left_behind else FOLLOW_S)
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
