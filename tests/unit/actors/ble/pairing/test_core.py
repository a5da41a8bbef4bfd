"""Pairing's core: each way to a bond, each reason why there is none, and what holds in any order of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.ble.pairing.core import ANSWER_S, CHECK_S, DECIDE_S, step
from airhail.actors.ble.pairing.document import document
from airhail.actors.ble.pairing.events import (
    Answered,
    Ask,
    Asked,
    BluetoothLost,
    Call,
    Called,
    CallerGone,
    CallFailed,
    CancelCall,
    Check,
    Checked,
    Claim,
    Device,
    DevicesSeen,
    Effect,
    Event,
    Forget,
    HangUp,
    Kind,
    Offer,
    Reply,
    Search,
    SearchBegun,
    SearchFailed,
    Tick,
    Trust,
    Voided,
)
from airhail.actors.ble.pairing.meant import means
from airhail.actors.ble.pairing.reasons import EXPLANATIONS, PairingReason
from airhail.actors.ble.pairing.state import State, begin

ADAPTER = "/org/bluez/hci0"
OWN = "00:aa:00:00:00:05"
PATH = f"{ADAPTER}/dev_00_AA_00_00_00_07"
BETA = Device(PATH, "00:aa:00:00:00:07", "beta", offer=Offer.WAITING)
WINDOW_S = 120.0
ERROR = "org.bluez.Error."


class Played:
    """A pairing that is told events, and remembers the effects of the last."""

    def __init__(self, meant: str = "", again: bool = False) -> None:
        self.now = 100.0
        self.state: State = begin(Ask(meant, again), OWN, ADAPTER, self.now + WINDOW_S)
        self.effects: list[Effect] = []

    def tell(self, *events: Event, after: float = 0.0) -> list[Effect]:
        self.now += after
        for event in events:
            self.state, self.effects = step(self.state, event, self.now)
        return self.effects

    def searches(self) -> "Played":
        assert self.sees() == [Search()]
        assert self.tell(SearchBegun()) == []
        return self

    def sees(self, *devices: Device) -> list[Effect]:
        return self.tell(DevicesSeen(devices))

    @property
    def reason(self) -> PairingReason | None:
        assert self.state.outcome is not None, self.state
        return self.state.outcome.reason

    @property
    def bonded(self) -> bool:
        return self.state.outcome is not None and self.state.outcome.reason is None


def calling() -> Played:
    played = Played("beta").searches()
    assert played.sees(BETA) == [Call(PATH)]
    return played


def asked(played: Played, kind: Kind = Kind.COMPARE, ticket: int = 1) -> Played:
    played.tell(Asked(ticket, kind, PATH, "" if kind is Kind.TYPE else "123456"))
    return played


def seen(*, bonded: bool = False, connected: bool = False) -> Device:
    return Device(PATH, BETA.address, "beta", bonded, connected)


def test_whoever_names_a_device_calls_it_and_bonds_once_both_have_compared() -> None:
    played = asked(calling())
    assert document(played.state) == {
        "step": "compare",
        "digits": "123456",
        "peer": BETA.address,
        "name": "beta",
        "until": played.now + ANSWER_S,
    }
    assert played.tell(Answered(True)) == [Reply(1, yes=True)]
    assert played.tell(Called()) == [Trust(PATH), Claim(PATH)]
    assert played.bonded


def test_whoever_names_none_waits_and_bonds_with_whom_the_person_confirms() -> None:
    played = asked(Played())
    assert played.tell(Answered(True)) == [Reply(1, yes=True)]
    assert played.sees(seen(connected=True)) == []
    assert played.sees(seen(connected=True, bonded=True)) == [Trust(PATH), Claim(PATH)]
    assert played.bonded


def test_digits_are_typed_where_the_other_end_shows_them() -> None:
    played = asked(calling(), Kind.TYPE)
    assert played.tell(Answered(True, "123456")) == [Reply(1, yes=True, typed="123456")]


def test_digits_that_are_typed_there_need_no_answer_here() -> None:
    played = asked(calling(), Kind.SHOW, ticket=0)
    assert document(played.state)["step"] == "show"
    assert played.tell(Called()) == [Trust(PATH), Claim(PATH)]


def test_a_search_that_cannot_begin_matters_only_while_nobody_calls() -> None:
    played = Played("beta")
    assert played.sees() == [Search()]
    asked(played).tell(SearchFailed("BlueZ is busy"))
    assert document(played.state)["step"] == "compare"
    played = Played("beta")
    played.tell(SearchFailed("BlueZ is busy"))
    assert played.reason is PairingReason.BLUETOOTH_LOST


def test_two_that_name_each_other_do_not_call_at_once() -> None:
    for address, effects in (("00:aa:00:00:00:07", [Call(PATH)]), ("00:aa:00:00:00:01", [])):
        played = Played("beta").searches()
        assert played.sees(Device(PATH, address, "beta", offer=Offer.CALLING)) == effects


def test_who_is_called_while_looking_has_been_found() -> None:
    played = Played("beta")
    played.sees(seen(connected=True))
    assert document(asked(played).state)["step"] == "compare"


def test_a_bond_that_is_there_is_checked_and_said_to_be_there() -> None:
    for held in (True, None):
        played = Played("beta").searches()
        assert played.sees(seen(bonded=True)) == [Check(PATH)]
        # It may have been made by a desktop, or BlueZ was killed before it was trusted.
        assert played.tell(Checked(held)) == [Trust(PATH)]
        assert played.bonded
        assert document(played.state)["already"]


def test_a_bond_that_the_other_end_has_lost_is_a_failure() -> None:
    played = Played("beta").searches()
    played.sees(seen(bonded=True))
    played.tell(Checked(False))
    assert played.reason is PairingReason.BOND_LOST


def test_a_check_that_takes_too_long_says_only_that_there_is_a_bond() -> None:
    played = Played("beta").searches()
    played.sees(seen(bonded=True))
    assert played.tell(Tick(), after=CHECK_S) == [Trust(PATH)]
    assert played.bonded


def test_a_bond_that_came_in_between_is_trusted_and_its_connection_is_not_ours() -> None:
    played = calling()
    assert played.tell(CallFailed(ERROR + "AlreadyExists", "")) == [Trust(PATH)]
    assert played.bonded


def test_again_forgets_the_bond_and_calls_when_the_device_is_heard_anew() -> None:
    played = Played("beta", again=True)
    assert played.sees(seen(bonded=True)) == [Forget(PATH)]
    assert played.sees(seen(bonded=True)) == []
    played.searches()
    assert played.sees(BETA) == [Call(PATH)]


def test_what_was_heard_in_an_earlier_pairing_is_heard_again_first() -> None:
    played = Played("beta")
    assert played.sees(BETA) == [Forget(PATH)]
    played.searches()
    assert played.sees(BETA) == [Call(PATH)]


def test_several_of_one_name_are_told_apart_by_the_person() -> None:
    played = Played("beta").searches()
    played.sees(BETA, Device(f"{ADAPTER}/dev_1", "00:aa:00:00:00:09", "BETA", offer=Offer.WAITING))
    assert played.reason is PairingReason.SEVERAL_DEVICES
    assert document(played.state)["detail"] == "00:aa:00:00:00:07, 00:aa:00:00:00:09"


def test_a_device_that_looks_like_an_address_is_none() -> None:
    assert means("00-AA-00-00-00-07", BETA)
    assert not means("00:aa:00:00:00:07", Device(PATH, "00:aa:00:00:00:08", "00:aa:00:00:00:07", offer=Offer.WAITING))


def test_a_name_alone_is_not_enough_outside_a_pairing() -> None:
    assert not means("beta", seen())
    assert means(" Beta ", BETA)


@pytest.mark.parametrize(
    ("answered", "error", "reason"),
    [
        (True, "AuthenticationFailed", PairingReason.REFUSED_THERE),
        (True, "AuthenticationCanceled", PairingReason.NO_ANSWER_THERE),
        (False, "AuthenticationFailed", PairingReason.REFUSED_THERE),
        (False, "AuthenticationCanceled", PairingReason.NO_ANSWER_THERE),
        (None, "AuthenticationFailed", PairingReason.REFUSED_THERE),
        (None, "AuthenticationCanceled", PairingReason.BOND_LOST),
        (None, "ConnectionAttemptFailed", PairingReason.NO_SUCH_DEVICE),
        (None, "Failed", PairingReason.PAIRING_FAILED),
    ],
)
def test_what_an_error_means_follows_from_how_far_it_came(
    answered: bool | None, error: str, reason: PairingReason
) -> None:
    played = calling()
    if answered is not None:
        asked(played)
    if answered:
        played.tell(Answered(True))
    played.tell(CallFailed(ERROR + error, "in BlueZ's words"))
    assert played.reason is reason
    assert HangUp(PATH) in played.effects


def test_a_refusal_here_is_answered_cancelled_and_hung_up() -> None:
    played = asked(calling())
    assert played.tell(Answered(False)) == [Reply(1, yes=False), CancelCall(PATH), HangUp(PATH)]
    assert played.reason is PairingReason.REFUSED_HERE


def test_whoever_goes_away_has_refused() -> None:
    played = asked(Played())
    assert played.tell(CallerGone()) == [Reply(1, yes=False), HangUp(PATH)]


def test_nobody_answers_here() -> None:
    played = asked(Played())
    played.tell(Tick(), after=ANSWER_S)
    assert played.reason is PairingReason.NO_ANSWER_HERE
    assert played.effects == [Reply(1, yes=False), HangUp(PATH)]


def test_nobody_answers_there() -> None:
    played = asked(Played())
    played.tell(Answered(True))
    played.tell(Tick(), after=DECIDE_S)
    assert played.reason is PairingReason.NO_ANSWER_THERE


def test_a_connection_that_ends_in_the_middle_is_a_refusal_there() -> None:
    played = Played()
    played.sees(seen(connected=True))
    asked(played).tell(Answered(True))
    played.sees(seen())
    assert played.reason is PairingReason.REFUSED_THERE


def test_a_question_that_becomes_void_is_a_refusal_there() -> None:
    played = asked(Played())
    played.tell(Voided())
    assert played.reason is PairingReason.REFUSED_THERE


def breaks(played: Played, path: str, times: int = 3) -> None:
    for _ in range(times):
        assert played.sees(Device(path, BETA.address, "beta", connected=True)) == []
        assert played.sees(Device(path, BETA.address, "beta")) == []


@pytest.mark.parametrize(
    ("meant", "reason"), [("", PairingReason.NOBODY_CAME), ("beta", PairingReason.NO_SUCH_DEVICE)]
)
def test_connections_that_break_again_and_again_are_told_when_nothing_has_come(
    meant: str, reason: PairingReason
) -> None:
    # Anybody nearby can do that: it is no reason to end what two people wait for.
    played = Played(meant)
    if meant:
        played.searches().sees(Device(PATH, "00:aa:00:00:00:01", "beta", offer=Offer.CALLING))
    breaks(played, PATH)
    played.tell(Tick(), after=WINDOW_S)
    assert played.reason is reason
    assert "--again" in document(played.state)["detail"]


def test_connections_that_broke_do_not_keep_a_bond_from_being_made() -> None:
    played = Played()
    breaks(played, PATH)
    asked(played).tell(Answered(True))
    played.sees(seen(connected=True, bonded=True))
    assert played.bonded


def test_connections_of_several_devices_that_break_once_are_no_lost_bond() -> None:
    played = Played()
    for number in range(3):
        breaks(played, f"{PATH}{number}", times=1)
    played.tell(Tick(), after=WINDOW_S)
    assert played.reason is PairingReason.NOBODY_CAME
    assert "detail" not in document(played.state)


def test_a_bond_without_a_comparison_is_none() -> None:
    played = calling()
    assert played.tell(Called()) == [Forget(PATH)]
    assert played.reason is PairingReason.NOT_COMPARED
    played = asked(Played(), Kind.ALLOW)
    assert Reply(1, yes=False) in played.effects
    assert played.reason is PairingReason.NOT_COMPARED


def test_who_has_a_bond_here_is_not_bonded_anew_without_being_told_so() -> None:
    played = Played()
    played.sees(seen(bonded=True, connected=True))
    asked(played)
    assert Reply(1, yes=False) in played.effects
    assert played.reason is PairingReason.BOND_LOST


def test_time_runs_out() -> None:
    for meant, reason in (("", PairingReason.NOBODY_CAME), ("beta", PairingReason.NO_SUCH_DEVICE)):
        played = Played(meant)
        played.tell(Tick(), after=WINDOW_S)
        assert played.reason is reason


def test_bluetooth_goes_away() -> None:
    played = Played("beta")
    played.tell(BluetoothLost("hci0 is off"))
    assert document(played.state)["detail"] == "hci0 is off"
    assert played.reason is PairingReason.BLUETOOTH_LOST


def test_a_question_about_somebody_else_is_refused_and_changes_nothing() -> None:
    played = asked(calling())
    before = played.state
    for path in (PATH, f"{ADAPTER}/dev_00_AA_00_00_00_09", "/org/bluez/hci1/dev_00_AA_00_00_00_07"):
        assert played.tell(Asked(2, Kind.COMPARE, path, "654321")) == [Reply(2, yes=False)]
    assert played.state == before


def test_every_reason_is_explained() -> None:
    assert set(EXPLANATIONS) == set(PairingReason)


DEVICES = st.builds(
    Device,
    path=st.sampled_from([PATH, f"{ADAPTER}/dev_00_AA_00_00_00_01", "/org/bluez/hci1/dev_00_AA_00_00_00_07"]),
    address=st.sampled_from([BETA.address, "00:aa:00:00:00:01"]),
    name=st.sampled_from(["beta", "gamma", ""]),
    bonded=st.booleans(),
    connected=st.booleans(),
    offer=st.sampled_from([None, *Offer]),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.lists(DEVICES, max_size=2).map(lambda devices: DevicesSeen(tuple(devices))),
    st.builds(
        Asked,
        ticket=st.integers(1, 3),
        kind=st.sampled_from([Kind.COMPARE, Kind.TYPE, Kind.ALLOW]),
        path=st.sampled_from([PATH, f"{ADAPTER}/dev_00_AA_00_00_00_01"]),
        digits=st.just("123456"),
    ),
    st.sampled_from([SearchBegun(), SearchFailed(""), Called(), Voided(), CallerGone(), Tick(), BluetoothLost("")]),
    st.builds(Answered, yes=st.booleans()),
    st.builds(
        CallFailed,
        name=st.sampled_from(["AuthenticationFailed", "AlreadyExists", "X"]).map(ERROR.__add__),
        why=st.just(""),
    ),
    st.builds(Checked, held=st.sampled_from([True, False, None])),
)


@given(
    st.sampled_from([Ask(""), Ask("beta"), Ask("beta", again=True), Ask(BETA.address)]),
    st.lists(st.tuples(EVENTS, st.floats(0, 40)), max_size=25),
)
def test_in_any_order_only_a_confirmed_bond_is_one_and_every_question_is_answered_once(
    ask: Ask, events: list[tuple[Event, float]]
) -> None:
    now = 0.0
    state = begin(ask, OWN, ADAPTER, WINDOW_S)
    confirmed = False
    for event, after in events:
        now += after
        before = state
        state, effects = step(state, event, now)
        answered = isinstance(event, Answered) and event.yes and before.question is not None
        confirmed = confirmed or answered
        replies = [effect for effect in effects if isinstance(effect, Reply)]
        assert all(not reply.yes or (answered and reply.ticket == before.ticket) for reply in replies)
        if before.question is not None and state.question is None:
            assert [reply.ticket for reply in replies].count(before.ticket) == 1
        assert not any(isinstance(effect, Claim) for effect in effects) or confirmed
        if any(isinstance(effect, Trust) for effect in effects):
            assert confirmed or (state.outcome is not None and state.outcome.already)
        if before.outcome is not None:
            assert state == before
            assert all(not reply.yes for reply in replies)
        if state.outcome is not None:
            assert state.question is None
            assert state.deadline is None
            assert state.outcome.reason is not None or state.outcome.already or confirmed
        else:
            assert state.deadline is not None
        document(state)
