"""The hail's core held against any order of events, also those that no other end of ours would cause."""

import random
from dataclasses import replace

import msgspec
import pytest

from airhail.actors.connection.hail.core import step
from airhail.actors.connection.hail.events import (
    AskUser,
    AttemptEnded,
    Delivered,
    EndAttempt,
    Event,
    HailSkipped,
    HailUnwanted,
    HailWanted,
    Here,
    HereSeen,
    MessageArrived,
    Move,
    MovedHere,
    PeerForgotten,
    Policy,
    PolicySet,
    ReadyHere,
    RingHeard,
    Send,
    SendFailed,
    StopAsking,
    TakeBack,
    Tick,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.messages import (
    Accept,
    Go,
    Message,
    Moved,
    Offer,
    Over,
    Propose,
    Ready,
    Refusal,
    Refuse,
    Ringing,
    Tier,
    Unreadable,
    Withdraw,
)
from airhail.actors.connection.hail.stages import BOUND, MAX_PAST, Stage
from airhail.actors.connection.hail.state import State
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.recording.codec import decode, encode

OWN = "5" * 16
PEERS = ("1" * 16, "8" * 16, "9" * 16)
SESSIONS = [bytes([number]) * 8 for number in range(6)]
NETWORKS = ("10.129.0.0", "10.130.0.4")


def offer(chance: random.Random) -> Offer:
    tried = tuple(chance.choices(["peer-never-answered", "no-such-reason"], k=chance.randrange(4)))
    rung = chance.choice(["", "flush", "restart-supplicant", "no-such-rung"])
    address = chance.choice(["02:00:00:00:00:01", "02:00:00:00:00:05"])
    return Offer(address, "x", chance.choice(list(Tier)), tried, rung)


def message(chance: random.Random, session: bytes) -> Message | Unreadable:
    said: list[Message | Unreadable] = [
        Propose(session, offer(chance), NETWORKS[: chance.randrange(3)]),
        Propose(session, offer(chance)),
        Ringing(session),
        Accept(session, offer(chance), chance.choice(("", *NETWORKS))),
        Refuse(session, chance.choice(list(Refusal))),
        Go(session, chance.random() < 0.5, 1000, 300, chance.choice(("", "flush", "x")), chance.random() < 0.5),
        Go(session, chance.random() < 0.5, 0, 0, ready=True),
        Ready(session),
        Ready(session),
        Moved(session),
        Over(session, chance.choice(("", "hail-lost", "no-such-reason"))),
        Withdraw(session),
        Unreadable("of another version", session),
        Unreadable("noise"),
    ]
    return chance.choice(said)


def event(chance: random.Random, state: State) -> Event:
    peer = chance.choice(PEERS)
    one = state.conversations.get(peer)
    session = one.session if one and chance.random() < 0.9 else chance.choice(SESSIONS)
    flight = state.flights.get(peer)
    number = flight.number if flight else 7
    here = Here("02:00:00:00:00:03", "n\x1b" * 40, chance.choice(list(Tier)), ("10.129.0.0/24",), True)
    events: list[Event] = [
        HailWanted(peer, chance.choice(SESSIONS), ("radio-lost",) * chance.randrange(5), "", ""),
        HailUnwanted(peer),
        HereSeen(here),
        HereSeen(chance.choice([here, Here(), replace(here, busy_with=chance.choice(PEERS))])),
        PolicySet(peer, chance.choice(list(Policy))),
        Tick() if chance.random() < 0.5 else PeerForgotten(peer),
        *(MessageArrived(peer, message(chance, session)) for _ in range(6)),
        *(Delivered(peer, number) for _ in range(3)),
        SendFailed(peer, number, Problem(chance.choice([Reason.NO_CARRIER, Reason.HAIL_UNANSWERED]))),
        UserAccepted(peer),
        UserAccepted(peer),
        UserRefused(peer),
        *(ReadyHere(peer, session) for _ in range(2)),
        *(MovedHere(peer, session) for _ in range(2)),
        RingHeard(peer),
        HailSkipped(peer),
        AttemptEnded(peer, session, chance.choice([None, Problem(Reason.FORMATION_FAILED)])),
        Tick(),
    ]
    return chance.choice(events)


def again(value: object) -> object:
    """Return what a recording of *value* says."""
    return msgspec.json.decode(msgspec.json.encode(encode(value)))


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    state, now = State(own=OWN), 0.0
    asked: set[str] = set()
    visited: set[Stage] = set()
    kept: list[Event] = []
    for _ in range(200):
        told = event(chance, state)
        if isinstance(told, Tick) and state.deadline is not None:
            now = max(now, state.deadline)
        else:
            now += chance.choice((0.0, 0.0, 0.1, 1.0, 5.0))
        before = state
        kept.append(told)
        state, effects = step(state, told, now)
        if isinstance(told, Tick) and before.deadline is not None:
            assert state != before, "it would spin for ever"
        for effect in effects:
            match effect:
                case AskUser(peer):
                    assert peer not in asked
                    asked.add(peer)
                case StopAsking(peer):
                    asked.remove(peer)
                case Move(peer, session):
                    one = before.conversations[peer]
                    assert (one.session, one.plan is not None) == (session, True)
                case Send(peer, number):
                    assert state.flights[peer].number <= number or isinstance(told, MessageArrived)
                case TakeBack(peer, number):
                    assert before.flights[peer].number == number
                    assert peer not in state.flights or state.flights[peer].number > number
                case EndAttempt(_, _, problem):
                    assert problem.reason
        if seed % 10 == 0:
            assert decode(again(state), State) == state
        stages = {one.peer: one.stage for one in state.conversations.values()}
        visited |= set(stages.values())
        assert asked == {peer for peer, stage in stages.items() if stage is Stage.ASKING}
        assert len([stage for stage in stages.values() if stage in BOUND]) <= 1, "a radio carries one link"
        assert len(state.past) <= MAX_PAST
        assert set(state.asides) | set(state.flights) | set(stages) <= set(PEERS)
    for _ in range(100):  # left alone, everything comes to its end
        if state.deadline is None:
            break
        now = max(now, state.deadline)
        state, _ = step(state, Tick(), now)
    assert state.deadline is None
    assert not state.conversations
    assert [decode(again(one), Event) for one in kept] == kept, "it can be recorded"
