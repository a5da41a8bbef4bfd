"""Decides what becomes of every link: one machine a link, one radio among them.

Rules:

1. An intent stays until it is withdrawn; the machine works towards it, and every failure has a reason.
2. One link at a time is on its way (it holds the *turn*): a radio carries one activation, and a second one
   would tear down the first (nm-device.c:14799).
3. Nothing moves on the radio without the air on lease, and the air goes back only when the device is at rest
   or the link is up: a find would kill the negotiation, and the end of an activation would kill the find.
4. What NetworkManager shows is the truth: a link found up is adopted, one that nobody wants is taken down.
5. What fails is looked into, and what is stuck is taken through the ladder, one rung at a time.

What all links share is in `state`, a link's phases and limits in `link`. What becomes of a link when somebody wishes
it is in `wishes`, when NetworkManager shows or says something in `following`, by the hail in `rendezvous`, when its
time is up in `deadlines`, at a verdict in `verdicts`. Who may use the radio is in `turns`, what keeps a link quick in
`quick`, and what can be done about a stuck stack in the folder `ladder`.
"""

from dataclasses import replace
from typing import assert_never

from airhail.actors.connection.ladder import cures
from airhail.actors.connection.ladder.events import QuestionAnswered, Remembered, RungAnswered, UsesRead
from airhail.actors.connection.ladder.judge import answer, judge
from airhail.actors.connection.links import following, quick, rendezvous, wishes
from airhail.actors.connection.links.deadlines import expire, mind_interfaces
from airhail.actors.connection.links.events import (
    ActivationAccepted,
    ActivationRefused,
    AirLent,
    AirRefused,
    DeactivationRefused,
    DeviceFell,
    DeviceSeen,
    Effect,
    Event,
    FormationFailed,
    GroupStarted,
    HostSeen,
    NegotiationFailed,
    NegotiationSucceeded,
    PeerAnswered,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    StackSeen,
    Tick,
    VerdictChanged,
)
from airhail.actors.connection.links.link import Phase, enter, fail
from airhail.actors.connection.links.quick import RadiosSeen
from airhail.actors.connection.links.rendezvous_events import (
    AttemptCalledOff,
    MoveAllowed,
    PeerReaddressed,
    PeersTrusted,
    PlanAgreed,
    PlanAwaited,
    SeenThere,
)
from airhail.actors.connection.links.state import (
    Stage,
    State,
    activating,
    awaiting_air,
    awaits_air,
    give_up,
    in_phase,
    on_radio,
    put,
)
from airhail.actors.connection.links.turns import settle
from airhail.actors.connection.links.verdicts import heed
from airhail.actors.connection.links.world import Host
from airhail.actors.reasons import Problem, Reason


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    before, in_use = state, state.cure
    state, effects = _take(state, event, now)
    state, more = cures.proceed(state, now)
    effects += more
    if in_use and state.cure is None:
        # What a rung kept us from taking for a link is looked at again, before anybody judges or moves.
        state, more = following.look(state, state.device, now)
        effects += more
    state = mind_interfaces(state, now)
    for go_on in (judge, settle):
        state, more = go_on(state, now)
        effects += more
    state, more = rendezvous.speak(before, event, state)
    effects += more
    tended, settings = quick.tend(state.quick, state.links)
    state, effects = replace(state, quick=tended), [*effects, *settings]
    return (replace(state, lent=False) if ReturnAir() in effects else state), effects


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    match event:
        case PeerWanted():
            return wishes.want(state, event, now), []
        case PeerUnwanted(peer):
            return wishes.unwant(state, peer, now)
        case HostSeen(host):
            return _look_around(state, host, now), []
        case DeviceSeen(device):
            return following.look(state, device, now)
        case DeviceFell(problem) if state.cure and state.cure.stage in (Stage.BEGINNING, Stage.ASKING):
            return cures.answered(state, state.cure.rung, problem.reason, now)
        case DeviceFell(problem):
            return following.fell(state, problem, now), []
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
            return following.accepted(replace(state, unanswered=False), peer, active)
        case ActivationRefused(_, problem) if state.cure:
            return cures.answered(replace(state, unanswered=False), state.cure.rung, problem.reason, now)
        case ActivationRefused(peer, problem):
            return following.refused(replace(state, unanswered=False), peer, problem, now), []
        case DeactivationRefused(active, problem):
            return following.kept(state, active, problem, now)
        case PeerRang(peer):
            return wishes.rang(state, peer, now)
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
            return following.answered(state, peer, address, now), []
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
        case UsesRead(used):
            return replace(state, used=used), []
        case Tick():
            return expire(state, now)
        case PeersTrusted(peers):
            return rendezvous.trusted(state, peers), []
        case PeerReaddressed():
            return rendezvous.readdress(state, event)
        case PlanAwaited(peer):
            return rendezvous.awaited(state, peer, now), []
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
