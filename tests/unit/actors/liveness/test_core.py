"""The core of `liveness`: which links are probed, what each kind of evidence comes to, and no event breaks it."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from airhail.actors.liveness.core import step
from airhail.actors.liveness.document import describe, document
from airhail.actors.liveness.events import (
    AimLink,
    CloseLink,
    Effect,
    Event,
    GoodbyeWanted,
    HeardElsewhere,
    InterfaceSeen,
    KeysKnown,
    LinkLooked,
    LinkNotOpened,
    LinkOpened,
    LinksSeen,
    Looked,
    OpenLink,
    PeerAnswered,
    PeerLeft,
    ProbeHeard,
    ScanSeen,
    SendProbe,
    TellTrouble,
    TellVerdict,
    Tick,
    Watched,
)
from airhail.actors.liveness.link import (
    DEAD_S,
    FAREWELLS,
    FOREIGN_S,
    GONE_S,
    GRACE_S,
    LEFT_S,
    OPEN_AGAIN_S,
    OPEN_LATEST_S,
    SCAN_MOST_S,
    STUCK_S,
)
from airhail.actors.liveness.state import State
from airhail.actors.liveness.wire import ASK, AWAY, BYE, Probe
from airhail.actors.verdicts import Finding, Mode, Verdict

BETA = "42:00:00:00:02:00"
LINK = Watched(BETA, "p2p-wlan0-0", "10.200.0.2")
OURS, THEIRS = 1, 2
MOST = 2**64 - 1


class Machine:
    """The core with a clock, and a peer that answers for as long as it is there."""

    def __init__(self, *, keyed: bool = True, met: bool = True) -> None:
        self.state = State()
        self.now = 100.0
        self.effects: Sequence[Effect] = ()
        self.counter = 0
        self.heard = 0
        self.answers = met
        # Whether its radio acknowledges although it does not answer.
        self.acks = False
        self.look = Looked(radio=0.0)
        self.take(KeysKnown(frozenset({BETA} if keyed else ())))
        self.take(LinksSeen((LINK,)))
        self.take(LinkOpened(BETA, OURS))
        self.wait(15.0)

    def judged(self) -> tuple[Verdict | None, Finding | None]:
        shown = self.state.links[BETA].shown
        return shown.verdict, shown.finding

    def take(self, event: Event) -> Sequence[Effect]:
        self.state, effects = step(self.state, event, self.now)
        self.effects = [effect for effect in effects if not isinstance(effect, TellVerdict)]
        for effect in effects:
            if isinstance(effect, SendProbe) and effect.probe.flags & ASK:
                self.heard = effect.probe.counter
                if self.answers:
                    self.take(ProbeHeard(BETA, self.say()))
        return self.effects

    def say(self, flags: int = 0) -> Probe:
        self.counter += 1
        return Probe(THEIRS, self.counter, OURS, self.heard, self.heard, 0, flags)

    def wait(self, seconds: float) -> None:
        """Let time pass: the core ticks when it wants to, and the kernel answers each look."""
        until = self.now + seconds
        while (deadline := self.state.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            before = self.state
            self.take(Tick())
            assert self.state != before
            if self.look.radio is not None:
                answers = self.answers or self.acks
                self.look = replace(self.look, radio=0.0 if answers else self.look.radio + 0.2)
            self.take(LinkLooked(BETA, self.look))
        self.now = until


def test_nothing_is_opened_before_it_is_known_who_has_a_key() -> None:
    state, effects = step(State(), LinksSeen((LINK,)), 0.0)
    assert effects == []
    assert state.deadline is None
    state, effects = step(state, KeysKnown(frozenset()), 0.0)
    assert effects == [OpenLink(LINK)]


def test_sockets_that_cannot_be_had_are_tried_for_ever_more_rarely_and_told_once() -> None:
    state, _ = step(State(), KeysKnown(frozenset({BETA})), 0.0)
    state, effects = step(state, LinksSeen((LINK,)), 0.0)
    now, waits, told = 0.0, [], []
    for _ in range(9):
        assert effects[-1:] == [OpenLink(LINK)]
        assert state.deadline is None or state.deadline == float("inf")
        state, effects = step(state, LinkNotOpened(BETA, "taken"), now)
        told.append(effects)
        assert document(state)["links"][BETA].get("verdict") is None, "nobody has been asked"
        assert state.deadline is not None
        waits.append(state.deadline - now)
        now = state.deadline
        state, effects = step(state, Tick(), now)
    assert waits == [OPEN_AGAIN_S * 2**failures for failures in range(6)] + [OPEN_LATEST_S] * 3
    # The first may find an interface that is still being made.
    assert told == [[], [TellTrouble(LINK, "taken")], *[[]] * 7]
    assert document(state)["problem"]["detail"] == "p2p-wlan0-0: taken"
    assert describe(state) == "no-probes"
    state, _ = step(state, LinkOpened(BETA, OURS), now)
    assert "problem" not in document(state)


def test_a_link_that_answers_is_alive_and_tells_how_well() -> None:
    machine = Machine()
    shown = document(machine.state)["links"][BETA]
    assert (shown["verdict"], shown["mode"], "finding" in shown) == ("alive", "authenticated", False)
    assert shown["loss"] == {"to_peer": 0.0, "from_peer": 0.0}
    assert shown["rtt"]["samples"] > 10
    assert describe(machine.state) == "1 alive"


def test_a_link_is_watched_for_as_long_as_it_is_there() -> None:
    machine = Machine()
    assert machine.take(LinksSeen((replace(LINK, address="10.200.0.3"),))) == [AimLink(BETA, "10.200.0.3", "")]
    other = replace(LINK, interface="p2p-wlan0-1")
    assert machine.take(LinksSeen((other,))) == [CloseLink(BETA), OpenLink(other)]
    assert machine.take(LinksSeen(())) == [CloseLink(BETA)]
    assert machine.state.deadline is None


def test_a_silent_peer_is_dead_and_one_that_comes_back_is_alive_again() -> None:
    machine = Machine()
    machine.answers = False
    machine.wait(DEAD_S - 1.0)
    assert machine.judged()[0] is not Verdict.DEAD
    machine.wait(1.5)
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)
    machine.answers = True
    machine.wait(1.5)
    assert machine.judged() == (Verdict.ALIVE, None)


def test_a_silent_peer_that_is_heard_elsewhere_has_a_radio_that_is_stuck() -> None:
    machine = Machine()
    machine.take(HeardElsewhere(frozenset({BETA})))
    machine.answers = False
    machine.wait(DEAD_S + 0.5)
    assert machine.judged() == (Verdict.DEAD, Finding.RADIO_STUCK)


def test_a_peer_whose_radio_acknowledges_and_whose_system_does_not_answer_is_stuck_later() -> None:
    machine = Machine()
    machine.answers, machine.acks = False, True
    machine.wait(STUCK_S - 1.0)
    assert machine.judged() == (Verdict.SUSPECT, None)
    machine.wait(2.0)
    assert machine.judged() == (Verdict.DEAD, Finding.RADIO_STUCK)


def test_a_peer_whose_system_answers_is_not_dead() -> None:
    machine = Machine()
    machine.answers = False
    for _ in range(60):
        machine.wait(0.5)
        machine.take(PeerAnswered(BETA))
    assert machine.judged() == (Verdict.SUSPECT, Finding.FIREWALLED)


def test_a_goodbye_counts_at_once_and_once_only_for_a_session() -> None:
    machine = Machine()
    bye = machine.say(BYE)
    machine.take(ProbeHeard(BETA, bye))
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_LEFT)
    fresh = Machine()
    fresh.take(ProbeHeard(BETA, replace(bye, session=7)))
    assert fresh.judged() == (Verdict.DEAD, Finding.PEER_LEFT), "it echoes what was sent a moment ago"
    stale = Machine()
    stale.take(ProbeHeard(BETA, replace(bye, session=7, echo_counter=1)))
    assert stale.judged() == (Verdict.ALIVE, None)


def test_goodbye_is_said_three_times() -> None:
    machine = Machine()
    machine.answers = False
    said = list(machine.take(GoodbyeWanted(BETA)))
    while len(said) < FAREWELLS:
        machine.now = machine.state.deadline or 0.0
        said += machine.take(Tick())
    assert [effect.probe.flags for effect in said if isinstance(effect, SendProbe)] == [BYE] * FAREWELLS


def test_a_peer_that_left_the_group_is_dead_soon() -> None:
    for itself, finding in ((True, Finding.PEER_LEFT), (False, Finding.PEER_SILENT)):
        machine = Machine()
        machine.answers = False
        machine.take(PeerLeft(BETA, itself))
        machine.wait(LEFT_S + 0.01)
        assert machine.judged() == (Verdict.DEAD, finding)


def test_without_its_interface_a_link_is_dead_unless_it_comes_back() -> None:
    machine = Machine()
    machine.take(InterfaceSeen(BETA, there=False))
    machine.wait(GONE_S / 2)
    assert machine.judged() == (Verdict.ALIVE, None)
    machine.take(InterfaceSeen(BETA, there=True))
    machine.wait(GONE_S)
    assert machine.judged() == (Verdict.ALIVE, None)
    machine.take(InterfaceSeen(BETA, there=False))
    machine.wait(GONE_S + 0.5)
    assert machine.judged() == (Verdict.DEAD, Finding.OWN_RADIO_GONE)


def test_a_peer_that_is_away_to_scan_is_waited_for() -> None:
    machine = Machine()
    machine.answers = False
    machine.take(ProbeHeard(BETA, machine.say(AWAY)))
    machine.wait(4.5)
    assert machine.judged()[0] is Verdict.ALIVE
    machine.wait(5.0)
    assert machine.judged()[0] is Verdict.DEAD


def test_this_host_tells_that_it_goes_to_scan() -> None:
    machine = Machine()
    (told,) = machine.take(ScanSeen(frozenset({BETA})))
    assert isinstance(told, SendProbe)
    assert told.probe.flags == AWAY


def test_a_scan_of_this_host_stops_the_clock_and_does_not_turn_it_back() -> None:
    machine = Machine()
    machine.answers = False
    machine.wait(1.5)
    machine.take(ScanSeen(frozenset({BETA})))
    machine.wait(0.7)
    assert machine.judged()[0] is Verdict.SUSPECT
    machine.take(ScanSeen(frozenset()))
    machine.wait(DEAD_S - 1.5 + 0.1)
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)


def test_silence_counts_in_a_scan_through_which_the_peer_was_heard() -> None:
    machine = Machine()
    machine.take(ScanSeen(frozenset({BETA})))
    machine.wait(3.0)
    machine.answers = False
    machine.wait(DEAD_S + 0.1)
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)


def test_silence_counts_in_a_scan_that_goes_on_for_ever() -> None:
    machine = Machine()
    machine.answers = False
    machine.take(ScanSeen(frozenset({BETA})))
    machine.wait(SCAN_MOST_S - 0.1)
    assert machine.judged()[0] is not Verdict.DEAD
    machine.wait(0.5)
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)


def test_no_link_is_found_dead_while_this_host_scans_or_before_it_has_asked_again() -> None:
    machine = Machine()
    machine.answers, machine.acks = False, True
    machine.wait(DEAD_S + 1.0)
    machine.acks = False
    machine.take(ScanSeen(frozenset({BETA})))
    machine.wait(5.0)
    assert machine.judged()[0] is Verdict.SUSPECT
    machine.answers = True
    machine.take(ScanSeen(frozenset()))
    machine.wait(0.1)
    assert machine.judged() == (Verdict.ALIVE, None)


def test_a_scan_of_this_host_kills_no_link_to_a_peer_without_airhail() -> None:
    machine = Machine(keyed=False, met=False)
    machine.acks = True
    machine.wait(20.0)
    machine.acks = False
    machine.take(ScanSeen(frozenset({BETA})))
    machine.wait(2.0)
    machine.look = Looked(radio=FOREIGN_S + 1.0)
    machine.wait(FOREIGN_S - 1.0)
    assert machine.judged()[0] is Verdict.ALIVE
    machine.acks = True
    machine.take(ScanSeen(frozenset()))
    machine.wait(5.0)
    assert machine.judged() == (Verdict.ALIVE, None)


def test_a_new_life_of_the_peer_is_believed_once_it_has_heard_us() -> None:
    machine = Machine()
    first = Probe(9, 1, flags=ASK)
    (answer,) = machine.take(ProbeHeard(BETA, first))
    assert isinstance(answer, SendProbe)
    assert (answer.probe.echo_session, answer.probe.echo_counter) == (9, 1)
    assert machine.state.links[BETA].theirs.session == THEIRS
    machine.take(ProbeHeard(BETA, Probe(9, 2, OURS, answer.probe.counter)))
    assert machine.state.links[BETA].theirs.session == 9


def test_a_peer_without_airhail_is_judged_by_its_radio() -> None:
    machine = Machine(keyed=False, met=False)
    machine.acks = True
    machine.wait(20.0)
    shown = machine.state.links[BETA].shown
    assert (shown.verdict, shown.mode) == (Verdict.ALIVE, Mode.FOREIGN)
    machine.acks = False
    machine.look = Looked(radio=FOREIGN_S + 1)
    machine.wait(2 * FOREIGN_S)
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)


def test_a_trusted_peer_whose_probes_never_came_is_behind_a_firewall_or_gone() -> None:
    machine = Machine(met=False)
    machine.take(LinkLooked(BETA, Looked(radio=0.0)))
    assert machine.judged() == (Verdict.SUSPECT, Finding.FIREWALLED)
    machine.take(LinkLooked(BETA, Looked(radio=GRACE_S + 1)))
    assert machine.judged() == (Verdict.DEAD, Finding.PEER_SILENT)


def test_what_is_known_of_keys_begins_a_link_anew() -> None:
    machine = Machine()
    assert machine.take(KeysKnown(frozenset())) == [CloseLink(BETA), OpenLink(LINK)]
    assert machine.judged() == (None, None)


EVENTS = st.one_of(
    st.builds(ProbeHeard, st.just(BETA), st.builds(Probe, st.integers(1, 3), st.integers(1, 40), st.integers(0, 2))),
    st.sampled_from(
        [
            LinksSeen((LINK,)),
            LinksSeen(()),
            KeysKnown(frozenset()),
            KeysKnown(frozenset({BETA})),
            LinkOpened(BETA, OURS),
            LinkNotOpened(BETA, "taken"),
            PeerAnswered(BETA),
            LinkLooked(BETA, Looked(1.0, 0.5, False, 7)),
            LinkLooked(BETA, Looked(unanswered=True)),
            InterfaceSeen(BETA, False),
            InterfaceSeen(BETA, True),
            PeerLeft(BETA, True),
            ScanSeen(frozenset({BETA})),
            ScanSeen(frozenset()),
            HeardElsewhere(frozenset({BETA})),
            GoodbyeWanted(BETA),
            Tick(),
        ]
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(EVENTS, st.floats(0.0, 3.0)), max_size=40))
def test_whatever_comes_in_whatever_order_a_tick_moves_the_deadline(story: list[tuple[Event, float]]) -> None:
    state, now = State(), 0.0
    for event, seconds in story:
        now += seconds
        if state.deadline is not None and state.deadline <= now:
            state, _ = step(state, Tick(), now)
            assert state.deadline is None or state.deadline > now
        state, _ = step(state, event, now)
        document(state)
        for link in state.links.values():
            assert (link.shown.finding is None) or link.shown.verdict in (Verdict.SUSPECT, Verdict.DEAD)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.builds(Probe, st.integers(3, 2**64 - 1), st.integers(1, 99), st.integers(0, 2**64 - 1)), max_size=20)
)
def test_probes_that_echo_nothing_of_ours_change_no_verdict(noise: list[Probe]) -> None:
    machine = Machine()
    before = machine.state.links[BETA]
    for probe in noise:
        machine.take(ProbeHeard(BETA, replace(probe, echo_counter=before.sent + 5)))
    after = machine.state.links[BETA]
    assert after.shown == before.shown
    assert (after.theirs, after.confirmed) == (before.theirs, before.confirmed)
