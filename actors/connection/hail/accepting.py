"""What is done about a peer's proposal: refused, accepted at once, or brought before the user."""

from collections.abc import Mapping
from dataclasses import replace

from airhail.actors.connection.hail.events import AskUser, AwaitPlan, Effect, EndAttempt, Policy
from airhail.actors.connection.hail.messages import Propose, Refusal, Refuse
from airhail.actors.connection.hail.networks import free
from airhail.actors.connection.hail.plan import offer
from airhail.actors.connection.hail.stages import MAX_ASKED, Stage
from airhail.actors.connection.hail.state import (
    Conversation,
    State,
    begin,
    drop,
    enter,
    finish,
    hush,
    put,
    refusal,
)
from airhail.actors.reasons import Problem, Reason

# What stands against a link that this host itself wants, in its own words.
OBSTACLES: Mapping[Refusal, Problem] = {
    Refusal.BUSY: Problem(Reason.RADIO_IN_USE, "for another peer"),
    Refusal.NO_RADIO: Problem(Reason.RADIO_UNAVAILABLE),
}


def consider(
    state: State, peer: str, asked: Conversation | None, message: Propose, now: float
) -> tuple[State, list[Effect]]:
    """Take a proposal that begins a session; *asked* is the one about which the user is being asked already.

    However many come from one peer, its user's question stays the same, with the same end.
    """
    want = state.wants.get(peer)
    own = offer(state.here, want.tried, want.rung) if want else offer(state.here)
    one = begin(peer, message.session, Stage.ASKING, own, now, message.offer)
    one = replace(one, networks=message.networks)
    effects: list[Effect] = []
    if word := refusal(state, peer):
        if asked:
            state, effects = finish(state, asked, now)
        return put(state, replace(enter(one, Stage.ENDING, now), last_word=Refuse(one.session, word))), effects
    if state.here.busy_with == peer:
        # Whoever asks for a new link has lost the old one.
        effects.append(EndAttempt(peer, one.session, Problem(Reason.PEER_LEFT, "it asks for a new link")))
    if asked:
        return put(drop(state, asked), replace(one, since=asked.since, deadline=asked.deadline)), effects
    if peer in state.wants or state.policies.get(peer) is Policy.ALWAYS:
        state, more = accept(put(state, one), one, now)
        return state, effects + more
    if len([other for other in state.conversations.values() if other.stage is Stage.ASKING]) >= MAX_ASKED:
        return replace(state, passed_over=state.passed_over + 1), []
    return put(state, one), [*effects, AskUser(peer, message.offer.name, one.deadline)]


def accept(state: State, one: Conversation, now: float) -> tuple[State, list[Effect]]:
    """Agree to a proposal, unless another link has come between."""
    if word := refusal(state, one.peer):
        return refuse(state, one, word, now)
    network = next(iter(free(one.networks, state.here.taken)), "")
    return put(state, replace(enter(one, Stage.ACCEPTED, now), network=network)), [AwaitPlan(one.peer)]


def refuse(state: State, one: Conversation, word: Refusal, now: float) -> tuple[State, list[Effect]]:
    """Tell the proposer why not."""
    if word in (Refusal.DECLINED, Refusal.NO_ANSWER):
        state = hush(state, one.peer, word, now)
    return finish(state, one, now, word=Refuse(one.session, word))
