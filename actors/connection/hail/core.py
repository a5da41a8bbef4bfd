"""Decides what is said to each peer about a link, and when this host may move.

Rules:

1. Nobody moves unless the other end agreed to this session and has said within the last seconds that it is ready; a
   follower moves only on evidence that the first one has.
2. Whoever learns that the other end has left ends its own attempt at once.
3. Everything that is waited for has a limit, and what comes of it a reason.
4. Whatever an end forgets (a crash forgets all but the wishes), the other end notices: by a session that is not known
   any more, by a new proposal, or by silence.

The stages are in `stages`, what a message does in `heard`, what becomes of a proposal in `accepting`, what is said in
`speech`, the plan in `plan`. `docs/hail.md` tells all of it for another implementation.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from airhail.actors.connection.hail.accepting import OBSTACLES, accept, refuse
from airhail.actors.connection.hail.events import (
    AttemptEnded,
    Delivered,
    Effect,
    EndAttempt,
    Event,
    HailSkipped,
    HailUnwanted,
    HailWanted,
    HereSeen,
    MessageArrived,
    Move,
    MovedHere,
    PeerForgotten,
    Policy,
    PolicySet,
    ReadyHere,
    RingHeard,
    SendFailed,
    StopAsking,
    TakeBack,
    Tick,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.heard import follow, hear, move_if_ready
from airhail.actors.connection.hail.messages import MAX_NETWORKS, Message, Over, Refusal, Refuse, Withdraw
from airhail.actors.connection.hail.networks import candidates, free
from airhail.actors.connection.hail.plan import offer
from airhail.actors.connection.hail.speech import speak
from airhail.actors.connection.hail.stages import BOUND, LATE_S, SILENCE_S, Stage
from airhail.actors.connection.hail.state import (
    Conversation,
    State,
    begin,
    drop,
    enter,
    finish,
    hush,
    land,
    put,
    refusal,
    unhush,
)
from airhail.actors.reasons import Problem, Reason

# What it means that a stage's time is up; for ASKING see `_overdue`.
OVERDUE: Mapping[Stage, Problem] = {
    Stage.CALLING: Problem(Reason.HAIL_UNANSWERED),
    Stage.RINGING: Problem(Reason.PEER_ASKED_IN_VAIN),
    Stage.ACCEPTED: Problem(Reason.HAIL_LOST, "the peer told no plan"),
    Stage.PREPARING: Problem(Reason.NOT_READY, "this host"),
    Stage.READY: Problem(Reason.NOT_READY, "the peer"),
    Stage.FOLLOWING: Problem(Reason.NOT_READY, "this host"),
    Stage.MOVING: Problem(Reason.NETWORKMANAGER_SILENT),
    Stage.MOVED: Problem(Reason.PEER_NEVER_ANSWERED),
}

Outcome = tuple[State, list[Effect]]


def step(state: State, event: Event, now: float) -> Outcome:
    """Take one event; return the new state and what to do, in order."""
    state, effects = _take(state, event, now)
    state, more = speak(state, now)
    return state, effects + more


def _take(state: State, event: Event, now: float) -> Outcome:
    match event:
        case HailWanted():
            return _want(state, event, now)
        case HailUnwanted(peer, withdrawn):
            return _unwant(state, peer, withdrawn, now)
        case HereSeen(here):
            return replace(state, here=here), []
        case PolicySet(peer, policy):
            return _set_policy(state, peer, policy, now)
        case PeerForgotten(peer):
            return _forget(state, peer, now)
        case MessageArrived(peer, message):
            return hear(state, peer, message, now)
        case Delivered(peer, number):
            return _delivered(state, peer, number, now)
        case SendFailed(peer, number, problem):
            return _failed(state, peer, number, problem, now)
        case UserAccepted(peer) | UserRefused(peer):
            return _answered(state, peer, isinstance(event, UserAccepted), now)
        case ReadyHere(peer, session):
            one = _in(state, peer, session, Stage.PREPARING)
            return move_if_ready(state, enter(one, Stage.READY, now), now) if one else (state, [])
        case MovedHere(peer, session):
            one = _in(state, peer, session, Stage.MOVING)
            return put(state, enter(one, Stage.MOVED, now)) if one else state, []
        case RingHeard(peer):
            one = state.conversations.get(peer)
            heard = one and one.plan and one.stage in (Stage.READY, Stage.FOLLOWING)
            return follow(state, one, one.plan.ring_after, now) if heard and one and one.plan else (state, [])
        case HailSkipped(peer):
            return _skip(state, peer, now)
        case AttemptEnded(peer, session, problem):
            return _ended(state, peer, session, problem, now)
        case Tick():
            return _expire(state, now)
        case _:
            assert_never(event)


def _want(state: State, wish: HailWanted, now: float) -> Outcome:
    peer = wish.peer
    state = unhush(replace(state, wants={**state.wants, peer: wish}), peer)
    one = state.conversations.get(peer)
    own = offer(state.here, wish.tried, wish.rung)
    obstacle = refusal(state, peer)
    in_vain: list[Effect] = [EndAttempt(peer, wish.session, OBSTACLES[obstacle])] if obstacle else []
    if one and one.stage is Stage.ASKING:
        state, effects = _answered(put(state, replace(one, own=own)), peer, True, now)
        return state, effects + in_vain
    if one and one.stage is not Stage.ENDING:
        return state, []
    if obstacle:
        return state, in_vain
    if one:
        state = drop(state, one)
    known = (state.here.address, wish.address) if wish.address else None
    networks = free(candidates(state.own, peer, known), state.here.taken)[:MAX_NETWORKS]
    call = begin(peer, wish.session, Stage.CALLING, own, now)
    return put(state, replace(call, networks=tuple(networks))), []


def _unwant(state: State, peer: str, withdrawn: bool, now: float) -> Outcome:
    state = replace(state, wants={other: wish for other, wish in state.wants.items() if other != peer})
    if withdrawn:
        # The other end sees the link go, and would call to have it back.
        state = hush(state, peer, Refusal.WITHDRAWN, now)
    one = state.conversations.get(peer)
    if one is None or one.stage in (Stage.ASKING, Stage.ENDING):
        return state, []
    gone = withdrawn or one.stage is not Stage.ACCEPTED
    return finish(state, one, now, word=Withdraw(one.session) if gone else _over(one, Reason.NOT_READY))


def _skip(state: State, peer: str, now: float) -> Outcome:
    """Forget what was to be agreed on: any word of it could only end what the peer has begun."""
    one = state.conversations.get(peer)
    if one is None or one.plan or one.stage is Stage.ENDING:
        return state, []
    state, effects = finish(state, one, now)
    state = replace(state, past={**state.past, one.session: None})
    state, flight = land(state, peer)
    return state, [*effects, TakeBack(peer, flight.number)] if flight else effects


def _set_policy(state: State, peer: str, policy: Policy, now: float) -> Outcome:
    others = {other: one for other, one in state.policies.items() if other != peer}
    state = replace(state, policies=others if policy is Policy.ASK else {**others, peer: policy})
    one = state.conversations.get(peer)
    if policy is Policy.ASK or one is None or one.stage is not Stage.ASKING:
        return state, []
    return _answered(state, peer, True, now) if policy is Policy.ALWAYS else refuse(state, one, Refusal.NEVER, now)


def _forget(state: State, peer: str, now: float) -> Outcome:
    effects: list[Effect] = []
    if one := state.conversations.get(peer):
        state, effects = finish(state, one, now, Problem(Reason.PEER_WITHDREW, "it is not trusted any more"))
    state = unhush(state, peer)
    return (
        replace(
            state,
            wants={other: wish for other, wish in state.wants.items() if other != peer},
            policies={other: policy for other, policy in state.policies.items() if other != peer},
            asides={other: aside for other, aside in state.asides.items() if other != peer},
        ),
        effects,
    )


def _answered(state: State, peer: str, accepted: bool, now: float) -> Outcome:
    """Take the user's word, or what stands for it: a wish or a policy."""
    one = _in(state, peer, None, Stage.ASKING)
    if one is None:
        return state, []
    if not accepted:
        return refuse(state, one, Refusal.DECLINED, now)
    state, effects = accept(state, one, now)
    return state, effects if StopAsking(peer) in effects else [StopAsking(peer), *effects]


def _delivered(state: State, peer: str, number: int, now: float) -> Outcome:
    state, flight = land(state, peer, number)
    one = state.conversations.get(peer)
    if flight is None or one is None or (one.session, one.stage) != (flight.session, flight.stage):
        return state, []
    if one.stage is Stage.ENDING:
        if one.last_word in (Withdraw(one.session), Refuse(one.session, Refusal.WITHDRAWN)):
            state = unhush(state, peer)
        return drop(state, one), []
    if one.stage is Stage.MOVED and one.plan and not one.plan.first:
        one = replace(one, say_at=None)  # the first one repeats its own word if it misses ours
    return move_if_ready(state, replace(one, delivered=True, trouble=None), now)


def _failed(state: State, peer: str, number: int, problem: Problem, now: float) -> Outcome:
    state, flight = land(state, peer, number)
    one = _in(state, peer, flight.session, Stage.CALLING) if flight else None
    if one is None:
        return state, []
    if problem.reason is Reason.NO_CARRIER:
        return finish(state, one, now, problem)
    return put(state, replace(one, trouble=problem)), []


def _ended(state: State, peer: str, session: bytes, problem: Problem | None, now: float) -> Outcome:
    one = _in(state, peer, session)
    if one is None or one.stage in (Stage.ASKING, Stage.ENDING):
        return state, []
    if one.plan is None:
        return finish(state, one, now, word=Withdraw(session))
    return finish(state, one, now, word=Over(session, problem.reason.value if problem else ""))


def _expire(state: State, now: float) -> Outcome:
    """Have everything that is due happen."""
    state = replace(
        state,
        flights={peer: flight for peer, flight in state.flights.items() if flight.until > now},
        quiet={peer: quiet for peer, quiet in state.quiet.items() if quiet.until > now},
    )
    effects: list[Effect] = []
    for one in list(state.conversations.values()):
        if one.move_at is not None and one.move_at <= now <= one.move_at + LATE_S:
            state = put(state, enter(one, Stage.MOVING, now))
            effects.append(Move(one.peer, one.session))
        elif one.deadline <= now or (one.move_at is not None and one.move_at <= now):
            state, more = _overdue(state, one, now)
            effects += more
        elif one.silent_at is not None and one.silent_at <= now:
            state, more = _lost(state, one, now)
            effects += more
        elif one.unheard_at is not None and one.unheard_at <= now:
            state, more = finish(state, one, now, Problem(Reason.PEER_NOT_TOLD), _over(one, Reason.PEER_NOT_TOLD))
            effects += more
    return state, effects


def _overdue(state: State, one: Conversation, now: float) -> Outcome:
    if one.stage is Stage.ENDING:
        return drop(state, one), []
    if one.stage is Stage.ASKING:
        return refuse(state, one, Refusal.NO_ANSWER, now)
    problem = OVERDUE[one.stage]
    if one.stage is Stage.CALLING and one.trouble:
        problem = one.trouble
    return finish(state, one, now, problem, _over(one, problem.reason))


def _lost(state: State, one: Conversation, now: float) -> Outcome:
    if one.stage is Stage.ASKING:
        return finish(state, one, now)
    reason = Reason.HAIL_LOST if one.stage in BOUND else Reason.HAIL_UNANSWERED
    return finish(state, one, now, Problem(reason, f"silent for {SILENCE_S:.0f} s"), _over(one, reason))


def _over(one: Conversation, reason: Reason) -> Message:
    """Return the last word for an end that gives up: before both have agreed it is that the wish is gone."""
    return Over(one.session, reason.value) if one.stage in BOUND else Withdraw(one.session)


def _in(state: State, peer: str, session: bytes | None, stage: Stage | None = None) -> Conversation | None:
    one = state.conversations.get(peer)
    if one is None or session not in (None, one.session):
        return None
    return one if stage in (None, one.stage) else None
