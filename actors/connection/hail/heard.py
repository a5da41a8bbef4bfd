"""What each message does to a conversation, by the stage that it is in.

`REACTIONS` is the table; a reaction's first line says what comes of it. A message that has no entry for a stage is a
sign of life and no more.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from airhail.actors.connection.hail.accepting import OBSTACLES, consider
from airhail.actors.connection.hail.events import BeenSeen, Effect, Move
from airhail.actors.connection.hail.messages import (
    Accept,
    Go,
    Message,
    Moved,
    Over,
    Propose,
    Ready,
    Refusal,
    Refuse,
    Ringing,
    Unreadable,
    Withdraw,
)
from airhail.actors.connection.hail.plan import plan_of_answerer, plan_of_proposer
from airhail.actors.connection.hail.stages import BOUND, FRESH_S, Stage
from airhail.actors.connection.hail.state import (
    FORGOTTEN,
    Conversation,
    State,
    agree,
    busy,
    enter,
    finish,
    put,
    refusal,
)
from airhail.actors.reasons import Problem, Reason

Outcome = tuple[State, list[Effect]]
Reaction = Callable[[State, Conversation, Any, float], Outcome]
"""Takes the message of the type that it stands for in the table."""

PROBLEMS: Mapping[Refusal, Problem] = {
    Refusal.DECLINED: Problem(Reason.PEER_DECLINED, "its user declined"),
    Refusal.NO_ANSWER: Problem(Reason.PEER_ASKED_IN_VAIN),
    Refusal.NEVER: Problem(Reason.PEER_DECLINED, "it takes no calls from this host"),
    Refusal.BUSY: Problem(Reason.PEER_BUSY),
    Refusal.NO_RADIO: Problem(Reason.PEER_WITHOUT_RADIO),
    Refusal.WITHDRAWN: Problem(Reason.PEER_WITHDREW),
    Refusal.VERSION: Problem(Reason.HAIL_VERSION),
}
BEGAN_ANEW = Problem(Reason.HAIL_LOST, "the peer began anew")


def hear(state: State, peer: str, message: Message | Unreadable, now: float) -> Outcome:
    """Take a message of *peer*'s."""
    if isinstance(message, Unreadable):
        return _unreadable(state, peer, message), []
    one = state.conversations.get(peer)
    if one is not None and one.session == message.session:
        one = replace(one, heard=now)
        reaction = REACTIONS.get(type(message), {}).get(one.stage)
        if reaction is None or not _fits(one, message):
            return put(state, one), []
        return reaction(put(state, one), one, message, now)
    if isinstance(message, Propose):
        return _proposed(state, peer, one, message, now)
    if isinstance(message, Over | Refuse | Withdraw):
        return replace(state, passed_over=state.passed_over + 1), []  # a last word needs no answer
    if isinstance(message, Moved) and state.here.busy_with == peer:
        # This end was restarted in the middle of it, and its activation goes on without a session.
        return replace(state, passed_over=state.passed_over + 1), []
    return _answer(state, peer, Over(message.session, FORGOTTEN)), []


def move_if_ready(state: State, one: Conversation, now: float) -> Outcome:
    """Have this host move first, if that is the plan, both ends are ready at this moment, and each hears the other.

    That its own word has been delivered shows that the other end will hear of the move, too.
    """
    ready = one.stage is Stage.READY and one.plan is not None and one.plan.first
    heard = one.delivered and one.peer not in state.flights
    if not (ready and heard) or one.other_ready is None or now > one.other_ready + FRESH_S:
        return put(state, one), []
    return put(state, enter(one, Stage.MOVING, now)), [Move(one.peer, one.session)]


def follow(state: State, one: Conversation, wait: float, now: float) -> Outcome:
    """Have this host, if it is the follower, move so long after what told it of the first one's move."""
    if one.plan is None or one.plan.first:
        return put(state, one), []
    if one.stage is Stage.READY:
        one = enter(one, Stage.FOLLOWING, now)
    move_at = now + wait if one.move_at is None else min(one.move_at, now + wait)
    return put(state, replace(one, move_at=move_at)), []


def _fits(one: Conversation, message: Message) -> bool:
    """Tell whether *message* comes from the end whose part it is to say it."""
    if isinstance(message, Ringing | Accept | Ready | Refuse):
        return one.ours
    return not one.ours if isinstance(message, Propose | Go) else True


def _unreadable(state: State, peer: str, message: Unreadable) -> State:
    state = replace(state, passed_over=state.passed_over + 1)
    return _answer(state, peer, Refuse(message.session, Refusal.VERSION)) if message.session else state


def _answer(state: State, peer: str, message: Message) -> State:
    return replace(state, asides={**state.asides, peer: message})


def _proposed(state: State, peer: str, one: Conversation | None, message: Propose, now: float) -> Outcome:
    if message.session in state.past:
        word = state.past[message.session]
        return _answer(state, peer, word) if word else state, []
    if one is None:
        return consider(state, peer, None, message, now)
    if one.stage in (Stage.CALLING, Stage.RINGING) and state.own < peer:
        # Both propose: the session of the lower trust id is the one. The other end takes it as soon as it hears ours.
        return put(state, replace(one, say_at=min(now, one.say_at or now))), []
    if one.stage is Stage.ASKING:
        return consider(state, peer, one, message, now)
    obstacle = refusal(state, peer)
    problem = None
    if one.stage in BOUND:
        problem = BEGAN_ANEW  # it would not, if it still knew of the session that we are in
    elif one.stage is not Stage.ENDING and obstacle:
        problem = OBSTACLES[obstacle]
    state, effects = finish(state, one, now, problem)
    state, more = consider(state, peer, None, message, now)
    return state, effects + more


def _propose_again(state: State, one: Conversation, message: Propose, now: float) -> Outcome:
    """It did not hear our last word: say it again."""
    return put(state, replace(one, say_at=now)), []


def _ringing(state: State, one: Conversation, message: Ringing, now: float) -> Outcome:
    """Wait for the other end's user."""
    # The proposal has been heard; said again, it is the sign of life.
    return put(state, replace(enter(one, Stage.RINGING, now), say_at=one.say_at)), []


def _accepted(state: State, one: Conversation, message: Accept, now: float) -> Outcome:
    """Make the plan, tell it, and get ready."""
    if busy(state, one.peer):
        # Another peer was quicker. Nobody has moved yet, so the one that waits may be told to try again.
        return finish(state, one, now, OBSTACLES[Refusal.BUSY], Over(one.session, Reason.RADIO_IN_USE.value))
    # Only what we proposed, whatever the other end says.
    network = message.network if message.network in one.networks else ""
    one = replace(one, theirs=message.offer, network=network)
    return agree(state, one, plan_of_proposer(one.session, one.own, message.offer, network), now)


def _refused(state: State, one: Conversation, message: Refuse, now: float) -> Outcome:
    """Give up for the reason that the other end has."""
    return finish(state, one, now, PROBLEMS[message.reason])


def _go(state: State, one: Conversation, message: Go, now: float) -> Outcome:
    """Get ready by the plan."""
    if one.theirs is None:
        raise ValueError(f"the session with {one.peer} was accepted without an offer")
    plan = plan_of_answerer(one.session, one.own, one.theirs, one.network, message)
    state, effects = agree(state, replace(one, other_ready=now if message.ready else None), plan, now)
    return state, [*effects, BeenSeen(one.peer, one.session)] if message.ready and not plan.first else effects


def _ready(state: State, one: Conversation, message: Go | Ready, now: float) -> Outcome:
    """Note that the other end is ready; the first one moves if it is, too."""
    if isinstance(message, Go) and not message.ready:
        return put(state, one), []
    seen = one.other_ready is None and one.plan is not None and not one.plan.first
    state, effects = move_if_ready(state, replace(one, other_ready=now), now)
    return state, [BeenSeen(one.peer, one.session)] if seen else effects


def _moved(state: State, one: Conversation, message: Moved, now: float) -> Outcome:
    """Follow, as long after as the plan says."""
    one = replace(one, other_moved=True)
    return follow(state, one, one.plan.after if one.plan else 0.0, now)


def _both_moved(state: State, one: Conversation, message: Moved, now: float) -> Outcome:
    """Both are on the air: the first one has no more to say, and the follower says once more that it has moved."""
    first = one.plan is not None and one.plan.first
    return put(state, replace(one, other_moved=True, say_at=None if first else now)), []


def _over(state: State, one: Conversation, message: Over, now: float) -> Outcome:
    """End this end's attempt at once."""
    if message.reason == FORGOTTEN:
        return finish(state, one, now, Problem(Reason.HAIL_LOST, "the peer does not know of it any more"))
    return finish(state, one, now, Problem(Reason.PEER_GAVE_UP, message.reason or "it takes itself to be linked"))


def _over_moved(state: State, one: Conversation, message: Over, now: float) -> Outcome:
    """End this end's attempt at once, unless the other end is linked: then this one soon is, or says why not."""
    if message.reason:
        return _over(state, one, message, now)
    return put(state, replace(one, other_moved=True, say_at=None)), []


def _withdrawn(state: State, one: Conversation, message: Withdraw, now: float) -> Outcome:
    """End everything that is done about it."""
    return finish(state, one, now, PROBLEMS[Refusal.WITHDRAWN])


LIVE = tuple(stage for stage in Stage if stage is not Stage.ENDING)

REACTIONS: Mapping[type[Message], Mapping[Stage, Reaction]] = {
    Propose: {Stage.ENDING: _propose_again},
    Ringing: {Stage.CALLING: _ringing},
    Accept: {Stage.CALLING: _accepted, Stage.RINGING: _accepted},
    Refuse: dict.fromkeys(LIVE, _refused),
    Go: {Stage.ACCEPTED: _go, Stage.PREPARING: _ready, Stage.READY: _ready},
    Ready: {Stage.PREPARING: _ready, Stage.READY: _ready},
    Moved: {Stage.READY: _moved, Stage.FOLLOWING: _moved, Stage.MOVED: _both_moved},
    Over: {**dict.fromkeys(LIVE, _over), Stage.MOVED: _over_moved},
    Withdraw: dict.fromkeys(LIVE, _withdrawn),
}
