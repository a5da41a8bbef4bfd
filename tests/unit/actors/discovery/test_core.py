"""Discovery's decisions: told as stories, then held against every order of events."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airhail.actors.discovery.core import (
    ECHO_S,
    FIND_S,
    LINGER_S,
    MAX_WAITING,
    QUICK_S,
    RETRY_FIRST_S,
    RETRY_MOST_S,
    TRANSITIONS,
    step,
)
from airhail.actors.discovery.document import describe, document
from airhail.actors.discovery.events import (
    AddressLearned,
    AirAsked,
    AirReturned,
    AnswerReset,
    Effect,
    Event,
    FindDropped,
    FindEnded,
    FindRefused,
    FindStarted,
    FindWanted,
    HoldScans,
    LendAir,
    ListenWanted,
    MeetRadio,
    PeerHeard,
    RefuseAir,
    ResetAnswered,
    ResetAsked,
    ResetDropped,
    ResetEngine,
    StartFind,
    SteerGroups,
    StopAnswered,
    StopFind,
    Tick,
    WorldSeen,
)
from airhail.actors.discovery.radio import Adapter, Sighting, Tier, World
from airhail.actors.discovery.restore import (
    AGAIN_FIRST_S,
    LIVED_S,
    MAX_UNHEARD,
    PATIENCE_S,
    RESTART_FIRST_S,
    RESTART_MOST_S,
    UNHEARD_S,
)
from airhail.actors.discovery.state import HOLD_FINDING_S, HOLD_LINKING_S, Find, Need, State
from airhail.actors.reasons import Problem, Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.dbus.networkmanager_enums import DeviceState

RADIO = Adapter("/Devices/3", "p2p-dev-wlan0", "wlan0", DeviceState.DISCONNECTED)
WELL = World("1.52.1", True, tier=Tier.NETDEV, wlans=("wlan0",), adapters=(RADIO,))
PEER = "42:00:00:00:01:00"
START = StartFind(RADIO.path, QUICK_S, "wlan0")
THOROUGH = StartFind(RADIO.path, FIND_S)
MET = MeetRadio("wlan0")
STOP = StopFind(RADIO.path)
DENIED = Problem(Reason.NOT_PERMITTED)


class Story:
    """A core with its clock, so that a test reads as what happens."""

    def __init__(self) -> None:
        self.state = State()
        self.now = 100.0

    def tell(self, *events: Event) -> list[Effect]:
        effects: list[Effect] = []
        for event in events:
            self.state, more = step(self.state, event, self.now)
            # Told of in tests of their own; everywhere else they would only be in the way.
            effects += [effect for effect in more if not isinstance(effect, HoldScans | SteerGroups)]
        return effects

    def find(self) -> Find:
        return self.state.find

    def find_at_length(self) -> None:
        """Bring a new story to where the quick find is over and a long one runs."""
        self.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
        assert self.wait(QUICK_S) == [THOROUGH]
        self.tell(FindStarted(RADIO.path))

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self.tell(Tick())


@pytest.fixture
def story() -> Story:
    return Story()


def activating(state: int = 50) -> WorldSeen:
    return WorldSeen(replace(WELL, adapters=(replace(RADIO, state=DeviceState(state)),)))


def test_each_radio_that_becomes_ready_is_met_once(story: Story) -> None:
    asleep = WorldSeen(replace(WELL, adapters=(replace(RADIO, state=DeviceState.UNAVAILABLE),)))
    assert story.tell(asleep, WorldSeen(WELL), activating(100), WorldSeen(WELL)) == [MeetRadio("wlan0")]
    assert story.tell(asleep, WorldSeen(WELL)) == [MeetRadio(""), MeetRadio("wlan0")]


def test_a_device_that_was_made_anew_on_the_same_adapter_is_met_anew(story: Story) -> None:
    story.tell(WorldSeen(WELL), AddressLearned("wlan0", "02:00:00:00:00:00"))
    anew = WorldSeen(replace(WELL, adapters=(replace(RADIO, path="/Devices/9"),)))
    assert story.tell(anew) == [MeetRadio("wlan0")], "nobody else would tell of its address"


def test_one_find_runs_while_anybody_wants_it(story: Story) -> None:
    assert story.tell(WorldSeen(WELL)) == [MET]
    assert story.tell(FindWanted(1)) == [START]
    assert story.tell(FindStarted(RADIO.path), FindWanted(2), FindDropped(1)) == []
    assert story.find() is Find.RUNNING
    assert story.tell(FindDropped(2)) == []
    assert story.wait(LINGER_S - 1) == [], "it lingers for who looks first and connects then"
    assert story.wait(1) == [STOP]
    assert story.tell(StopAnswered()) == []
    assert story.find() is Find.OFF


def test_a_new_want_while_the_find_lingers_costs_no_new_scan(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path), FindDropped(1))
    assert story.wait(LINGER_S / 2) == []
    assert story.tell(FindWanted(2)) == []
    assert story.wait(LINGER_S) == []
    assert story.find() is Find.RUNNING


def test_who_looked_stays_visible_though_another_program_has_just_ended_the_find(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    story.wait(RESTART_FIRST_S)
    story.tell(FindEnded())
    assert story.find() is Find.OFF
    story.tell(FindDropped(1))
    assert story.wait(RESTART_FIRST_S) == [START], "the other end may not have seen this host yet"
    assert story.tell(FindStarted(RADIO.path)) == []
    assert story.wait(LINGER_S) == [STOP]


def test_what_was_refused_is_not_asked_for_on_nobodys_behalf(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindRefused(RADIO.path, DENIED), FindDropped(1))
    assert story.wait(RETRY_FIRST_S) == []


LISTEN = StartFind(RADIO.path, QUICK_S, "wlan0", listen=True, afresh=True)


def test_who_need_not_look_listens_alone(story: Story) -> None:
    assert story.tell(WorldSeen(WELL), ListenWanted(1)) == [MET, LISTEN]
    story.tell(FindStarted(RADIO.path))
    assert story.tell(FindWanted(1)) == [replace(START, afresh=True)]
    story.tell(FindStarted(RADIO.path))
    assert story.tell(ListenWanted(1)) == [LISTEN]
    # What was stopped for it tells of its end afterwards.
    assert story.tell(FindStarted(RADIO.path), FindEnded()) == []
    assert story.wait(QUICK_S) == [LISTEN]


def test_the_air_is_lent_once_this_host_listens(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.tell(ListenWanted(1), AirAsked(1, 7, PEER)) == [LISTEN]
    assert story.tell(FindStarted(RADIO.path)) == [LendAir(1)]


def test_nobody_listens_alone_while_another_looks(story: Story) -> None:
    assert story.tell(WorldSeen(WELL), FindWanted(1), ListenWanted(2)) == [MET, START]
    assert story.tell(FindStarted(RADIO.path), FindDropped(1)) == [LISTEN]


def test_without_wpa_supplicants_word_nobody_listens_alone(story: Story) -> None:
    assert story.tell(WorldSeen(replace(WELL, tier=Tier.USER)), ListenWanted(1))[-1] == THOROUGH


def test_a_refused_listen_becomes_a_find(story: Story) -> None:
    story.tell(WorldSeen(WELL), ListenWanted(1))
    assert story.tell(FindRefused(RADIO.path, DENIED)) == [THOROUGH]


def test_a_find_is_renewed_only_when_it_has_ended(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.wait(QUICK_S - 1) == []
    assert story.wait(1) == [THOROUGH], "who has not been seen by now may be seen on another channel"
    story.tell(FindStarted(RADIO.path))
    assert story.wait(FIND_S - 1) == []
    assert story.wait(1) == [THOROUGH]


def test_the_find_after_a_link_is_quick_again_though_the_one_before_it_was_not(story: Story) -> None:
    story.find_at_length()
    story.tell(FindWanted(2), AirAsked(1, 42, PEER), FindDropped(1), activating(), AirReturned(1))
    assert story.tell(FindWanted(1), activating(DeviceState.DEACTIVATING), WorldSeen(WELL)) == [START]


def test_a_quick_find_that_is_refused_becomes_one_of_networkmanagers(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1))
    assert story.tell(FindRefused(RADIO.path, DENIED)) == [THOROUGH]
    assert story.tell(FindRefused(RADIO.path, DENIED)) == []
    assert story.wait(RETRY_FIRST_S) == [THOROUGH]


def test_without_wpa_supplicants_word_every_find_is_networkmanagers(story: Story) -> None:
    assert story.tell(WorldSeen(replace(WELL, tier=Tier.USER)), FindWanted(1)) == [MET, THOROUGH]


def test_scans_are_held_off_while_two_hosts_look_for_each_other_and_link(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.state.held == "wlan0"
    story.wait(HOLD_FINDING_S)
    assert story.state.held == "", "whoever looks on for minutes must not keep the user's Wi-Fi from its networks"
    story.tell(AirAsked(7, 42, PEER))
    assert story.state.held == "wlan0"
    story.wait(HOLD_LINKING_S)
    assert story.state.held == ""
    assert step(story.state, AirReturned(7), story.now)[1][-1] == HoldScans("wlan0"), "the find that follows"


def test_scans_do_not_take_the_radio_from_a_link_unless_they_may() -> None:
    linked = replace(WELL, adapters=(replace(RADIO, state=DeviceState.ACTIVATED),))
    state, effects = step(State(), WorldSeen(linked), 0.0)
    assert HoldScans("wlan0") in effects
    assert state.deadline is None, "as long as the link is up"
    for may, world in ((True, linked), (False, replace(linked, tier=Tier.USER))):
        assert step(State(scan_while_linked=may), WorldSeen(world), 0.0)[0].held == ""


def test_a_find_that_dies_early_is_begun_again_after_a_moment(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    wait = RESTART_FIRST_S
    for times in range(1, 10):
        assert story.tell(FindEnded()) == []
        assert story.state.restored[Symptom.DEAD_FIND].times == times
        assert story.wait(wait - 0.5) == [], "another program that ends it again and again is not fought"
        assert story.wait(0.5) == [START]
        story.tell(FindStarted(RADIO.path))
        wait = min(wait * 2, RESTART_MOST_S)
    assert story.wait(LIVED_S) == [THOROUGH]
    story.tell(FindStarted(RADIO.path))
    story.wait(LIVED_S)
    story.tell(FindEnded())
    assert story.wait(RESTART_FIRST_S) == [THOROUGH], "what a find died of a while ago is forgotten"


def test_a_find_that_an_activation_ended_is_not_begun_again_under_it(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path), FindEnded(), activating())
    assert story.wait(RESTART_FIRST_S) == []
    assert story.tell(activating(100)) == []
    assert story.tell(activating(30)) == [START]


def test_refusals_are_shown_and_tried_again_ever_more_slowly(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindRefused(RADIO.path, DENIED))
    wait = RETRY_FIRST_S
    for _ in range(8):
        assert story.tell(FindRefused(RADIO.path, DENIED)) == []
        assert story.state.problem == DENIED
        assert story.wait(wait - 0.1) == []
        assert story.wait(0.1) == [THOROUGH]
        wait = min(wait * 2, RETRY_MOST_S)
    story.tell(FindStarted(RADIO.path))
    assert story.state.problem is None


def test_an_old_refusal_does_not_answer_for_the_next_want(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindRefused(RADIO.path, DENIED), FindDropped(1))
    assert story.state.problem is None


def test_a_new_want_does_not_wait_for_what_an_old_one_was_refused(story: Story) -> None:
    story.tell(WorldSeen(replace(WELL, tier=Tier.USER)), FindWanted(1), FindRefused(RADIO.path, DENIED))
    assert story.tell(FindDropped(1), FindWanted(2)) == [THOROUGH], "blind, and without a problem to tell"


def test_another_radio_does_not_wait_for_what_was_refused_on_the_old_one(story: Story) -> None:
    story.tell(WorldSeen(replace(WELL, tier=Tier.USER)), FindWanted(1), FindRefused(RADIO.path, DENIED))
    other = replace(RADIO, path="/Devices/9")
    effects = story.tell(WorldSeen(replace(WELL, tier=Tier.USER, adapters=(other,))))
    assert effects == [MET, replace(THOROUGH, device=other.path)]


def test_an_address_of_a_radio_that_was_exchanged_meanwhile_is_not_ours(story: Story) -> None:
    story.tell(WorldSeen(WELL), AddressLearned("wlan7", "42:00:00:00:00:07"))
    assert story.state.address == ""


def test_the_air_is_lent_without_touching_the_find_and_found_again_after(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.tell(AirAsked(7, 4242, PEER)) == [LendAir(7)]
    assert story.find() is Find.LENT
    assert story.tell(FindEnded(), activating(50), activating(30)) == []
    assert story.tell(AirReturned(7)) == [START]


@pytest.mark.parametrize(
    ("events", "doing"),
    [
        ((), "idle"),
        ((FindWanted(1),), "finding"),
        ((FindWanted(1), FindStarted(RADIO.path)), "finding"),
        ((ListenWanted(1), FindStarted(RADIO.path)), "listening"),
        ((AirAsked(7, 70, PEER),), "air lent"),
        ((activating(100),), "radio in use"),
        ((ResetAsked(7, flush=True),), "resetting"),
    ],
)
def test_one_line_says_what_the_find_does(story: Story, events: tuple[Event, ...], doing: str) -> None:
    story.tell(WorldSeen(WELL), *events)
    assert describe(story.state) == f"{doing}, 0 near"


def test_the_air_waits_for_the_answer_to_a_find_call(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1))
    assert story.tell(AirAsked(7, 4242, PEER)) == []
    assert story.tell(FindStarted(RADIO.path)) == [LendAir(7)]


def test_borrowers_stand_in_line_and_a_dead_one_frees_the_air(story: Story) -> None:
    story.tell(WorldSeen(WELL))
    assert story.tell(AirAsked(1, 10, PEER), AirAsked(2, 20, PEER)) == [LendAir(1)]
    assert story.tell(AirReturned(1)) == [LendAir(2)]
    assert story.tell(AirAsked(3, 30, PEER), AirReturned(3), AirReturned(2)) == []
    assert story.state.lease is None


def test_groups_are_formed_where_the_borrower_wants_them_as_long_as_it_has_the_air(story: Story) -> None:
    story.tell(WorldSeen(WELL), AirAsked(1, 10, PEER))
    assert story.state.steered == SteerGroups("wlan0", 0), "also what a life before left is taken back"
    story.tell(AirAsked(2, 20, PEER, 2437))
    assert story.state.steered == SteerGroups("wlan0", 0), "it waits"
    story.state, effects = step(story.state, AirReturned(1), story.now)
    assert effects[:2] == [SteerGroups("wlan0", 2437), LendAir(2)], "in this order"
    assert document(story.state)["lease"]["frequency"] == 2437
    story.tell(activating(50))
    assert story.state.steered == SteerGroups("wlan0", 2437)
    story.tell(AirReturned(2))
    assert story.state.steered == SteerGroups("wlan0", 0)


def test_without_wpa_supplicants_leave_nothing_is_steered(story: Story) -> None:
    story.tell(WorldSeen(replace(WELL, tier=Tier.USER)), AirAsked(7, 70, PEER, 2437))
    assert story.state.lease
    assert story.state.steered == SteerGroups()


def test_the_line_is_bounded(story: Story) -> None:
    story.tell(WorldSeen(WELL), *(AirAsked(n, n, PEER) for n in range(MAX_WAITING + 1)))
    assert story.tell(AirAsked(99, 99, PEER)) == [RefuseAir(99)]


@pytest.mark.parametrize("state", [40, 50, 60, 70, 80, 90, 100, 110, 120])
def test_no_call_while_anybody_uses_the_radio(story: Story, state: int) -> None:
    assert story.tell(activating(state), FindWanted(1), FindDropped(1), FindWanted(2)) == [MET]
    assert story.tell(WorldSeen(WELL)) == [START]


def test_networkmanager_leaving_and_coming_back_starts_a_new_find(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.tell(WorldSeen(World())) == [MeetRadio("")]
    assert story.state.problem == Problem(Reason.NETWORKMANAGER_GONE)
    assert story.tell(WorldSeen(WELL)) == [MET, START]


def test_an_answer_about_an_exchanged_radio_counts_for_nothing(story: Story) -> None:
    other = replace(RADIO, path="/Devices/9")
    story.tell(WorldSeen(WELL), FindWanted(1), WorldSeen(replace(WELL, adapters=(other,))))
    assert story.tell(FindStarted(RADIO.path)) == [StartFind(other.path, QUICK_S, "wlan0")]


def test_peers_of_the_chosen_radio_are_listed_and_our_address_is_told(story: Story) -> None:
    sighting = Sighting(PEER, RADIO.path, "/WifiP2PPeer/1", name="beta")
    story.tell(WorldSeen(replace(WELL, sightings=(sighting,))), AddressLearned("wlan0", "42:00:00:00:00:00"))
    story.now = 130.0
    story.tell(PeerHeard(PEER))
    assert story.state.peers[PEER].name == "beta"
    assert story.state.peers[PEER].last_seen == 130.0
    assert story.state.address == "42:00:00:00:00:00"


def test_every_pair_of_find_and_need_is_decided() -> None:
    waiting_for_an_answer = {Find.STARTING, Find.STOPPING, Find.RESETTING}
    for find, need in product(Find, Need):
        after = TRANSITIONS.get((find, need), find)
        if find in waiting_for_an_answer:
            assert after is find
        elif need is Need.SEARCH:
            assert after in (Find.STARTING, Find.RUNNING)
        elif need is Need.HANDS_OFF:
            assert after is Find.LENT
        else:
            assert after in (Find.OFF, Find.STOPPING)


def test_the_end_of_a_find_that_we_ended_is_no_death(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path))
    assert story.tell(ResetAsked(3, flush=False)) == [ResetEngine(RADIO.path, "wlan0", False)]
    assert story.tell(ResetAnswered()) == [AnswerReset(3, ""), START]
    story.tell(FindStarted(RADIO.path))
    assert story.tell(FindEnded()) == []
    assert story.find() is Find.RUNNING
    story.wait(FIND_S - ECHO_S)
    story.tell(FindEnded())
    assert not story.state.restored, "nor is one whose time is up"


def test_who_has_the_air_may_reset_the_engine_and_nobody_else(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1), FindStarted(RADIO.path), AirAsked(7, 70, PEER), activating(50))
    assert story.tell(ResetAsked(8, flush=True)) == []
    assert story.tell(ResetAsked(7, flush=False)) == [ResetEngine(RADIO.path, "wlan0", False)]
    assert story.tell(ResetAnswered("no")) == [AnswerReset(7, "no")]
    assert story.find() is Find.LENT
    assert story.tell(AirReturned(7), WorldSeen(WELL)) == [ResetEngine(RADIO.path, "wlan0", True)]
    assert story.tell(ResetDropped(8), ResetAnswered()) == [AnswerReset(8, ""), START]


def test_a_reset_without_an_engine_is_refused_and_too_many_are(story: Story) -> None:
    assert [type(effect) for effect in story.tell(ResetAsked(1, flush=True))] == [AnswerReset]
    story.tell(WorldSeen(WELL), AirAsked(7, 70, PEER))
    assert story.tell(*(ResetAsked(number, flush=True) for number in range(10, 10 + MAX_WAITING))) == []
    assert [type(effect) for effect in story.tell(ResetAsked(99, flush=True))] == [AnswerReset]
    story.tell(*(ResetDropped(number) for number in range(10, 10 + MAX_WAITING)))
    assert story.state.resets == ()


def test_a_new_engine_is_told_to_find(story: Story) -> None:
    story.tell(WorldSeen(replace(WELL, life=":1.5")), FindWanted(1), FindStarted(RADIO.path))
    assert story.tell(WorldSeen(replace(WELL, life=":1.9"))) == [START]
    assert story.state.restored[Symptom.ENGINE_REPLACED].times == 1
    away = replace(WELL, supplicant=False, adapters=(replace(RADIO, state=DeviceState.UNAVAILABLE),))
    story.tell(FindStarted(RADIO.path), WorldSeen(away))
    assert START in story.tell(WorldSeen(replace(WELL, life=":1.12")))
    assert story.state.restored[Symptom.ENGINE_REPLACED].times == 2, "it was away in between"


def test_that_a_new_engine_ended_a_find_is_no_word_of_the_old_one(story: Story) -> None:
    story.tell(WorldSeen(replace(WELL, life=":1.5")), FindWanted(1), FindStarted(RADIO.path))
    story.tell(ResetAsked(3, flush=False), ResetAnswered(), WorldSeen(replace(WELL, life=":1.9")))
    story.tell(FindStarted(RADIO.path), FindEnded())
    assert story.state.restored[Symptom.DEAD_FIND].times == 1


def test_the_adapter_from_which_the_engine_speaks_is_used(story: Story) -> None:
    other = replace(RADIO, path="/Devices/12", interface="p2p-dev-wlan1", parent="wlan1")
    both = replace(WELL, adapters=(RADIO, other))
    story.tell(WorldSeen(both), FindWanted(1), FindStarted(RADIO.path))
    begun = StartFind(other.path, QUICK_S, "wlan1")
    assert story.tell(WorldSeen(replace(both, home="wlan1"))) == [MeetRadio("wlan1"), begun]
    assert story.state.restored[Symptom.ENGINE_ELSEWHERE].times == 1


def test_a_peer_that_networkmanager_does_not_list_is_flushed_out_ever_more_seldom(story: Story) -> None:
    lacking = WorldSeen(replace(WELL, known=frozenset({PEER})))
    story.find_at_length()
    story.tell(lacking)
    assert document(story.state)["symptoms"] == ["list-incomplete"]
    flushed = [ResetEngine(RADIO.path, "wlan0", True)]
    assert story.wait(PATIENCE_S[Symptom.LIST_INCOMPLETE]) == flushed
    assert story.tell(ResetAnswered()) == [THOROUGH]
    story.tell(FindStarted(RADIO.path))
    assert story.wait(AGAIN_FIRST_S - 1) == []
    assert story.wait(1) == flushed
    story.tell(ResetAnswered(), FindStarted(RADIO.path))
    assert story.wait(2 * AGAIN_FIRST_S - 1) == []
    listed = replace(WELL, known=frozenset({PEER}), sightings=(Sighting(PEER, RADIO.path, "/WifiP2PPeer/1"),))
    assert story.tell(WorldSeen(listed)) == []
    assert story.state.suspected == {}
    assert document(story.state)["restored"]["list-incomplete"]["times"] == 2


def test_a_caller_that_is_not_listed_is_looked_for_afresh(story: Story) -> None:
    story.find_at_length()
    story.tell(PeerHeard(PEER))
    assert story.wait(PATIENCE_S[Symptom.PEER_UNHEARD]) == [ResetEngine(RADIO.path, "wlan0", False)]
    story.tell(ResetAnswered(), FindStarted(RADIO.path))
    assert story.wait(UNHEARD_S) == []
    assert story.state.unheard == {}, "a call that long ago says nothing any more"


def test_a_caller_that_was_listed_once_is_looked_for_afresh_too(story: Story) -> None:
    story.find_at_length()
    known = replace(WELL, sightings=(Sighting(PEER, RADIO.path, "/WifiP2PPeer/1"),))
    story.tell(WorldSeen(known), WorldSeen(WELL), PeerHeard(PEER))
    assert story.wait(PATIENCE_S[Symptom.PEER_UNHEARD]) == [ResetEngine(RADIO.path, "wlan0", False)]


def test_of_many_callers_that_are_not_listed_the_newest_are_remembered(story: Story) -> None:
    story.tell(WorldSeen(WELL), FindWanted(1))
    callers = [f"42:00:00:00:02:{number:02x}" for number in range(MAX_UNHEARD + 1)]
    story.tell(*(PeerHeard(caller) for caller in callers))
    assert set(story.state.unheard) == set(callers[1:])
    heard_first = story.state.unheard[callers[1]]
    story.now += 1
    story.tell(PeerHeard(callers[1]))
    assert story.state.unheard[callers[1]] == heard_first, "it was not listed since then"


def test_without_wpa_supplicants_word_a_find_in_which_all_vanish_is_begun_afresh_once(story: Story) -> None:
    alone = replace(WELL, tier=Tier.USER)
    story.tell(WorldSeen(alone), FindWanted(1), FindStarted(RADIO.path))
    assert story.wait(PATIENCE_S[Symptom.LOST_SIGHT]) == [], "nobody was there"
    story.tell(WorldSeen(replace(alone, sightings=(Sighting(PEER, RADIO.path, "/WifiP2PPeer/1"),))))
    story.tell(WorldSeen(alone))
    assert story.wait(PATIENCE_S[Symptom.LOST_SIGHT]) == [ResetEngine(RADIO.path, "wlan0", False)]
    story.now += 1.0
    story.tell(ResetAnswered(), FindStarted(RADIO.path))
    assert story.state.suspected == {}


EVENTS = st.one_of(
    st.sampled_from([WELL, World(), replace(WELL, wireless_on=False), replace(WELL, adapters=())]).map(WorldSeen),
    st.sampled_from([20, 30, 40, 50, 70, 100, 120]).map(activating),
    st.sampled_from([1, 2]).map(FindWanted),
    st.sampled_from([1, 2]).map(FindDropped),
    st.sampled_from([7, 8]).map(lambda by: AirAsked(by, by, PEER, by)),
    st.sampled_from([7, 8]).map(AirReturned),
    st.just(FindEnded()),
    st.just(PeerHeard(PEER)),
    st.builds(ResetAsked, st.sampled_from([7, 8, 9]), st.booleans()),
    st.sampled_from([7, 8, 9]).map(ResetDropped),
    st.sampled_from([replace(WELL, known=frozenset({PEER}), life=life) for life in (":1.1", ":1.2")]).map(WorldSeen),
)


@settings(deadline=None)
@given(st.lists(st.tuples(EVENTS, st.floats(0.0, 400.0), st.booleans()), max_size=60))
def test_no_order_of_events_breaks_the_rules(course: list[tuple[Event, float, bool]]) -> None:
    story = Story()
    in_flight: Effect | None = None

    def obey(effects: list[Effect]) -> None:
        nonlocal in_flight
        for effect in effects:
            match effect:
                case ResetEngine():
                    assert in_flight is None, "two find calls at once"
                    (first, *_) = story.state.resets
                    lease = story.state.lease
                    assert lease is None or lease.by == first.by, "a reset by somebody who was not lent the air"
                    busy = story.state.radio is not None and story.state.radio.busy
                    assert lease or not busy, "a reset under somebody's activation"
                    in_flight = effect
                case StartFind() | StopFind():
                    assert in_flight is None, "two find calls at once"
                    assert story.state.lease is None, "a find call while the air is lent"
                    assert not (story.state.radio and story.state.radio.busy), "a find call on a busy radio"
                    in_flight = effect
                case LendAir(by):
                    assert in_flight is None, "the air lent while a find call is in flight"
                    assert story.state.lease
                    assert story.state.lease.by == by
                    steered = story.state.steered
                    assert steered.frequency == (by if steered.adapter else 0), "groups are formed elsewhere"
                case RefuseAir():
                    assert len(story.state.waiting) == MAX_WAITING

    for event, pause, answered in course:
        obey(story.wait(pause))
        obey(story.tell(event))
        if in_flight and answered:
            answers: dict[type[Effect], Event] = {
                StartFind: FindStarted(RADIO.path),
                StopFind: StopAnswered(),
                ResetEngine: ResetAnswered(),
            }
            answer = answers[type(in_flight)]
            in_flight = None
            obey(story.tell(answer))
        if story.state.need is Need.SEARCH and not in_flight:
            assert story.find() is Find.RUNNING or story.state.deadline is not None, "a wanted find forgotten"
        deadline = story.state.deadline
        if deadline is not None and deadline <= story.now:
            before = story.state
            obey(story.wait(0.0))
            assert story.state != before, "a deadline that spins"
