"""Connection's decisions: told as stories, then held against every order of events."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airhail.actors.connection.document import document
from airhail.actors.connection.ladder.diagnosis import PATIENCE_S
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.addresses import pair
from airhail.actors.connection.links.events import (
    Activate,
    ActivationAccepted,
    ActivationRefused,
    AirLent,
    AirRefused,
    BorrowAir,
    Deactivate,
    DeactivationRefused,
    DeviceFell,
    DeviceSeen,
    DropFind,
    Effect,
    Event,
    FormationFailed,
    GroupStarted,
    HostSeen,
    NegotiationFailed,
    NegotiationSucceeded,
    PeerAnswered,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    SeekPeer,
    StackSeen,
    Tick,
    VerdictChanged,
    WantFind,
)
from airhail.actors.connection.links.link import (
    ACTIVATING_S,
    ADDRESSING_S,
    DOWN_S,
    FINDING_S,
    FIRST_MOVE_S,
    FOLLOW_PATIENCE_S,
    FOLLOW_S,
    GONE_S,
    LEAVING_S,
    PAUSE_SLOW_S,
    SLOW_AFTER,
    STAGGER_S,
    WANTED_S,
    Phase,
)
from airhail.actors.connection.links.rendezvous_events import AttemptCalledOff
from airhail.actors.connection.links.state import CALLER_S, MAX_CALLERS, clearing, put
from airhail.actors.connection.links.turns import REST_S
from airhail.actors.connection.links.world import Device, GroupInterface, Stack
from airhail.actors.connection.machine import State as Both
from airhail.actors.reasons import Problem, Reason
from airhail.actors.symptoms import Symptom
from airhail.actors.verdicts import Finding, Verdict
from airhail.ipc.dbus.networkmanager_enums import DeviceState
from tests.unit.actors.connection.links.story import (
    ACTIVE,
    ALONE,
    DEVICE,
    FIXED,
    HIGHER,
    IDLE,
    LOWER,
    NEAR,
    OWN,
    THERE,
    V4,
    V6,
    Story,
    on,
)


@pytest.fixture
def story() -> Story:
    return Story()


def test_from_wish_to_link_and_down_again(story: Story) -> None:
    assert story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER)) == [WantFind()]
    assert story.tell(HostSeen(NEAR)) == []
    assert story.wait(FIRST_MOVE_S) == [BorrowAir(HIGHER)]
    assert story.tell(AirLent(HIGHER)) == [Activate(HIGHER, DEVICE, "/WifiP2PPeer/9", FIXED.own)]
    assert story.tell(ActivationAccepted(HIGHER, ACTIVE), DeviceSeen(on(HIGHER, 50))) == []
    assert story.tell(NegotiationSucceeded(HIGHER), GroupStarted("GO")) == []
    assert story.tell(DeviceSeen(on(HIGHER, 70))) == [SeekPeer(HIGHER, "p2p-wlan0-0"), DropFind()]
    assert story.link().phase is Phase.ADDRESSING
    assert story.tell(DeviceSeen(on(HIGHER, 100, V4))) == []
    assert story.link().phase is Phase.ADDRESSING, "an address of our own proves nothing"
    assert story.tell(PeerAnswered(HIGHER, THERE)) == [ReturnAir()]
    assert document(Both(story.state))["links"][HIGHER] == {
        "peer": HIGHER,
        "name": "high",
        "wanted": True,
        "phase": "up",
        "since": story.now,
        "attempt": 1,
        "interface": "p2p-wlan0-0",
        "role": "GO",
        "addresses": list(V4),
        "peer_address": THERE,
    }
    assert story.tell(PeerUnwanted(HIGHER)) == [Deactivate(ACTIVE, farewell=HIGHER)]
    assert story.tell(DeviceSeen(on(HIGHER, 110))) == []
    assert story.link().phase is Phase.LEAVING
    assert story.tell(DeviceSeen(IDLE)) == []
    assert story.link().phase is Phase.DOWN
    story.wait(DOWN_S)
    assert story.state.links == {}


def test_the_higher_address_waits_for_the_ring_and_follows_a_moment_later(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(LOWER))
    assert story.wait(FOLLOW_PATIENCE_S / 2) == []
    assert story.tell(PeerRang(LOWER)) == []
    assert story.wait(FOLLOW_S) == [BorrowAir(LOWER)]


def test_the_higher_address_moves_by_itself_when_no_ring_comes(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(LOWER))
    assert story.wait(FOLLOW_PATIENCE_S) == [BorrowAir(LOWER)]


def test_where_no_ring_can_be_heard_the_higher_address_moves_one_stagger_later(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(replace(NEAR, rings=False)), PeerWanted(LOWER))
    assert story.wait(STAGGER_S) == [BorrowAir(LOWER)]


def test_a_ring_counts_even_before_the_peer_is_listed(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(LOWER), PeerRang(LOWER))
    assert story.wait(FOLLOW_S) == [BorrowAir(LOWER)]
    assert story.tell(AirLent(LOWER)) == [Activate(LOWER, DEVICE, "/", pair(OWN, LOWER).own)]


def test_a_ring_cuts_a_pause_after_a_failure_short(story: Story) -> None:
    story.activate()
    story.wait(ACTIVATING_S)
    story.tell(DeviceSeen(IDLE))
    assert story.link().phase is Phase.FAILED
    story.tell(PeerRang(HIGHER))
    assert story.wait(STAGGER_S - 0.1) == []
    assert story.wait(0.1) == [BorrowAir(HIGHER)]


@pytest.mark.parametrize("up", [True, False])
def test_a_ring_from_a_peer_that_is_linked_tells_that_it_has_lost_the_link(story: Story, up: bool) -> None:
    if up:
        story.link_up()
    else:
        story.activate()
        story.tell(DeviceSeen(on(HIGHER, 70)))
        assert story.link().phase is Phase.ADDRESSING
    assert story.tell(PeerRang(HIGHER))[0] == Deactivate(ACTIVE)
    assert story.link().phase is Phase.FINDING
    assert story.reason() is Reason.PEER_LEFT
    assert BorrowAir(HIGHER) not in story.wait(FOLLOW_S)
    told = story.tell(DeviceSeen(on(HIGHER, 110)), DeviceSeen(IDLE))
    assert BorrowAir(HIGHER) in told
    assert (ReturnAir() in told) is not up, "the air of an attempt goes back first; that of a link has gone back"


def test_a_call_that_nobody_wanted_is_shown_and_taken_up_by_a_later_wish(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerRang(LOWER))
    assert document(Both(story.state))["callers"] == {LOWER: {"since": 100.0}}
    story.tell(PeerWanted(LOWER))
    assert "callers" not in document(Both(story.state))
    assert story.wait(FOLLOW_S) == [BorrowAir(LOWER)]


def test_callers_are_forgotten_and_bounded(story: Story) -> None:
    story.tell(*(PeerRang(f"42:00:00:00:00:{n:02x}") for n in range(MAX_CALLERS + 1)))
    assert len(story.state.callers) == MAX_CALLERS
    story.wait(CALLER_S)
    assert story.state.callers == {}


def test_an_unanswered_request_ends_at_our_own_deadline_not_at_networkmanagers(story: Story) -> None:
    story.activate()
    assert story.wait(ACTIVATING_S) == [Deactivate(ACTIVE)]
    assert story.reason() is Reason.PEER_NEVER_ANSWERED
    assert story.state.turn == HIGHER, "the air is kept until the device is at rest"
    assert story.tell(DeviceSeen(on(HIGHER, 110))) == []
    assert story.tell(DeviceSeen(IDLE)) == [ReturnAir()]


def test_the_air_goes_back_even_when_the_device_never_comes_to_rest(story: Story) -> None:
    story.activate()
    story.wait(ACTIVATING_S)
    assert story.wait(REST_S) == [ReturnAir()]


def test_silence_after_an_agreement_is_a_failed_formation(story: Story) -> None:
    story.activate()
    story.tell(NegotiationSucceeded(HIGHER))
    story.wait(ACTIVATING_S)
    assert story.reason() is Reason.FORMATION_FAILED


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (NegotiationFailed(HIGHER, "status 4"), Reason.NEGOTIATION_FAILED),
        (FormationFailed("WPS"), Reason.FORMATION_FAILED),
    ],
)
def test_what_others_know_early_is_used_early(story: Story, event: Event, reason: Reason) -> None:
    story.activate()
    assert Deactivate(ACTIVE) in story.tell(event)
    assert story.reason() is reason


def test_a_negotiation_with_somebody_else_says_nothing_of_this_link(story: Story) -> None:
    story.activate()
    assert story.tell(NegotiationFailed(LOWER, "status 4")) == []
    assert story.link().phase is Phase.ACTIVATING


def test_a_refused_activation_pauses_before_the_next(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FIRST_MOVE_S)
    story.tell(AirLent(HIGHER))
    assert story.tell(ActivationRefused(HIGHER, Problem(Reason.NOT_PERMITTED))) == [ReturnAir()]
    assert story.reason() is Reason.NOT_PERMITTED
    assert story.wait(1.0) == []


def test_the_air_is_kept_while_networkmanager_owes_an_answer(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(replace(NEAR, rings=False)), PeerWanted(HIGHER), PeerWanted(LOWER))
    story.wait(STAGGER_S)
    story.tell(AirLent(HIGHER))
    assert story.tell(PeerUnwanted(HIGHER)) == []
    assert story.wait(REST_S + 1) == [], "it may still begin"
    assert story.tell(ActivationAccepted(HIGHER, ACTIVE)) == [Deactivate(ACTIVE), ReturnAir(), BorrowAir(LOWER)]


def test_an_accepted_activation_that_nobody_wants_any_more_keeps_the_air_until_it_is_over(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FIRST_MOVE_S)
    story.tell(AirLent(HIGHER), PeerUnwanted(HIGHER))
    assert story.tell(ActivationAccepted(HIGHER, ACTIVE)) == [Deactivate(ACTIVE)]
    assert story.tell(DeviceSeen(on(HIGHER, 40))) == []
    assert story.tell(DeviceSeen(IDLE)) == [ReturnAir()]


def test_networkmanagers_own_word_needs_no_deactivation(story: Story) -> None:
    story.activate()
    assert story.tell(DeviceFell(Problem(Reason.PEER_NEVER_ANSWERED))) == []
    assert story.tell(DeviceSeen(on(HIGHER, 120))) == [], "not adopted again while it fades"
    assert story.tell(DeviceSeen(IDLE)) == [ReturnAir()]
    assert story.reason() is Reason.PEER_NEVER_ANSWERED


def test_a_peer_that_is_not_near_is_not_found(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    story.wait(FINDING_S)
    assert story.reason() is Reason.PEER_NOT_FOUND


def test_without_discovery_the_wish_says_so_and_recovers(story: Story) -> None:
    story.tell(PeerWanted(HIGHER))
    story.wait(WANTED_S)
    assert story.reason() is Reason.DISCOVERY_GONE
    story.tell(HostSeen(NEAR))
    assert story.link().phase is Phase.FINDING


def test_a_lease_refused_is_no_attempt(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FIRST_MOVE_S)
    assert story.tell(AirRefused(HIGHER)) == [ReturnAir()]
    assert story.reason() is Reason.DISCOVERY_GONE
    assert story.link().failures == 0


def test_a_host_without_a_radio_says_so_at_once_and_goes_on_when_it_has_one(story: Story) -> None:
    story.tell(HostSeen(replace(ALONE, device="", problem=Problem(Reason.NO_RADIO))), PeerWanted(HIGHER))
    assert story.reason() is Reason.NO_RADIO
    assert story.state.deadline is None, "waiting for a change costs nothing"
    story.tell(HostSeen(replace(ALONE, device="", problem=Problem(Reason.RADIO_OFF))))
    assert story.reason() is Reason.RADIO_OFF
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR))
    assert story.link().phase is Phase.FINDING
    assert story.link().failures == 0


def test_a_reason_of_this_host_takes_the_place_of_the_one_before(story: Story) -> None:
    story.link_up()
    story.tell(DeviceFell(Problem(Reason.PEER_LEFT)), DeviceSeen(Device()))
    story.tell(HostSeen(replace(ALONE, device="", problem=Problem(Reason.NETWORKMANAGER_GONE))))
    assert story.reason() is Reason.NETWORKMANAGER_GONE
    assert story.link().deadline is None


def test_a_group_in_which_nobody_answers_is_up_only_with_an_address(story: Story) -> None:
    story.activate()
    story.tell(DeviceSeen(on(HIGHER, 70)))
    assert story.wait(ADDRESSING_S) == [Deactivate(ACTIVE), WantFind()]
    assert story.reason() is Reason.NO_ADDRESS
    other = Story()
    other.activate()
    other.tell(DeviceSeen(on(HIGHER, 100, (f"{FIXED.own}/24", *V6))))
    other.wait(ADDRESSING_S)
    assert other.reason() is Reason.NO_ADDRESS, "our own fixed address and a link-local one prove nothing"
    third = Story()
    third.activate()
    third.tell(DeviceSeen(on(HIGHER, 100, ("10.42.0.57/24", *V6))))
    third.wait(ADDRESSING_S)
    assert third.link().phase is Phase.UP, "somebody gave us a lease"
    third.tell(PeerAnswered(HIGHER, "10.42.0.9"))
    assert third.link().peer_address == "10.42.0.9"


@pytest.mark.parametrize("found", [HostSeen(NEAR), PeerRang(HIGHER)])
def test_who_is_found_in_the_last_moment_is_found(story: Story, found: Event) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    story.wait(FINDING_S - FOLLOW_S / 2)
    story.tell(found)
    story.wait(FOLLOW_S / 2)
    assert (story.link().phase, story.link().failures) == (Phase.FINDING, 0)
    assert story.wait(FOLLOW_PATIENCE_S) == [BorrowAir(HIGHER)]


def test_an_owners_address_and_a_fixed_one_of_a_plan_forgotten_prove_nothing(story: Story) -> None:
    story.activate()
    story.tell(GroupStarted("GO"), DeviceSeen(on(HIGHER, 100, V4)))
    story.wait(ADDRESSING_S)
    assert story.reason() is Reason.NO_ADDRESS, "an owner takes the first address by itself"
    found = Story()
    found.tell(HostSeen(NEAR), PeerWanted(HIGHER), DeviceSeen(on(HIGHER, 100, ("10.200.7.2/24", *V6))))
    found.tell(HostSeen(None))
    found.wait(ADDRESSING_S)
    assert found.reason() is Reason.NO_ADDRESS, "whichever network the hail chose, and whoever remembers it"


def test_a_link_that_dies_young_again_and_again_is_made_ever_more_seldom_whoever_tells(story: Story) -> None:
    pauses = []
    for _ in range(4):
        story.link_up()
        story.tell(DeviceFell(Problem(Reason.PEER_LEFT)), DeviceSeen(IDLE))
        pauses.append((story.link().deadline or 0.0) - story.now)
        story.wait(200.0)
    assert [a < b for a, b in itertools.pairwise(pauses)] == [True, True, True]


def test_a_dead_link_that_networkmanager_keeps_is_not_up_again(story: Story) -> None:
    story.link_up()
    story.tell(StackSeen(Stack()), VerdictChanged(HIGHER, "p2p-wlan0-0", Verdict.DEAD, Finding.PEER_SILENT))
    story.now += 10.0
    story.tell(DeactivationRefused(ACTIVE, Problem(Reason.NETWORKMANAGER_SILENT)))
    assert story.reason() is Reason.NETWORKMANAGER_SILENT
    story.tell(PeerAnswered(HIGHER, THERE))
    assert story.link().phase is not Phase.UP
    assert story.wait(PATIENCE_S[Symptom.DEVICE_BUSY]) != []
    assert story.state.cure is not None
    assert story.state.cure.rung is Rung.DEACTIVATE, "the ladder ends it"


def test_one_that_networkmanager_keeps_and_is_wished_for_anew_is_adopted_again(story: Story) -> None:
    story.link_up()
    story.tell(PeerUnwanted(HIGHER), PeerWanted(HIGHER))
    story.tell(DeactivationRefused(ACTIVE, Problem(Reason.NETWORKMANAGER_SILENT)), PeerAnswered(HIGHER, THERE))
    assert story.link().phase is Phase.UP


def test_a_refusal_before_the_activations_own_answer_is_taken(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FOLLOW_PATIENCE_S)
    story.tell(AirLent(HIGHER), PeerUnwanted(HIGHER), DeviceSeen(on(HIGHER, 50)))
    story.tell(DeactivationRefused(ACTIVE, Problem(Reason.NETWORKMANAGER_SILENT)))
    assert (story.link().phase, story.reason()) == (Phase.LEAVING, Reason.NETWORKMANAGER_SILENT)


@pytest.mark.parametrize("state", [DeviceState.DEACTIVATING, DeviceState.FAILED])
def test_what_networkmanager_is_taking_down_is_not_adopted(story: Story, state: int) -> None:
    story.tell(HostSeen(NEAR), PeerWanted(HIGHER), DeviceSeen(on(HIGHER, state)), DeviceSeen(IDLE))
    assert story.link().failures == 0
    assert story.link().phase is Phase.FINDING


def test_a_start_without_discovery_says_so(story: Story) -> None:
    story.tell(PeerWanted(HIGHER), DeviceSeen(Device(state=DeviceState.UNAVAILABLE)), HostSeen(None))
    story.wait(WANTED_S)
    assert story.reason() is Reason.DISCOVERY_GONE


def test_a_link_that_the_peer_ended_is_worked_for_again(story: Story) -> None:
    story.link_up()
    assert story.tell(DeviceFell(Problem(Reason.PEER_LEFT)), DeviceSeen(IDLE)) == [WantFind()]
    assert story.reason() is Reason.PEER_LEFT
    assert story.link().addresses == ()
    story.wait((story.link().deadline or 0) - story.now)
    assert story.link().phase is Phase.FINDING


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (Device(), Reason.NETWORKMANAGER_GONE),
        (Device(DEVICE, DeviceState.UNAVAILABLE), Reason.RADIO_LOST),
        (Device(DEVICE, DeviceState.CONFIG, active="/ActiveConnection/7", stranger="TV"), Reason.TAKEN_OVER),
        (IDLE, Reason.PEER_LEFT),
    ],
)
def test_a_link_that_vanished_without_a_word_is_explained(story: Story, device: Device, reason: Reason) -> None:
    story.link_up()
    story.tell(DeviceSeen(device))
    assert story.reason() is reason


def test_an_answer_before_our_own_address_is_known_waits_for_it(story: Story) -> None:
    story.activate()
    story.tell(DeviceSeen(on(HIGHER, 70)), PeerAnswered(HIGHER, THERE))
    assert story.link().phase is Phase.ADDRESSING
    story.tell(DeviceSeen(on(HIGHER, 80, V4)))
    assert story.link().phase is Phase.UP


def test_a_restart_adopts_a_link_that_is_up(story: Story) -> None:
    assert story.tell(DeviceSeen(on(HIGHER, 100, V4))) == [Deactivate(ACTIVE)], "nobody wanted this one"
    other = Story()
    seek = SeekPeer(HIGHER, "p2p-wlan0-0")
    assert other.tell(PeerWanted(HIGHER), DeviceSeen(on(HIGHER, 100, V4)), HostSeen(NEAR)) == [seek]
    other.tell(PeerAnswered(HIGHER, THERE))
    assert other.link().phase is Phase.UP


def test_a_restart_adopts_an_activation_under_way(story: Story) -> None:
    story.tell(PeerWanted(HIGHER), HostSeen(NEAR), DeviceSeen(on(HIGHER, 50)))
    assert story.link().phase is Phase.ACTIVATING
    assert story.wait(ACTIVATING_S) == [Deactivate(ACTIVE)]


def test_two_links_take_turns_on_one_radio(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(replace(NEAR, rings=False)), PeerWanted(HIGHER), PeerWanted(LOWER))
    assert story.wait(STAGGER_S) == [BorrowAir(HIGHER)]
    story.tell(AirLent(HIGHER), ActivationAccepted(HIGHER, ACTIVE), DeviceSeen(on(HIGHER, 100, V4)))
    story.tell(PeerAnswered(HIGHER, THERE))
    assert story.reason(LOWER) is Reason.RADIO_IN_USE
    assert story.link(LOWER).failures == 0
    story.tell(PeerUnwanted(HIGHER))
    assert story.reason(LOWER) is not None
    story.tell(DeviceSeen(IDLE))
    assert story.link(LOWER).phase is Phase.FINDING, "it goes on when the radio is free"


def test_asking_again_while_the_link_is_taken_down_waits_for_the_radio(story: Story) -> None:
    story.link_up()
    story.tell(PeerUnwanted(HIGHER), PeerWanted(HIGHER))
    assert story.wait(FIRST_MOVE_S) == []
    assert story.link().phase is Phase.FINDING
    assert story.tell(DeviceSeen(IDLE)) == [BorrowAir(HIGHER)]


def test_a_link_is_not_down_while_networkmanager_keeps_it(story: Story) -> None:
    story.link_up()
    assert story.tell(PeerUnwanted(HIGHER)) == [Deactivate(ACTIVE, farewell=HIGHER)]
    story.tell(DeactivationRefused(ACTIVE, Problem(Reason.NOT_PERMITTED)))
    assert story.reason() is Reason.NOT_PERMITTED
    pauses: list[float] = []
    while not pauses or pauses[-1] < PAUSE_SLOW_S:
        assert story.link().phase is Phase.LEAVING
        asked = story.now
        while story.wait(1.0) != [Deactivate(ACTIVE)]:
            pass
        pauses.append(story.now - asked)
    assert pauses[0] == LEAVING_S
    assert pauses == sorted(pauses), "asked ever more seldom"
    story.tell(DeviceSeen(IDLE))
    assert story.link().phase is Phase.DOWN


@pytest.mark.parametrize("found", [False, True], ids=["the peer withdrew", "found by a new life"])
def test_an_activation_that_nobody_wants_is_ended_however_often_that_fails(story: Story, found: bool) -> None:
    if found:
        effects = story.tell(DeviceSeen(on(HIGHER, 100, V4)))
    else:
        story.link_up()
        story = Story(put(story.state, replace(story.link(), invited=True)))
        effects = story.tell(AttemptCalledOff(HIGHER, b"", Problem(Reason.PEER_WITHDREW)))
    for _ in range(3):
        assert Deactivate(ACTIVE) in effects
        story.tell(DeactivationRefused(ACTIVE, Problem(Reason.NETWORKMANAGER_SILENT)))
        assert story.link().phase is Phase.LEAVING
        assert story.reason() is Reason.NETWORKMANAGER_SILENT
        deadline = story.state.deadline
        assert deadline is not None
        effects = story.wait(deadline - story.now)
    story.tell(DeviceSeen(IDLE))
    assert story.link().phase is Phase.DOWN


def test_a_link_whose_interface_is_gone_is_over_although_networkmanager_says_nothing(story: Story) -> None:
    shown, gone = Stack((GroupInterface("p2p-wlan0-0", True),)), Stack()
    story.link_up()
    story.tell(StackSeen(shown), StackSeen(gone))
    assert story.wait(GONE_S / 2) == []
    story.tell(StackSeen(shown))
    assert story.wait(GONE_S) == [], "it was only away for a moment"
    story.tell(StackSeen(replace(gone, silent=True)))
    assert story.wait(GONE_S) == [], "nothing new is known"
    story.tell(StackSeen(gone))
    assert Deactivate(ACTIVE) in story.wait(GONE_S)
    assert story.reason() is Reason.PEER_LEFT


def test_a_link_on_the_adapters_own_interface_has_none_to_lose(story: Story) -> None:
    story.link_up()
    story.tell(DeviceSeen(replace(on(HIGHER, 100, V4), interface="wlan0")), StackSeen(Stack()))
    assert story.wait(GONE_S) == []
    assert story.link().phase is Phase.UP


def test_a_link_that_could_not_be_seen_for_a_moment_is_adopted_again(story: Story) -> None:
    story.link_up()
    story.tell(DeviceSeen(Device()))
    assert story.reason() is Reason.NETWORKMANAGER_GONE
    story.tell(DeviceSeen(on(HIGHER, 100, V4)), PeerAnswered(HIGHER, THERE))
    assert story.link().phase is Phase.UP


def test_another_programs_connection_is_left_alone(story: Story) -> None:
    story.tell(
        DeviceSeen(Device(DEVICE, DeviceState.ACTIVATED, active="/ActiveConnection/7", stranger="TV")), HostSeen(NEAR)
    )
    story.tell(PeerWanted(HIGHER))
    assert story.wait(FIRST_MOVE_S) == []
    assert story.reason() is Reason.RADIO_IN_USE


def test_a_wish_withdrawn_while_networkmanager_answers_ends_the_activation(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FIRST_MOVE_S)
    story.tell(AirLent(HIGHER), PeerUnwanted(HIGHER))
    assert story.tell(ActivationAccepted(HIGHER, ACTIVE)) == [Deactivate(ACTIVE)]
    story.tell(DeviceSeen(on(HIGHER, 110)), DeviceSeen(IDLE))
    assert story.link().phase is Phase.DOWN


def test_a_wish_withdrawn_while_networkmanager_refuses_is_down(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(HIGHER))
    story.wait(FIRST_MOVE_S)
    story.tell(AirLent(HIGHER), PeerUnwanted(HIGHER), ActivationRefused(HIGHER, Problem(Reason.RADIO_LOST)))
    assert story.link().phase is Phase.DOWN


def test_asking_again_tries_now(story: Story) -> None:
    story.activate()
    story.wait(ACTIVATING_S)
    story.tell(DeviceSeen(IDLE), PeerWanted(HIGHER))
    assert story.link().phase is Phase.FINDING
    assert story.link().failures == 0


def test_retries_slow_down_and_never_end(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    pauses: list[float] = []
    for _ in range(2000):
        story.oblige(story.wait(FINDING_S))
        deadline = story.link().deadline
        assert deadline is not None
        pauses.append(deadline - story.now)
        story.wait(deadline - story.now)
    assert max(pauses[:3]) <= min(pauses[5 : SLOW_AFTER - 1])
    assert min(pauses[SLOW_AFTER:]) >= PAUSE_SLOW_S
    story.tell(HostSeen(NEAR))
    assert story.wait(FIRST_MOVE_S) == [BorrowAir(HIGHER)]


def test_a_long_pause_lets_the_radio_rest(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    effects: list[Effect] = []
    for _ in range(SLOW_AFTER):
        effects += story.oblige(story.wait(FINDING_S))
        effects += story.wait((story.link().deadline or 0) - story.now)
    assert [effect for effect in effects if isinstance(effect, WantFind | DropFind)] == [DropFind(), WantFind()]


ACTIVES = [f"/ActiveConnection/{number}" for number in (1, 100, 101, 102)]
PEERS = st.sampled_from([HIGHER, LOWER])
EVENTS = st.one_of(
    PEERS.map(PeerWanted),
    PEERS.map(PeerUnwanted),
    PEERS.map(PeerRang),
    st.sampled_from([None, ALONE, NEAR, replace(NEAR, problem=Problem(Reason.RADIO_OFF))]).map(HostSeen),
    st.builds(
        on, PEERS, st.sampled_from([40, 50, 70, 100, 110]), st.sampled_from([(), V6, V4]), st.sampled_from(ACTIVES)
    ).map(DeviceSeen),
    st.sampled_from(ACTIVES).map(lambda active: DeactivationRefused(active, Problem(Reason.NOT_PERMITTED))),
    st.sampled_from(
        [
            IDLE,
            IDLE,
            Device(),
            Device(DEVICE, DeviceState.UNAVAILABLE),
            Device(DEVICE, DeviceState.ACTIVATED, "/7", stranger="TV"),
        ]
    ).map(DeviceSeen),
    st.sampled_from(
        [NegotiationSucceeded(HIGHER), NegotiationFailed(HIGHER, ""), FormationFailed(""), GroupStarted("GO")]
    ),
    st.just(DeviceFell(Problem(Reason.PEER_LEFT))),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 0.3, 2.0, 8.0, 25.0, 70.0]), st.booleans()), max_size=60))
def test_no_order_of_events_breaks_the_rules(course: list[tuple[Event, float, bool]]) -> None:
    story = Story()
    borrowed = ""
    lent = finding = unanswered = False
    answers: list[Event] = []
    paths = itertools.count(100)

    def accept(peer: str, number: int) -> Event:
        if number % 3:
            return ActivationAccepted(peer, f"/ActiveConnection/{number}")
        return ActivationRefused(peer, Problem(Reason.ACTIVATION_REFUSED))

    def obey(effects: list[Effect]) -> None:
        nonlocal borrowed, lent, finding, unanswered
        for effect in effects:
            match effect:
                case BorrowAir(peer):
                    assert not borrowed, "the air asked for twice"
                    borrowed = peer
                    answers.append(AirLent(peer))
                case ReturnAir():
                    assert borrowed
                    assert not unanswered, "the air returned while an activation may still begin"
                    borrowed, lent = "", False
                case Activate(peer):
                    assert lent, "an activation without the air"
                    assert borrowed == peer, "an activation of somebody else's turn"
                    unanswered = True
                    answers.append(accept(peer, next(paths)))
                case WantFind() | DropFind():
                    assert finding is not isinstance(effect, WantFind)
                    finding = isinstance(effect, WantFind)
                case Deactivate(active):
                    assert active
                case SeekPeer(peer):
                    answers.append(PeerAnswered(peer, THERE))

    for event, pause, answered in course:
        obey(story.wait(pause))
        obey(story.tell(event))
        while answers and answered:
            answer = answers.pop(0)
            lent = lent or (isinstance(answer, AirLent) and borrowed == answer.peer)
            unanswered = unanswered and not isinstance(answer, ActivationAccepted | ActivationRefused)
            obey(story.tell(answer))
        for link in story.state.links.values():
            assert link.phase is not Phase.FAILED or link.problem, "a failure without a reason"
            waits = link.phase is Phase.UP or link.blocked
            assert waits or link.deadline is not None, "a link that nothing ends"
            adopted = link.holds_radio or story.state.device.active in story.state.ended
            # A rung that clears flags shows the peer, too; what it keeps from being adopted is looked at after it.
            shown = (
                story.state.device.peer == link.peer and link.wanted and not clearing(story.state, story.state.device)
            )
            assert adopted or not shown, "a link that NetworkManager shows is not taken for what it is"
        deadline = story.state.deadline
        if deadline is not None and deadline <= story.now:
            obey(story.tell(Tick()))
            later = story.state.deadline
            assert later is None or later > story.now, "a deadline that spins"
