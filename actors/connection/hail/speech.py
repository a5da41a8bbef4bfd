"""What this end says now: the word of each conversation's stage, one at a time to each peer."""

from dataclasses import replace

from airhail.actors.connection.hail.events import Effect, Send
from airhail.actors.connection.hail.messages import Accept, Message, Moved, Propose, Ready, Ringing
from airhail.actors.connection.hail.plan import go_of
from airhail.actors.connection.hail.stages import FLIGHT_S, MANNERS, Stage
from airhail.actors.connection.hail.state import Conversation, Flight, State, in_flight, put


def speak(state: State, now: float) -> tuple[State, list[Effect]]:
    """Send what is due.

    The word of a new stage takes the place of one that is still on its way; the same word again waits for it.
    """
    effects: list[Effect] = []
    for one in state.conversations.values():
        if one.say_at is None or one.say_at > now or in_flight(state, one):
            continue
        every = MANNERS[one.stage].every
        state = put(state, replace(one, say_at=None if every is None else now + every))
        state, send = _send(state, one.peer, word(one), now, one)
        effects.append(send)
    for peer, aside in state.asides.items():
        if peer not in state.flights:
            state = replace(state, asides={other: one for other, one in state.asides.items() if other != peer})
            state, send = _send(state, peer, aside, now)
            effects.append(send)
    return state, effects


def word(one: Conversation) -> Message:
    """Return what this end says in the stage that the conversation is in."""
    match one.stage:
        case Stage.CALLING | Stage.RINGING:
            return Propose(one.session, one.own, one.networks)
        case Stage.ASKING:
            return Ringing(one.session)
        case Stage.PREPARING | Stage.READY if one.ours and one.plan:
            return go_of(one.plan, ready=one.stage is Stage.READY)
        case Stage.ACCEPTED | Stage.PREPARING:
            return Accept(one.session, one.own, one.network)
        case Stage.READY:
            return Ready(one.session)
        case Stage.MOVED:
            return Moved(one.session)
        case Stage.ENDING if one.last_word:
            return one.last_word
        case _:
            raise ValueError(f"nothing is said while {one.stage}")


def _send(
    state: State, peer: str, message: Message, now: float, one: Conversation | None = None
) -> tuple[State, Send]:
    number = state.sent + 1
    flight = Flight(number, one.session if one else b"", one.stage if one else None, now + FLIGHT_S)
    return replace(state, sent=number, flights={**state.flights, peer: flight}), Send(peer, number, message)
