"""The core of `lan`: bodies are delivered or said not to be, whatever lines do; nothing is sent without a wish."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.lan.core import admits_strangers, is_calling, step
from airhail.actors.lan.document import describe, document
from airhail.actors.lan.events import (
    AnswerBody,
    AnswerSend,
    AwaitAnswers,
    BodyAnswered,
    BodyHeard,
    CallPeer,
    CloseLine,
    Effect,
    Event,
    ExpectStrangers,
    HearingChanged,
    LineClosed,
    LineOpened,
    MessageTaken,
    NetworksSeen,
    PeersMet,
    SendAsked,
    SendBody,
    SendDropped,
    StrangersExpected,
    Tick,
)
from airhail.actors.lan.state import ANSWER_S, CALL_FIRST_S, CALL_LAST_S, MAX_LINES, MAX_SENDS, QUIET_S, State

BETA = "b" * 16
GAMMA = "c" * 16
HERE = "fe80::1%eth0"


class Machine:
    """The core with a clock, and what it asked for last."""

    def __init__(self) -> None:
        self.state = State()
        self.now = 0.0
        self.effects: Sequence[Effect] = ()
        self.take(NetworksSeen(("eth0",)))
        self.take(PeersMet((BETA, GAMMA)))

    def take(self, event: Event) -> Sequence[Effect]:
        self.state, self.effects = step(self.state, event, self.now)
        return self.effects

    def tick(self) -> Sequence[Effect]:
        deadline = self.state.deadline
        assert deadline is not None
        self.now = max(self.now, deadline)
        before = self.state
        self.take(Tick())
        assert self.state != before
        return self.effects


def test_an_idle_host_says_nothing_and_waits_for_nothing() -> None:
    machine = Machine()
    assert machine.effects == []
    assert machine.state.deadline is None


def test_a_body_is_sent_over_the_line_that_a_call_brings() -> None:
    machine = Machine()
    assert machine.take(SendAsked(1, BETA, "", b"x")) == [AwaitAnswers(True), CallPeer(BETA, "")]
    assert machine.take(LineOpened(5, BETA, HERE)) == [SendBody(5, 1, b"x"), AwaitAnswers(False)]
    assert machine.take(BodyAnswered(5, 1, taken=True)) == [AnswerSend(1)]
    assert machine.take(SendAsked(2, BETA, "", b"y")) == [SendBody(5, 2, b"y")]
    assert machine.take(BodyAnswered(5, 2, taken=False))[0] != AnswerSend(2)


def test_a_call_is_repeated_ever_more_slowly_until_nobody_waits() -> None:
    machine = Machine()
    machine.take(SendAsked(1, BETA, "", b"x"))
    pauses = []
    for _ in range(6):
        before = machine.now
        assert machine.tick() == [CallPeer(BETA, "")]
        pauses.append(machine.now - before)
    assert pauses[0] == CALL_FIRST_S
    assert max(pauses) == CALL_LAST_S
    assert machine.take(SendDropped(1)) == [AwaitAnswers(False)]
    assert machine.state.deadline is None


def test_a_line_that_does_not_answer_is_left_and_its_peer_called_again() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    machine.take(SendAsked(1, BETA, "", b"x"))
    machine.now += ANSWER_S
    assert machine.take(Tick()) == [AwaitAnswers(True), CloseLine(5), CallPeer(BETA, "")]
    assert machine.take(BodyAnswered(5, 1, taken=True)) == [], "too late: another line will say so"


def test_a_line_that_ends_leaves_nothing_behind() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    machine.take(LineOpened(6, BETA, HERE))
    machine.take(SendAsked(1, BETA, "", b"x"))
    assert machine.take(LineClosed(5)) == [SendBody(6, 1, b"x")]
    assert machine.take(LineClosed(6)) == [AwaitAnswers(True), CallPeer(BETA, "")]


def test_a_quiet_line_is_closed() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    assert machine.tick() == [CloseLine(5)]
    assert machine.now == QUIET_S
    assert machine.state.deadline is None


def test_who_is_not_met_is_not_called_and_not_heard() -> None:
    machine = Machine()
    (refused,) = machine.take(SendAsked(1, "d" * 16, "", b"x"))
    assert isinstance(refused, AnswerSend)
    assert "not met" in refused.problem
    assert machine.take(LineOpened(5, "d" * 16, HERE)) == [CloseLine(5)]
    assert machine.take(BodyHeard(5, 1, b"x")) == []


def test_who_is_met_no_more_is_left() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    machine.take(LineOpened(6, GAMMA, HERE))
    machine.take(SendAsked(1, BETA, "", b"x"))
    assert machine.take(PeersMet((GAMMA,))) == [CloseLine(5), AnswerSend(1, f"{BETA} is not met any more")]
    assert set(machine.state.lines) == {6}


def test_without_a_network_nobody_is_called() -> None:
    machine = Machine()
    machine.take(NetworksSeen(()))
    (refused,) = machine.take(SendAsked(1, BETA, "", b"x"))
    assert isinstance(refused, AnswerSend)
    assert "no network" in refused.problem
    assert document(machine.state)["problem"]["reason"] == "no-network"
    assert describe(machine.state) == "no-network"


def test_a_host_that_hears_no_calls_says_so_and_calls() -> None:
    machine = Machine()
    machine.take(HearingChanged("Address already in use"))
    assert describe(machine.state) == "calls-unheard"
    assert document(machine.state)["problem"]["detail"] == "Address already in use"
    assert CallPeer(BETA, "") in machine.take(SendAsked(1, BETA, "", b"x"))
    machine.take(HearingChanged())
    assert "problem" not in document(machine.state)


def test_deliveries_are_bounded() -> None:
    machine = Machine()
    for number in range(MAX_SENDS):
        machine.take(SendAsked(number, BETA, "", b"x"))
    (refused,) = machine.take(SendAsked(99, BETA, "", b"x"))
    assert isinstance(refused, AnswerSend)
    assert refused.problem


def test_the_line_that_was_quiet_for_longest_makes_room() -> None:
    machine = Machine()
    for number in range(MAX_LINES):
        machine.now += 0.1
        machine.take(LineOpened(number, BETA, HERE))
    machine.take(BodyHeard(0, 1, b"x"))
    assert machine.take(LineOpened(99, BETA, HERE)) == [CloseLine(1)]


def test_a_message_waits_in_the_inbox_until_it_is_taken() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    assert machine.take(BodyHeard(5, 1, b"\x01\xff")) == [AnswerBody(5, 1, True)]
    assert document(machine.state)["inbox"] == [
        {"number": 1, "peer": BETA, "address": HERE, "secure": False, "body": "01ff"}
    ]
    assert document(machine.state)["peers"] == {BETA: {"near": True}, GAMMA: {"near": False}}
    machine.take(MessageTaken(1))
    assert document(machine.state)["inbox"] == []


def test_a_flood_of_one_peer_leaves_room_for_others() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    machine.take(LineOpened(6, GAMMA, HERE))
    taken = [machine.take(BodyHeard(5, number, bytes([number])))[0] for number in range(9)]
    assert [effect == AnswerBody(5, number, True) for number, effect in enumerate(taken)] == [True] * 4 + [False] * 5
    assert machine.take(BodyHeard(6, 1, b"x")) == [AnswerBody(6, 1, True)]


def test_a_message_that_nobody_takes_is_forgotten() -> None:
    machine = Machine()
    machine.take(LineOpened(5, BETA, HERE))
    machine.take(BodyHeard(5, 1, b"x"))
    machine.take(LineClosed(5))
    machine.tick()
    assert machine.state.inbox.messages == ()


def test_strangers_are_heard_while_somebody_expects_them() -> None:
    machine = Machine()
    assert machine.take(LineOpened(4, "", HERE)) == [CloseLine(4)]
    assert machine.take(StrangersExpected(1, 60.0)) == [ExpectStrangers(True)]
    assert machine.take(StrangersExpected(2, 90.0)) == []
    machine.take(LineOpened(5, "", HERE))
    assert machine.take(BodyHeard(5, 1, b"x")) == [AnswerBody(5, 1, True)]
    assert machine.take(StrangersExpected(2, 0.0)) == []
    assert machine.take(StrangersExpected(1, 0.0)) == [ExpectStrangers(False), CloseLine(5)]
    assert machine.take(BodyHeard(5, 2, b"y")) == []


def test_strangers_are_left_with_the_last_that_was_to_be_had_with_them() -> None:
    machine = Machine()
    machine.take(SendAsked(1, "", HERE, b"x"))
    machine.take(LineOpened(5, "", HERE))
    machine.take(LineOpened(6, BETA, HERE))
    assert machine.take(BodyHeard(5, 1, b"y")) == [AnswerBody(5, 1, False)], "nobody expects anything of them"
    assert machine.take(BodyAnswered(5, 1, taken=True)) == [AnswerSend(1), CloseLine(5)]
    assert set(machine.state.lines) == {6}


def test_the_wait_for_strangers_ends_by_itself() -> None:
    machine = Machine()
    machine.take(StrangersExpected(1, 60.0))
    assert machine.tick() == [ExpectStrangers(False)]
    assert machine.now == 60.0


def test_a_body_for_a_stranger_goes_where_it_was_heard_from() -> None:
    machine = Machine()
    machine.take(StrangersExpected(1, 60.0))
    machine.take(LineOpened(5, "", "10.0.0.1"))
    assert machine.take(SendAsked(1, "", "10.0.0.2", b"x"))[-1] == CallPeer("", "10.0.0.2")
    assert machine.take(SendAsked(2, "", "10.0.0.1", b"x")) == [SendBody(5, 2, b"x")]
    assert machine.take(SendAsked(3, "", "", b"x")) == [SendBody(5, 3, b"x")]


EVENTS = st.one_of(
    st.builds(NetworksSeen, st.sampled_from([(), ("eth0",)])),
    st.builds(HearingChanged, st.sampled_from(["", "taken"])),
    st.builds(PeersMet, st.sampled_from([(), (BETA,), (BETA, GAMMA)])),
    st.builds(StrangersExpected, st.integers(1, 2), st.sampled_from([0.0, 10.0])),
    st.builds(
        SendAsked, st.integers(1, 40), st.sampled_from([BETA, GAMMA, ""]), st.sampled_from(["", HERE]), st.just(b"x")
    ),
    st.builds(SendDropped, st.integers(1, 40)),
    st.builds(LineOpened, st.integers(1, 40), st.sampled_from([BETA, GAMMA, ""]), st.just(HERE)),
    st.builds(LineClosed, st.integers(1, 40)),
    st.builds(BodyHeard, st.integers(1, 40), st.integers(1, 3), st.binary(min_size=1, max_size=1)),
    st.builds(BodyAnswered, st.integers(1, 40), st.integers(1, 40), st.booleans()),
    st.builds(MessageTaken, st.integers(1, 40)),
    st.just(Tick()),
)


@given(st.lists(st.tuples(EVENTS, st.floats(0, 5)), max_size=60))
def test_whatever_happens_what_is_promised_holds(story: list[tuple[Event, float]]) -> None:
    state, now = State(), 0.0
    open_port = expecting = False
    asked: set[int] = set()
    for event, pause in story:
        now += pause
        if isinstance(event, SendAsked):
            if event.send in asked:
                continue
            asked.add(event.send)
        if isinstance(event, LineOpened) and event.line in state.lines:
            continue
        state, effects = step(state, event, now)
        for effect in effects:
            match effect:
                case AwaitAnswers(wanted):
                    assert open_port is not wanted
                    open_port = wanted
                case ExpectStrangers(wanted):
                    assert expecting is not wanted
                    expecting = wanted
                case CallPeer():
                    assert open_port, "nobody is called before there is a port for the answer"
                case AnswerSend(send):
                    assert send in asked
                case _:
                    pass
        assert open_port == is_calling(state)
        assert expecting == bool(state.expecting)
        assert len(state.lines) <= MAX_LINES
        assert len(state.sends) <= MAX_SENDS
        strangers = [""] if admits_strangers(state) else []
        assert {line.peer for line in state.lines.values()} <= {*strangers, *state.met}
        assert all(send.line is None or send.line in state.lines for send in state.sends.values())
        if isinstance(event, Tick):
            assert state.deadline is None or state.deadline > now
