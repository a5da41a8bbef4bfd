"""Ble's decisions: told as stories, then held against every order of events."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airhail.actors.ble.adapter import Adapter, Device, World
from airhail.actors.ble.calling import QUIET_S
from airhail.actors.ble.core import RETRY_FIRST_S, step
from airhail.actors.ble.document import describe, document
from airhail.actors.ble.duty import LEAST_S, MOST_S, SHARE, Budget
from airhail.actors.ble.events import (
    AnswerSend,
    AnswerWriter,
    BeaconEnded,
    BeaconStarted,
    BodyArrived,
    BodyRefused,
    BodyTaken,
    ConnectionMade,
    Effect,
    Event,
    Failure,
    HangUp,
    MailboxOpened,
    MailboxRefused,
    MessageTaken,
    OpenMailbox,
    Peer,
    PeersMet,
    SendAsked,
    SendDropped,
    StartBeacon,
    StopBeacon,
    StrangersExpected,
    Tick,
    WorldSeen,
    WriteBody,
)
from airhail.actors.ble.sends import HANG_UP_S, MAX_SENDS, MUTE_S, REWRITE_S, YIELD_S
from airhail.actors.ble.state import Beacon, Mailbox, State
from airhail.actors.inbox import KEPT_S, MAX_FROM_ONE
from airhail.actors.reasons import Reason
from airhail.ipc.errors import ErrorName

HCI0 = Adapter("/org/bluez/hci0", "hci0", "00:aa:01:00:00:00", powered=True, able=True)
ADDRESS = "00:aa:01:01:00:01"
OTHER = "00:aa:01:02:00:02"
AWAY = Device(f"{HCI0.path}/dev_1", HCI0.path, ADDRESS, bonded=True, trusted=True)
HERE = replace(AWAY, connected=True, secure="/secure", encrypted="/encrypted")
OTHER_AWAY = Device(f"{HCI0.path}/dev_2", HCI0.path, OTHER, bonded=True, trusted=True)
MET = PeersMet((Peer("beta", ADDRESS), Peer("gamma", OTHER)))
BODY = b"hello"
START = StartBeacon(HCI0.path, ADDRESS)
STOP = StopBeacon(HCI0.path)


def world(*devices: Device, adapter: Adapter = HCI0, life: str = "1") -> WorldSeen:
    return WorldSeen(World(life, (adapter,), devices))


class Story:
    """A core with its clock, so that a test reads as what happens."""

    def __init__(self, wanted: str = "") -> None:
        self.state = State(wanted)
        self.now = 1000.0

    def tell(self, *events: Event) -> list[Effect]:
        effects: list[Effect] = []
        for event in events:
            self.state, more = step(self.state, event, self.now)
            if any(isinstance(effect, StartBeacon) for effect in more):
                assert self.state.sends, "called on nobody's behalf"
            effects += more
        return effects

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, with a tick at each deadline."""
        effects: list[Effect] = []
        end = self.now + seconds
        while (deadline := self.state.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            before = self.state
            effects += self.tell(Tick())
            assert self.state != before, "a tick that changes nothing comes again for ever"
        self.now = end
        return effects

    def send(self, number: int = 1, to: str = "beta", address: str = ADDRESS, within: float = 20.0) -> list[Effect]:
        return self.tell(SendAsked(number, to, address, BODY, self.now + within))

    @property
    def problem(self) -> Reason | None:
        return self.state.problem.reason if self.state.problem else None


def open_story(*devices: Device) -> Story:
    """A host whose mailbox is open and whose peers are met."""
    story = Story()
    assert story.tell(world(*devices)) == [OpenMailbox("1", HCI0.path)]
    assert not story.tell(MailboxOpened("1", HCI0.path), MET)
    return story


# --- the adapter -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "seen", "reason"),
    [
        ("", WorldSeen(World()), Reason.BLUEZ_GONE),
        ("", WorldSeen(World("1")), Reason.NO_BLUETOOTH),
        ("hci7", world(), Reason.NO_BLUETOOTH),
        ("none", world(), Reason.BLUETOOTH_OFF),
        ("", world(adapter=replace(HCI0, powered=False)), Reason.BLUETOOTH_OFF),
        ("", world(adapter=replace(HCI0, able=False)), Reason.NO_BLUETOOTH),
        ("hci0", world(), None),
    ],
)
def test_what_is_missing_has_a_reason(wanted: str, seen: WorldSeen, reason: Reason | None) -> None:
    story = Story(wanted)
    effects = story.tell(seen)
    assert story.problem == reason
    assert effects == ([] if reason else [OpenMailbox("1", HCI0.path)])
    told = document(story.state)
    assert ("problem" in told) == (reason is not None)
    assert describe(story.state) == (reason or "opening")


def test_one_that_works_is_chosen_and_kept() -> None:
    off = Adapter("/org/bluez/hci0", "hci0", "00:aa:01:00:00:00", powered=False, able=True)
    stick = Adapter("/org/bluez/hci1", "hci1", "00:aa:01:00:00:09", powered=True, able=True)
    story = Story()
    assert story.tell(WorldSeen(World("1", (off, stick)))) == [OpenMailbox("1", stick.path)]
    story.tell(MailboxOpened("1", stick.path))
    assert story.tell(WorldSeen(World("1", (HCI0, stick)))) == []
    assert story.tell(WorldSeen(World("1", (HCI0,)))) == [OpenMailbox("1", HCI0.path)]


def test_the_mailbox_is_opened_in_each_life_of_bluez() -> None:
    story = open_story(AWAY)
    assert story.tell(WorldSeen(World())) == []
    assert story.tell(world(AWAY, life="2")) == [OpenMailbox("2", HCI0.path)]
    # An answer from the life before means nothing.
    story.tell(MailboxOpened("1", HCI0.path))
    assert story.state.mailbox is Mailbox.OPENING


def test_a_refused_mailbox_is_told_and_tried_again() -> None:
    story = Story()
    story.tell(world(), MailboxRefused("1", HCI0.path, "not today"))
    assert story.problem is Reason.BLUETOOTH_REFUSED
    assert story.wait(RETRY_FIRST_S) == [OpenMailbox("1", HCI0.path)]
    story.tell(MailboxOpened("1", HCI0.path))
    assert story.problem is None
    # BlueZ may also end what it began.
    story.tell(MailboxRefused("1", HCI0.path, "let go"))
    assert story.wait(RETRY_FIRST_S) == [OpenMailbox("1", HCI0.path)]


# --- sending -----------------------------------------------------------------------------------------


def test_a_peer_that_is_away_is_called_until_it_comes() -> None:
    story = open_story(AWAY)
    assert story.send() == [START]
    assert story.tell(BeaconStarted()) == []
    # It connects, and its services are not known yet.
    assert story.tell(world(replace(AWAY, connected=True))) == [STOP]
    assert story.tell(BeaconEnded(), world(HERE)) == [WriteBody(1, "/encrypted", BODY)]
    assert story.tell(BodyTaken(1)) == [AnswerSend(1)]
    assert story.tell(SendDropped(1)) == []
    assert not story.state.sends
    assert not story.state.writing


def test_a_connected_peer_is_not_called() -> None:
    assert open_story(HERE).send() == [WriteBody(1, "/encrypted", BODY)]


def test_a_peer_that_is_connected_for_something_else_is_called() -> None:
    # Audio, files, a network: BlueZ says connected, and there is no connection over LE.
    classic = replace(AWAY, connected=True, trusted=True)
    story = open_story(classic)
    assert story.send() == []
    assert story.wait(MUTE_S) == [START]
    story.tell(BeaconStarted())
    assert story.tell(world(replace(HERE, trusted=True))) == [WriteBody(1, "/encrypted", BODY), STOP]
    story.tell(BeaconEnded())
    assert story.tell(BodyTaken(1), SendDropped(1)) == [AnswerSend(1)]
    # Whatever else uses the connection keeps it.
    assert story.wait(3600) == []


def test_a_peer_whose_mailbox_is_only_remembered_is_called() -> None:
    story = open_story(HERE)
    story.send()
    effects: list[Effect] = []
    for _ in range(int(MUTE_S / REWRITE_S)):
        story.tell(BodyRefused(1, Failure.LOST, "Not connected"))
        effects += story.wait(REWRITE_S)
    assert effects.count(START) == 1
    # The calls go on until the body is taken, and no longer.
    assert story.tell(BeaconStarted(), BodyRefused(1, Failure.LOST, "Not connected")) == []
    assert story.wait(REWRITE_S) == [WriteBody(1, "/encrypted", BODY)]
    assert story.tell(BodyTaken(1)) == [AnswerSend(1), STOP]


@pytest.mark.parametrize("budget", [Budget(MOST_S, 1000.0), Budget(0.0, 1000.0)])
def test_a_body_that_is_being_written_is_waited_for(budget: Budget) -> None:
    story = open_story(HERE)
    story.state = replace(story.state, budget=budget)
    story.send()
    story.tell(BodyRefused(1, Failure.LOST, "In Progress"))
    # Whatever else happens meanwhile, nobody advertises for one that takes this long, and nobody gives it up.
    assert story.wait(2 * MUTE_S) == [WriteBody(1, "/encrypted", BODY)]
    assert story.tell(world(HERE)) == []
    assert story.tell(BodyTaken(1)) == [AnswerSend(1)]


def test_one_that_is_connected_has_its_time_though_it_cannot_be_called() -> None:
    story = open_story(HERE)
    story.state = replace(story.state, budget=Budget(0.0, 1000.0))
    story.send()
    effects: list[Effect] = []
    for _ in range(int(MUTE_S / REWRITE_S)):
        story.tell(BodyRefused(1, Failure.LOST, "In Progress"))
        effects += story.wait(REWRITE_S)
    assert effects == [WriteBody(1, "/encrypted", BODY)] * int(MUTE_S / REWRITE_S)
    assert story.tell(BodyTaken(1)) == [AnswerSend(1)]


def test_a_stranger_gets_what_only_a_confirmed_bond_may_carry() -> None:
    story = open_story(replace(HERE, bonded=False))
    assert story.send(to="") == [WriteBody(1, "/secure", BODY)]
    story = open_story(replace(HERE, secure=""))
    assert story.send(to="") == []


def test_one_body_at_a_time_goes_to_one_peer() -> None:
    story = open_story(HERE)
    assert story.send(1) == [WriteBody(1, "/encrypted", BODY)]
    assert story.send(2) == []
    # Nobody waits for the first any more, but BlueZ still writes it.
    assert story.tell(SendDropped(1)) == []
    assert story.tell(BodyTaken(1)) == [WriteBody(2, "/encrypted", BODY)]


@pytest.mark.parametrize(
    ("devices", "to", "name"),
    [
        ((), "beta", ErrorName.REFUSED),
        ((replace(AWAY, bonded=False),), "beta", ErrorName.REFUSED),
        ((AWAY,), "nobody", ErrorName.REFUSED),
        ((replace(AWAY, adapter="/org/bluez/hci9"),), "beta", ErrorName.REFUSED),
    ],
)
def test_who_cannot_be_reached_is_refused_at_once(devices: tuple[Device, ...], to: str, name: ErrorName) -> None:
    story = open_story(*devices)
    (answer,) = story.send(to=to)
    assert isinstance(answer, AnswerSend)
    assert answer.name is name
    assert answer.why


def test_without_bluetooth_a_send_fails_at_once_and_one_under_way_as_well() -> None:
    story = open_story(AWAY)
    story.send()
    story.tell(BeaconStarted())
    effects = story.tell(WorldSeen(World()))
    assert [each.name for each in effects if isinstance(each, AnswerSend)] == [ErrorName.UNAVAILABLE]
    # What BlueZ does is not known before it has said so.
    assert story.state.beacon is Beacon.STOPPING
    story.tell(BeaconEnded())
    (answer,) = story.send(2)
    assert isinstance(answer, AnswerSend)
    assert answer.name is ErrorName.UNAVAILABLE
    assert "BlueZ" in answer.why


def test_no_answer_in_time_says_how_far_it_came() -> None:
    for device, words in (
        (AWAY, "did not answer the call"),
        (replace(AWAY, connected=True), "offers no mailbox"),
        (HERE, "did not confirm"),
    ):
        story = open_story(device)
        story.send(within=5.0)
        story.tell(BeaconStarted())
        (answer,) = (each for each in story.wait(5.0) if isinstance(each, AnswerSend))
        assert answer.name is ErrorName.DEADLINE
        assert words in answer.why


def test_a_write_that_got_lost_is_repeated_and_a_refused_one_is_not() -> None:
    story = open_story(HERE)
    story.send()
    assert story.tell(BodyRefused(1, Failure.LOST, "it broke")) == []
    assert story.wait(REWRITE_S) == [WriteBody(1, "/encrypted", BODY)]
    refused = story.tell(BodyRefused(1, Failure.REFUSED, "not met"))
    assert refused == [AnswerSend(1, ErrorName.REFUSED, "not met")]


def test_a_met_peer_is_found_by_its_trust_id_alone() -> None:
    story = open_story(HERE)
    assert story.send(address="") == [WriteBody(1, "/encrypted", BODY)]


def test_who_may_not_write_to_whom_it_woke_lets_itself_be_called() -> None:
    story = open_story(HERE)
    story.tell(PeersMet(()))
    story.send(to="")
    assert story.tell(BodyRefused(1, Failure.UNPROTECTED, "Not paired")) == [HangUp(HERE.path)]
    assert story.tell(world(AWAY)) == []
    # The other end calls: now the key's own protection counts here.
    story.tell(world(HERE))
    assert story.wait(HANG_UP_S) == [WriteBody(1, "/secure", BODY)]


def test_who_is_not_called_calls_again() -> None:
    story = open_story(HERE)
    story.tell(PeersMet(()))
    story.send(to="")
    story.tell(BodyRefused(1, Failure.UNPROTECTED, "Not paired"), world(AWAY))
    assert START not in story.wait(YIELD_S - 1)
    assert story.wait(1) == [START]


def test_a_connection_without_its_encryption_is_made_anew_once() -> None:
    story = open_story(HERE)
    story.send()
    unprotected = BodyRefused(1, Failure.UNPROTECTED, "Not paired")
    assert story.tell(unprotected) == [HangUp(HERE.path)]
    assert story.tell(world(AWAY)) == [START]
    story.tell(BeaconStarted(), world(HERE), BeaconEnded())
    assert story.wait(HANG_UP_S) == [WriteBody(1, "/encrypted", BODY)]
    assert story.tell(unprotected) == [AnswerSend(1, ErrorName.REFUSED, "Not paired")]


def test_no_more_than_so_many_at_once() -> None:
    story = open_story(AWAY)
    for number in range(MAX_SENDS):
        story.send(number)
    (answer,) = story.send(MAX_SENDS)
    assert isinstance(answer, AnswerSend)
    assert answer.name is ErrorName.TOO_MANY


# --- the advertisement -------------------------------------------------------------------------------


def test_nobody_is_called_while_nothing_waits() -> None:
    story = open_story(AWAY)
    assert story.wait(3600) == []
    story.send()
    # Given up before BlueZ has begun.
    assert story.tell(SendDropped(1)) == []
    assert story.tell(BeaconStarted()) == [STOP]


def test_the_next_peer_is_called_once_the_first_has_come() -> None:
    story = open_story(AWAY, OTHER_AWAY)
    story.send(1)
    story.send(2, "gamma", OTHER)
    story.tell(BeaconStarted())
    # The advertisement wakes both, so it goes on while one of them is away.
    assert story.tell(world(HERE, OTHER_AWAY)) == [WriteBody(1, "/encrypted", BODY)]
    assert story.tell(world(HERE, replace(OTHER_AWAY, connected=True))) == [STOP]


def test_a_refused_advertisement_is_tried_again() -> None:
    story = open_story(AWAY)
    story.send()
    assert story.tell(BeaconEnded("too many")) == []
    assert story.wait(RETRY_FIRST_S) == [START]


def test_calling_uses_up_a_budget_that_time_fills() -> None:
    story = open_story(AWAY)
    story.send(within=600.0)
    story.tell(BeaconStarted())
    effects = story.wait(MOST_S / (1 - SHARE) + 1)
    assert [type(each) for each in effects] == [AnswerSend, StopBeacon]
    assert story.tell(BeaconEnded()) == []
    (answer,) = story.send(2)
    assert isinstance(answer, AnswerSend)
    assert answer.name is ErrorName.BUSY
    assert answer.why.endswith(f"again in {LEAST_S / SHARE:.0f} s")
    story.wait(LEAST_S / SHARE)
    assert story.send(3) == [START]


# --- connections -------------------------------------------------------------------------------------


def called_story(device: Device = HERE) -> Story:
    """A host that has called a peer, which has what it was called for."""
    story = open_story(replace(AWAY, trusted=device.trusted))
    story.send()
    story.tell(BeaconStarted(), world(device), BeaconEnded(), BodyTaken(1), SendDropped(1))
    return story


def test_a_connection_of_ours_is_ended_when_it_was_quiet() -> None:
    story = called_story()
    assert story.wait(QUIET_S - 1) == []
    story.tell(BodyArrived(1, HERE.path, False, b"answer"))
    assert HangUp(HERE.path) not in story.wait(QUIET_S - 1)
    assert HangUp(HERE.path) in story.wait(1)
    assert story.wait(3600) == []


def test_the_connection_of_a_pairing_is_ended_when_it_was_quiet() -> None:
    story = open_story(AWAY)
    story.tell(world(HERE), ConnectionMade(ADDRESS))
    assert story.wait(QUIET_S - 1) == []
    assert story.wait(1) == [HangUp(HERE.path)]


def test_whoever_else_a_call_woke_is_hung_up_on_as_well() -> None:
    other = replace(OTHER_AWAY, speaks=True)
    woken = replace(other, connected=True)
    story = open_story(AWAY, other)
    story.send()
    story.tell(BeaconStarted(), world(HERE, woken), BeaconEnded(), BodyTaken(1), SendDropped(1))
    assert story.wait(QUIET_S - 1) == []
    assert story.wait(1) == [HangUp(HERE.path), HangUp(woken.path)]


def test_who_comes_of_its_own_accord_after_a_call_stays() -> None:
    other = replace(OTHER_AWAY, speaks=True)
    story = open_story(AWAY, other)
    story.send()
    story.tell(BeaconStarted(), world(HERE, other), BeaconEnded(), BodyTaken(1), SendDropped(1))
    story.tell(world(HERE, replace(other, connected=True)))
    assert story.wait(3600) == [HangUp(HERE.path)]


def test_a_connection_of_others_stays() -> None:
    story = open_story(HERE)
    story.send()
    story.tell(BodyTaken(1), SendDropped(1))
    assert story.wait(3600) == []


def test_nobody_is_hung_up_on_who_could_not_call_again() -> None:
    assert called_story(replace(HERE, trusted=False)).wait(3600) == []


def test_a_connection_that_broke_is_forgotten() -> None:
    story = called_story()
    story.tell(world(AWAY), world(HERE))
    assert story.wait(3600) == []


# --- the inbox ---------------------------------------------------------------------------------------


def test_what_a_met_peer_writes_waits_until_it_is_taken() -> None:
    story = open_story(HERE)
    assert story.tell(BodyArrived(7, HERE.path, False, BODY)) == [AnswerWriter(7)]
    assert document(story.state)["inbox"] == [
        {"number": 1, "peer": "beta", "address": ADDRESS, "secure": False, "body": BODY.hex()}
    ]
    # Its sender did not hear that it arrived.
    assert story.tell(BodyArrived(8, HERE.path, False, BODY)) == [AnswerWriter(8)]
    assert len(story.state.inbox.messages) == 1
    story.tell(MessageTaken(1), MessageTaken(1))
    assert document(story.state)["inbox"] == []


def test_nothing_waits_for_ever() -> None:
    story = open_story(HERE)
    story.tell(BodyArrived(7, HERE.path, False, BODY))
    story.wait(KEPT_S)
    assert not story.state.inbox.messages


def test_a_sender_cannot_push_out_another() -> None:
    story = open_story(HERE, replace(OTHER_AWAY, connected=True))
    for number in range(MAX_FROM_ONE):
        assert story.tell(BodyArrived(number, HERE.path, False, bytes([number]))) == [AnswerWriter(number)]
    (answer,) = story.tell(BodyArrived(99, HERE.path, False, BODY))
    assert isinstance(answer, AnswerWriter)
    assert "wait here already" in answer.why
    assert story.tell(BodyArrived(100, OTHER_AWAY.path, False, BODY)) == [AnswerWriter(100)]


def test_what_is_written_into_the_mailbox_for_introductions_is_a_strangers() -> None:
    story = open_story(HERE)
    (answer,) = story.tell(BodyArrived(1, HERE.path, True, BODY))
    assert isinstance(answer, AnswerWriter)
    assert answer.why
    story.tell(StrangersExpected(1, 60.0), BodyArrived(2, HERE.path, True, BODY))
    assert [(message.peer, message.secure) for message in story.state.inbox.messages] == [("", True)]


def test_the_bonds_with_hosts_that_have_airhail_are_told() -> None:
    story = open_story(replace(AWAY, name="beta", speaks=True), replace(OTHER_AWAY, name="headphones"))
    assert document(story.state)["bonds"] == {ADDRESS: "beta"}


@pytest.mark.parametrize(
    ("expected", "secure", "taken"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_strangers_are_heard_while_expected_and_over_a_confirmed_bond(
    expected: bool, secure: bool, taken: bool
) -> None:
    story = open_story(HERE)
    story.tell(PeersMet(()), StrangersExpected(1, 60.0 if expected else 0.0))
    (answer,) = story.tell(BodyArrived(7, HERE.path, secure, BODY))
    assert isinstance(answer, AnswerWriter)
    assert (answer.why == "") is taken
    assert [message.peer for message in story.state.inbox.messages] == ([""] if taken else [])
    story.wait(60.0)
    (answer,) = story.tell(BodyArrived(8, HERE.path, secure, b"later"))
    assert isinstance(answer, AnswerWriter)
    assert answer.why


def test_strangers_are_heard_while_anybody_expects_them() -> None:
    story = open_story(HERE)
    story.tell(StrangersExpected(1, 60.0), StrangersExpected(2, 60.0), StrangersExpected(1, 0.0))
    assert story.tell(BodyArrived(7, HERE.path, True, BODY)) == [AnswerWriter(7)]
    (answer,) = story.tell(StrangersExpected(2, 0.0), BodyArrived(8, HERE.path, True, b"later"))
    assert isinstance(answer, AnswerWriter)
    assert answer.why


def test_an_unknown_device_is_refused() -> None:
    (answer,) = open_story().tell(BodyArrived(7, "/org/bluez/hci0/dev_9", True, BODY))
    assert isinstance(answer, AnswerWriter)
    assert answer.why


# --- every order -------------------------------------------------------------------------------------

EVENTS: tuple[Event, ...] = (
    WorldSeen(World()),
    world(),
    world(AWAY, OTHER_AWAY),
    world(HERE, OTHER_AWAY),
    world(HERE, adapter=replace(HCI0, powered=False)),
    world(HERE, life="2"),
    MET,
    PeersMet(()),
    SendDropped(1),
    SendDropped(2),
    BodyTaken(1),
    BodyRefused(1, Failure.LOST, "lost"),
    BodyRefused(2, Failure.UNPROTECTED, "bare"),
    MailboxOpened("1", HCI0.path),
    MailboxRefused("1", HCI0.path, "no"),
    BeaconStarted(),
    BeaconEnded(),
    BeaconEnded("no"),
    BodyArrived(9, HERE.path, True, BODY),
    MessageTaken(1),
    StrangersExpected(1, 60.0),
)
MOVES = st.one_of(
    st.sampled_from(EVENTS),
    st.builds(
        SendAsked,
        st.integers(1, 3),
        st.sampled_from(["beta", ""]),
        st.just(ADDRESS),
        st.just(BODY),
        st.just(0.0),
    ),
    st.floats(0.1, 200.0),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, max_size=40))
def test_no_order_of_events_breaks_the_rules(moves: list[Event | float]) -> None:
    story = Story()
    answered: set[int] = set()
    asked: set[int] = set()
    for move in moves:
        if isinstance(move, float):
            effects = story.wait(move)
        elif isinstance(move, SendAsked):
            if move.id in asked:
                continue
            asked.add(move.id)
            effects = story.tell(replace(move, expires=story.now + 20.0))
        else:
            effects = story.tell(move)
        for effect in effects:
            match effect:
                case AnswerSend(id=number):
                    assert number not in answered, "answered twice"
                    answered.add(number)
                case WriteBody(id=number):
                    assert number not in answered
        assert len(story.state.inbox.messages) <= MAX_FROM_ONE
        document(story.state)
        describe(story.state)
    story.wait(3600.0)
    assert not story.state.sends, "a send without an answer"
    assert not story.state.inbox.messages
