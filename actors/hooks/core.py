"""Decides what the hooks are told of each link, and when.

Rules:

1. What is told of one link is told in order, one word at a time. What happens while hooks run is drawn together to
   what is true in the end: a flap is not worth a word, but a link that was lost and made anew is told as both.
2. A word is written down when its hooks have ended. A life that ends in between tells it again: at least once, not at
   most, since a missed `up` is a program that never starts.
3. What was told is not told again because an actor restarted: a link that connection does not show yet is not gone.
4. Only what was up can be suspect, or go.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from airhail.actors.hooks.events import (
    CallHooks,
    Effect,
    Event,
    Facts,
    HooksEnded,
    Keep,
    LinksSeen,
    Moment,
    Standing,
    Tick,
)
from airhail.actors.hooks.state import State, Told, Word
from airhail.ipc.verdict import VERDICT_S

# A connection that begins anew shows its links again within a second or two: it reads NetworkManager, and each peer
# has to answer.
SETTLE_S = 10.0

INTERFACE = "AIRHAIL_INTERFACE"
# Of the facts of a link that is no more, these are news; the others are those that it had.
NEWS = ("AIRHAIL_VERDICT", "AIRHAIL_FINDING", "AIRHAIL_REASON")


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    effects: list[Effect] = []
    match event:
        case LinksSeen(None):
            state = replace(state, links=None, settled=None, unjudged={})
        case LinksSeen(links):
            settled = now + SETTLE_S if state.links is None else state.settled
            state = replace(state, links=links, settled=settled)
        case HooksEnded(peer):
            state, effects = _end(state, peer), [Keep()]
        case Tick():
            over = state.settled is not None and state.settled <= now
            state = replace(state, settled=None) if over else state
        case _:
            assert_never(event)
    if state.links is not None:
        state = _hear(state, state.links, now)
    return _speak(state, effects)


def _end(state: State, peer: str) -> State:
    told = state.told[peer]
    told = replace(told, last=told.now, now=None)
    others = {one: was for one, was in state.told.items() if one != peer}
    # What is down, and stays so, needs no memory.
    return replace(state, told={**others, peer: told} if told.next or told.is_up else others)


def _hear(state: State, links: Mapping[str, Standing], now: float) -> State:
    """Note what is to be told of each link, as it stands."""
    told, unjudged = dict(state.told), {}
    # In an order that a replay has too, which that of a set of strings is not.
    for peer in {**state.told, **links}:
        before = told.get(peer, Told())
        standing = links.get(peer, Standing(up=False))
        if standing.up and standing.judged and not standing.verdict and not before.is_up:
            until = state.unjudged.get(peer, now + VERDICT_S)
            if until > now:
                unjudged[peer] = until
                continue
        moment = _moment(standing, before)
        if moment is Moment.DOWN and not standing.up and state.settled is not None:
            continue
        if (after := _note(before, Word(moment, standing.facts))) != before:
            told[peer] = after
    return replace(state, told=told, unjudged=unjudged)


def _moment(standing: Standing, before: Told) -> Moment:
    if not standing.up or standing.verdict == "dead":
        return Moment.DOWN
    if standing.verdict:
        return Moment.UP if standing.verdict == "alive" else Moment.SUSPECT
    # Nobody judges now; what was told last still holds.
    return before.latest.moment if before.is_up and before.latest else Moment.UP


def _note(told: Told, word: Word) -> Told:
    """Put *word* behind what is still to be told, and drop what it makes pointless."""
    heard = told.now or told.last
    heard_up = heard is not None and heard.moment is not Moment.DOWN
    downs = tuple(one for one in told.next if one.moment is Moment.DOWN)
    latest = told.latest
    if latest is None or latest.moment is Moment.DOWN:
        return replace(told, next=(*downs, word)) if word.moment is Moment.UP else told
    if word.moment is Moment.DOWN:
        gone = Word(Moment.DOWN, _farewell(latest.facts, word.facts))
        # Nobody needs to hear of the end of what they never heard of.
        return replace(told, next=downs or ((gone,) if heard_up else ()))
    if latest.facts.get(INTERFACE) != word.facts.get(INTERFACE):
        # Another group: in between the link was gone.
        ended = _note(told, Word(Moment.DOWN))
        return _note(ended, Word(Moment.UP, word.facts))
    if latest.moment is word.moment:
        return told
    if heard_up and not downs:
        return replace(told, next=() if heard and heard.moment is word.moment else (word,))
    # The first word of a link is `up`, whatever follows.
    ups = tuple(one for one in told.next if one.moment is Moment.UP)
    return replace(told, next=(*downs, *ups, *(() if word.moment is Moment.UP else (word,))))


def _farewell(had: Facts, news: Facts) -> Facts:
    return {name: had[name] for name in had if name not in NEWS} | {name: news[name] for name in NEWS if name in news}


def _speak(state: State, effects: list[Effect]) -> tuple[State, list[Effect]]:
    """Call the hooks with the next word of every link for which none run."""
    told = dict(state.told)
    for peer, one in told.items():
        if one.now is None and one.next:
            word, *rest = one.next
            told[peer] = replace(one, now=word, next=tuple(rest))
            effects = [*effects, CallHooks(peer, word.moment, word.facts)]
    return replace(state, told=told), effects
