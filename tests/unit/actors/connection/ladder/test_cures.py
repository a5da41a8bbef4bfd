"""How a stuck stack is taken through the ladder: told as stories, then held against every order of events."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airhail.actors.connection.ladder.case import Case, Entry, Outcome, failed
from airhail.actors.connection.ladder.cures import AIR_S, ASKING_S, SHOWN_AFTER_S, STILL_S
from airhail.actors.connection.ladder.diagnosis import PATIENCE_S
from airhail.actors.connection.ladder.events import (
    DisconnectDevice,
    QuestionAnswered,
    Remanage,
    RemoveGroups,
    ResetEngine,
    RestartSupplicant,
    RungAnswered,
)
from airhail.actors.connection.ladder.judge import RECHECK_S, prescribe
from airhail.actors.connection.ladder.ladder import HARD_AFTER_S, HOUR_S, LADDER, Disturbs, Rung
from airhail.actors.connection.links.events import (
    Activate,
    ActivationAccepted,
    ActivationRefused,
    AirLent,
    AirRefused,
    BorrowAir,
    Deactivate,
    DeviceFell,
    DeviceSeen,
    Effect,
    Event,
    HostSeen,
    NegotiationFailed,
    PeerAnswered,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    StackSeen,
)
from airhail.actors.connection.links.link import ACTIVATING_S, FINDING_S, PAUSE_SLOW_S, Phase
from airhail.actors.connection.links.state import HOST, Consent, State
from airhail.actors.connection.links.turns import REST_S
from airhail.actors.connection.links.world import Device, GroupInterface, Host, Stack
from airhail.actors.reasons import Problem, Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.dbus.networkmanager_enums import DeviceState
from tests.unit.actors.connection.links.story import (
    ACTIVE,
    ALONE,
    DEVICE,
    HIGHER,
    IDLE,
    LOWER,
    NEAR,
    THERE,
    V4,
    Story,
    on,
)

HOME = replace(IDLE, parent="wlan0")
ONLINE = replace(HOME, wifi=("wlan0",))
STUCK = replace(ONLINE, state=DeviceState.UNAVAILABLE)
USER = replace(NEAR, rings=False)
ZOMBIE = Stack((GroupInterface("p2p-wlan0-0", True),), listed=("p2p-wlan0-0",))
LEAKED = Stack((GroupInterface("p2p-wlan0-3", False),))
CLEARING = "/ActiveConnection/9"


@pytest.fixture
def story() -> Story:
    return Story()


def outcomes(story: Story) -> list[tuple[Rung | None, Outcome]]:
    """Return what came of each rung, and of each attempt without one."""
    return [(entry.rung, entry.outcome) for entry in story.history if entry.outcome is not Outcome.BEGUN]


def fail_once(story: Story) -> list[Effect]:
    """Let the attempt under way end unanswered, and the device come to rest."""
    story.wait(ACTIVATING_S)
    return story.tell(DeviceSeen(IDLE))


def try_again(story: Story, active: str) -> None:
    """Wait until the link to HIGHER is activated once more."""
    effects: list[Effect] = []
    while not any(isinstance(effect, BorrowAir) for effect in effects):
        deadline = story.state.deadline
        assert deadline is not None
        effects = story.wait(max(deadline - story.now, 0.0))
    story.tell(AirLent(HIGHER), ActivationAccepted(HIGHER, active), DeviceSeen(on(HIGHER, 50, active=active)))
    assert story.link().phase is Phase.ACTIVATING


def test_one_silence_is_no_symptom(story: Story) -> None:
    story.activate()
    assert fail_once(story) == [ReturnAir()]
    assert story.link().case.symptoms == ()


def clear_flags(story: Story) -> list[Effect]:
    """Play the flags being cleared, from the air in hand to the real activation."""
    assert story.tell(RungAnswered(Rung.CLEAR_FLAGS)) == []
    (effect,) = story.wait(STILL_S)
    assert isinstance(effect, Activate)
    assert story.tell(ActivationAccepted(HIGHER, CLEARING)) == []
    assert story.tell(DeviceSeen(on(HIGHER, 40, active=CLEARING))) == []
    assert story.tell(DeviceSeen(on(HIGHER, 50, active=CLEARING))) == []
    assert story.link().phase is not Phase.ACTIVATING, "it is no attempt at the link"
    assert story.wait(ASKING_S) == [ResetEngine(Rung.CLEAR_FLAGS)]
    assert story.tell(RungAnswered(Rung.CLEAR_FLAGS)) == [Deactivate(CLEARING)]
    assert story.tell(DeviceSeen(on(HIGHER, 110, active=CLEARING))) == []
    return story.tell(DeviceSeen(IDLE))


def deadlocked(story: Story, host: Host = USER) -> list[Effect]:
    """Bring a story to where both ends asked and neither was answered; return what is done first."""
    story.tell(PeerRang(HIGHER))
    story.activate()
    story.tell(HostSeen(host))
    effects = fail_once(story)
    assert story.link().case.symptoms == (Symptom.DEADLOCK,)
    return effects


def test_two_ends_that_ignore_each_other_have_their_flags_cleared_into_the_next_attempt(story: Story) -> None:
    assert deadlocked(story) == [ResetEngine(Rung.CLEAR_FLAGS)], "with the air still in hand"
    assert isinstance(clear_flags(story)[0], Activate)
    assert story.link().phase is Phase.ACTIVATING
    story.tell(ActivationAccepted(HIGHER, "/ActiveConnection/3"))
    story.tell(DeviceSeen(on(HIGHER, 100, V4, "/ActiveConnection/3")), PeerAnswered(HIGHER, THERE))
    assert outcomes(story) == [(None, Outcome.NOT_CURED), (Rung.CLEAR_FLAGS, Outcome.CURED)]
    reason = Reason.PEER_NEVER_ANSWERED
    assert story.history[-1] == Entry(HIGHER, reason, (Symptom.DEADLOCK,), Rung.CLEAR_FLAGS, Outcome.CURED)
    assert story.link().case.tried == {}


def test_a_rung_that_did_not_cure_leads_to_the_next(story: Story) -> None:
    assert deadlocked(story, NEAR) == [ResetEngine(Rung.FLUSH, flush=True)]
    assert story.tell(RungAnswered(Rung.FLUSH)) == [ReturnAir()]
    try_again(story, "/ActiveConnection/2")
    assert fail_once(story) == [ResetEngine(Rung.CLEAR_FLAGS)]
    clear_flags(story)
    story.tell(ActivationAccepted(HIGHER, ACTIVE), DeviceSeen(on(HIGHER, 100, V4)), PeerAnswered(HIGHER, THERE))
    expected = [(None, Outcome.NOT_CURED), (Rung.FLUSH, Outcome.NOT_CURED), (Rung.CLEAR_FLAGS, Outcome.CURED)]
    assert outcomes(story) == expected


def test_a_use_is_on_record_before_it_begins(story: Story) -> None:
    assert deadlocked(story, NEAR) == [ResetEngine(Rung.FLUSH, flush=True)]
    reason = Reason.PEER_NEVER_ANSWERED
    assert story.history[-1] == Entry(HIGHER, reason, (Symptom.DEADLOCK,), Rung.FLUSH, Outcome.BEGUN)


def test_what_says_nothing_about_the_stack_calls_for_no_rung(story: Story) -> None:
    assert deadlocked(story, NEAR) == [ResetEngine(Rung.FLUSH, flush=True)]
    story.tell(RungAnswered(Rung.FLUSH))
    began = story.now
    while story.now < began + 2 * HOUR_S:
        try_again(story, ACTIVE)
        effects = story.tell(DeviceFell(Problem(Reason.RADIO_LOST)), DeviceSeen(IDLE))
        assert not any(isinstance(effect, ResetEngine) for effect in effects)
    assert story.link().case.trial is Rung.FLUSH, "whether it cured is not known yet"


def test_a_call_of_long_ago_says_nothing_of_a_peer_that_is_gone(story: Story) -> None:
    deadlocked(story, NEAR)
    story.tell(RungAnswered(Rung.FLUSH), HostSeen(ALONE))
    while story.reason() is not Reason.PEER_NOT_FOUND:
        story.wait(1.0)
    assert story.link().case.symptoms == (Symptom.UNSEEN,)


def test_what_drops_the_wifi_waits_until_a_link_has_failed_for_long(story: Story) -> None:
    """In air that carries one way each attempt fails within a second; the ladder was climbed in fifteen."""
    story.tell(DeviceSeen(IDLE), HostSeen(NEAR), StackSeen(Stack(admin=True)), PeerWanted(HIGHER))
    gentle = {rung: 100.0 for rung, step in LADDER.items() if step.disturbs is not Disturbs.WIFI}
    case = failed(Case(rang=True, tried=gentle), Reason.NEGOTIATION_FAILED, 100.0)

    def due(now: float) -> Rung | None:
        return prescribe(story.state, HIGHER, case, (Symptom.DEADLOCK,), now)[0].links[HIGHER].case.due

    assert due(100.0 + HARD_AFTER_S - 1.0) is None
    assert due(100.0 + HARD_AFTER_S) is Rung.RESTART_SUPPLICANT


def test_flags_cleared_for_a_wish_that_is_gone_end_without_an_attempt(story: Story) -> None:
    story.tell(HostSeen(USER), PeerRang(HIGHER))
    story.activate()
    story.tell(HostSeen(USER))
    assert fail_once(story) == [ResetEngine(Rung.CLEAR_FLAGS)]
    story.tell(PeerUnwanted(HIGHER))
    assert story.tell(RungAnswered(Rung.CLEAR_FLAGS)) == []
    assert story.wait(STILL_S) == [ReturnAir()]


def link_by_clearing_flags(story: Story) -> None:
    """Have the negotiation that was only meant to clear flags make the group."""
    story.activate()
    story.tell(HostSeen(USER), PeerRang(HIGHER))
    fail_once(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS))
    story.wait(STILL_S)
    story.tell(ActivationAccepted(HIGHER, CLEARING), DeviceSeen(on(HIGHER, 50, active=CLEARING)))
    story.tell(DeviceSeen(on(HIGHER, 70, active=CLEARING)))
    assert story.link().phase is Phase.ADDRESSING


def test_a_negotiation_meant_to_clear_flags_that_links_is_taken_for_the_link(story: Story) -> None:
    link_by_clearing_flags(story)
    story.tell(DeviceSeen(on(HIGHER, 100, V4, CLEARING)), PeerAnswered(HIGHER, THERE))
    assert outcomes(story)[-1] == (Rung.CLEAR_FLAGS, Outcome.CURED)


def test_flags_are_not_cleared_with_a_peer_that_is_gone(story: Story) -> None:
    deadlocked(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS))
    story.wait(STILL_S)
    story.tell(ActivationAccepted(HIGHER, CLEARING), DeviceSeen(on(HIGHER, 40, active=CLEARING)))
    effects = story.tell(DeviceFell(Problem(Reason.PEER_NOT_FOUND)))
    assert effects == [Deactivate(CLEARING), ReturnAir()]
    assert outcomes(story)[-1] == (Rung.CLEAR_FLAGS, Outcome.FAILED)
    assert story.tell(DeviceSeen(IDLE)) == [BorrowAir(HIGHER)]


def test_in_the_user_tier_silence_leads_from_clear_flags_to_a_quiet_period_and_no_further(story: Story) -> None:
    story.activate()
    story.tell(HostSeen(USER))
    assert fail_once(story) == [ReturnAir()]
    try_again(story, "/ActiveConnection/2")
    assert fail_once(story) == [ResetEngine(Rung.CLEAR_FLAGS)]
    assert story.link().case.symptoms == (Symptom.UNANSWERED,)
    assert isinstance(clear_flags(story)[0], Activate)
    story.tell(ActivationAccepted(HIGHER, ACTIVE), DeviceSeen(on(HIGHER, 50)))
    assert fail_once(story) == [ResetEngine(Rung.KEEP_QUIET)]
    assert story.tell(RungAnswered(Rung.KEEP_QUIET)) == []
    assert story.wait(60.0) == [], "nobody finds and nobody moves"
    assert story.tell(HostSeen(replace(ALONE, rings=False))) == [ReturnAir()]
    story.tell(HostSeen(USER))
    try_again(story, "/ActiveConnection/3")
    assert fail_once(story) == [ReturnAir()]
    assert story.link().case.due is None


@pytest.mark.parametrize(
    "event",
    [PeerUnwanted(HIGHER), HostSeen(Host("", problem=Problem(Reason.NETWORKMANAGER_GONE))), HostSeen(None)],
    ids=["nobody wants the link", "NetworkManager restarts", "discovery restarts"],
)
def test_a_quiet_period_ends_when_it_tells_nothing_any_more(story: Story, event: Event) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(USER), PeerWanted(HIGHER))
    cleared = {Rung.CLEAR_FLAGS: story.now, Rung.RENEW_FIND: story.now}
    case = failed(Case(rang=True, tried=cleared), Reason.PEER_NEVER_ANSWERED, story.now)
    state, _ = prescribe(story.state, HIGHER, case, (Symptom.DEADLOCK,), story.now)
    story = Story(state)
    assert story.oblige(story.wait(0.0)) == [BorrowAir(HIGHER), ResetEngine(Rung.KEEP_QUIET)]
    assert ReturnAir() in story.tell(event)
    assert story.state.cure is None
    assert Rung.KEEP_QUIET not in [rung for rung, _ in outcomes(story)]


def test_looking_in_vain_does_not_count_while_a_rung_has_the_air(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    story.wait(1.0)
    story.tell(PeerWanted(LOWER))
    assert story.wait(FINDING_S - 1.0) == [BorrowAir(HIGHER)]
    assert story.tell(AirLent(HIGHER)) == [ResetEngine(Rung.RENEW_FIND)]
    story.wait(1.0)
    assert story.link(LOWER).phase is Phase.FINDING
    assert story.tell(RungAnswered(Rung.RENEW_FIND)) == [ReturnAir()]


def test_a_group_that_nobody_activates_is_removed_without_any_wish(story: Story) -> None:
    story.tell(DeviceSeen(HOME), HostSeen(NEAR), StackSeen(ZOMBIE))
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == [BorrowAir(HOST)]
    assert story.tell(AirLent(HOST)) == [ResetEngine(Rung.REMOVE_GROUP)]
    assert story.tell(RungAnswered(Rung.REMOVE_GROUP)) == [RemoveGroups(("p2p-wlan0-0",))]
    assert story.tell(RungAnswered(Rung.REMOVE_GROUP)) == []
    assert story.tell(StackSeen(Stack())) == [ReturnAir()]
    assert story.history == [
        Entry(HOST, None, (Symptom.ZOMBIE_GROUP,), Rung.REMOVE_GROUP, outcome)
        for outcome in (Outcome.BEGUN, Outcome.CURED)
    ]
    assert story.state.deadline is None


def test_a_group_of_an_attempt_is_no_zombie(story: Story) -> None:
    story.activate()
    assert story.tell(StackSeen(ZOMBIE)) == []
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == []
    assert story.state.unwell == {}


def test_a_zombie_in_the_user_tier_needs_the_adapter_and_asks_only_a_user_who_is_online(story: Story) -> None:
    story.tell(DeviceSeen(HOME), HostSeen(USER), StackSeen(replace(ZOMBIE, listed=())))
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == [BorrowAir(HOST)]
    assert story.tell(AirLent(HOST)) == [Remanage("wlan0")]
    other = Story()
    other.tell(DeviceSeen(ONLINE), HostSeen(USER), StackSeen(replace(ZOMBIE, listed=())))
    assert other.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == []
    assert other.state.question
    assert other.tell(StackSeen(Stack())) == []
    assert other.state.question is None, "it went by itself"


def test_an_interface_left_behind_is_left_alone_while_attempts_may_use_it(story: Story) -> None:
    story.activate()
    story.tell(StackSeen(LEAKED))
    assert fail_once(story) == [ReturnAir()], "it is kept ready for the next attempt"
    try_again(story, "/ActiveConnection/2")
    assert fail_once(story) == [ResetEngine(Rung.FLUSH, flush=True)], "which removes it, if it is kept"
    assert story.link().case.symptoms == (Symptom.UNANSWERED, Symptom.LEAKED_INTERFACE)
    idle = Story()
    idle.tell(DeviceSeen(HOME), HostSeen(NEAR), StackSeen(LEAKED))
    assert idle.wait(PATIENCE_S[Symptom.LEAKED_INTERFACE]) == [BorrowAir(HOST)]


def stuck(consent: Consent = Consent.ASK, *, allow: bool = False, admin: bool = False) -> Story:
    story = Story(State(consent=consent))
    story.tell(DeviceSeen(STUCK), HostSeen(NEAR), StackSeen(Stack(admin=admin)), PeerWanted(HIGHER, "", allow))
    return story


def test_a_rung_that_drops_the_wifi_asks_first_and_waits_for_the_word() -> None:
    story = stuck()
    assert story.wait(PATIENCE_S[Symptom.DEVICE_STUCK]) == []
    assert story.state.question
    assert story.state.question.rung is Rung.REMANAGE
    assert story.wait(10 * RECHECK_S) == []
    assert outcomes(story).count((Rung.REMANAGE, Outcome.ASKED)) == 1
    assert story.tell(QuestionAnswered(True)) == [BorrowAir(HOST)]
    assert story.tell(AirLent(HOST)) == [Remanage("wlan0")]
    assert story.tell(RungAnswered(Rung.REMANAGE), DeviceSeen(ONLINE)) == []
    assert story.wait(SHOWN_AFTER_S)[0] == ReturnAir()
    assert outcomes(story)[-1] == (Rung.REMANAGE, Outcome.CURED)


def test_a_question_about_the_host_stays_when_a_rung_for_a_link_ends(story: Story) -> None:
    story.tell(DeviceSeen(ONLINE), HostSeen(USER), StackSeen(replace(ZOMBIE, listed=())), PeerWanted(HIGHER))
    story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP])
    assert story.state.question
    failed_link = replace(story.link(), phase=Phase.FAILED, case=replace(story.link().case, due=Rung.RENEW_FIND))
    story = Story(replace(story.state, turn="", turn_ends=None, lent=False, links={HIGHER: failed_link}))
    story.tell(StackSeen(replace(ZOMBIE, listed=())))
    story.tell(AirLent(HIGHER), RungAnswered(Rung.RENEW_FIND))
    assert Rung.RENEW_FIND in story.state.used
    assert story.state.question


def test_a_radio_that_a_rung_took_away_is_no_reason_to_call_a_person() -> None:
    story = stuck(Consent.ALWAYS)
    story.wait(PATIENCE_S[Symptom.DEVICE_STUCK])
    story.tell(AirLent(HOST))
    unmanaged = replace(NEAR, problem=Problem(Reason.RADIO_UNMANAGED))
    story.tell(DeviceSeen(replace(ONLINE, state=DeviceState.UNMANAGED)), HostSeen(unmanaged))
    assert story.reason() is Reason.RADIO_UNAVAILABLE, "what it said before"
    story.tell(RungAnswered(Rung.REMANAGE), DeviceSeen(ONLINE), HostSeen(NEAR))
    story.wait(SHOWN_AFTER_S)
    assert story.link().phase is Phase.FINDING


def test_a_no_leads_to_the_next_rung_and_two_to_none() -> None:
    story = stuck(admin=True)
    story.wait(PATIENCE_S[Symptom.DEVICE_STUCK])
    story.tell(QuestionAnswered(False))
    assert story.state.question
    assert story.state.question.rung is Rung.REMANAGE
    story.tell(QuestionAnswered(False))
    assert story.state.question is None
    assert story.wait(10 * RECHECK_S) == []
    assert [outcome for _, outcome in outcomes(story)].count(Outcome.REFUSED) == 2


def test_a_no_holds_until_the_user_asks_again_with_the_word() -> None:
    story = stuck()
    story.wait(PATIENCE_S[Symptom.DEVICE_STUCK])
    story.tell(QuestionAnswered(False))
    assert story.wait(HOUR_S) == []
    assert story.state.question is None
    story.tell(PeerWanted(HIGHER, "", True))
    assert story.wait(PATIENCE_S[Symptom.DEVICE_STUCK]) == [BorrowAir(HOST)]
    assert story.state.cure
    assert story.state.cure.rung is Rung.REMANAGE


def test_the_word_may_be_given_beforehand_or_for_good() -> None:
    for story in (stuck(Consent.ALWAYS), stuck(allow=True)):
        assert story.wait(PATIENCE_S[Symptom.DEVICE_STUCK]) == [BorrowAir(HOST)]
    story = stuck(Consent.NEVER, admin=True)
    assert story.wait(PATIENCE_S[Symptom.DEVICE_STUCK]) == []
    assert story.state.question is None
    refused = [rung for rung, outcome in outcomes(story) if outcome is Outcome.REFUSED]
    assert refused == [Rung.RESTART_SUPPLICANT, Rung.REMANAGE]


def test_a_question_is_settled_when_the_wifi_is_not_in_use_any_more() -> None:
    story = stuck()
    story.wait(PATIENCE_S[Symptom.DEVICE_STUCK])
    assert story.tell(DeviceSeen(replace(STUCK, wifi=()))) == [BorrowAir(HOST)]


def test_an_activation_that_will_not_go_is_ended_with_its_device(story: Story) -> None:
    story.activate()
    story.wait(ACTIVATING_S)
    story.tell(StackSeen(Stack()))
    effects: list[Effect] = []
    while not any(effect == BorrowAir(HOST) for effect in effects):
        effects = story.wait(5.0)
    assert story.tell(AirLent(HOST)) == [DisconnectDevice(DEVICE)]
    assert ReturnAir() in story.tell(RungAnswered(Rung.DEACTIVATE), DeviceSeen(IDLE))


def test_without_the_air_a_rung_is_put_off_and_nothing_spins(story: Story) -> None:
    story.tell(DeviceSeen(HOME), HostSeen(NEAR), StackSeen(ZOMBIE))
    story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP])
    assert story.tell(AirRefused(HOST)) == [ReturnAir()]
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == [BorrowAir(HOST)]
    assert story.wait(AIR_S)[0] == ReturnAir()


def test_a_rung_that_could_not_be_used_leads_to_the_next(story: Story) -> None:
    deadlocked(story, NEAR)
    assert story.tell(RungAnswered(Rung.FLUSH, "no answer")) == [ReturnAir(), BorrowAir(HIGHER)]
    assert outcomes(story)[-1] == (Rung.FLUSH, Outcome.FAILED)
    assert story.tell(AirLent(HIGHER)) == [ResetEngine(Rung.CLEAR_FLAGS)]


def test_a_link_that_is_up_is_never_disturbed(story: Story) -> None:
    story.link_up()
    story.tell(StackSeen(ZOMBIE), PeerWanted(LOWER), PeerRang(LOWER))
    assert story.wait(3600.0) == []


def test_a_peer_that_never_answers_is_tried_for_ever_and_the_wifi_stays(story: Story) -> None:
    story.tell(DeviceSeen(ONLINE), HostSeen(NEAR), StackSeen(Stack(admin=True)), PeerWanted(HIGHER))
    rungs: list[Effect] = []
    last_attempt = story.now
    numbers = iter(range(10, 100_000))
    waiting: list[Effect] = []
    end = story.now + 24 * 3600.0
    while story.now < end:
        for effect in waiting:
            match effect:
                case Activate():
                    assert story.now - last_attempt < 2 * PAUSE_SLOW_S, "the intent is not worked for"
                    last_attempt = story.now
                    active = f"/ActiveConnection/{next(numbers)}"
                    waiting = story.tell(
                        ActivationAccepted(HIGHER, active), DeviceSeen(replace(on(HIGHER, 50, active=active)))
                    )
                    break
                case Deactivate():
                    waiting = story.tell(DeviceSeen(ONLINE))
                    break
                case BorrowAir(peer):
                    waiting = story.tell(AirLent(peer))
                    break
                case ResetEngine(rung):
                    rungs.append(effect)
                    waiting = story.tell(RungAnswered(rung))
                    break
        else:
            deadline = story.state.deadline
            assert deadline is not None
            waiting = story.wait(max(deadline - story.now, 0.0))
    assert story.state.question is None
    assert 0 < len(rungs) < 24 * 2 * 4, "each gentle rung at most once an hour"
    assert len(story.history) < 256, "a day of silence fits into the history"


def asked_for_a_link(admin: bool = True) -> Story:
    """Bring a story to where the only rungs left for a link would drop the Wi-Fi that the user is online over."""
    story = Story()
    story.tell(StackSeen(Stack(admin=admin)))
    deadlocked(story)
    gentle = {rung: story.now for rung in Rung if LADDER[rung].disturbs is not Disturbs.WIFI}
    link = replace(story.link(), case=replace(story.link().case, tried=gentle, due=None))
    story = Story(replace(story.state, cure=None, turn="", turn_ends=None, lent=False, links={HIGHER: link}))
    story.tell(DeviceSeen(ONLINE))
    while story.state.question is None:
        effects = story.wait(1.0)
        if any(isinstance(effect, BorrowAir) for effect in effects):
            story.tell(AirLent(HIGHER), ActivationAccepted(HIGHER, ACTIVE), DeviceSeen(on(HIGHER, 50)))
            story.tell(PeerRang(HIGHER))
            story.wait(ACTIVATING_S)
            story.tell(DeviceSeen(ONLINE))
    assert story.state.question.peer == HIGHER
    return story


@pytest.mark.parametrize(
    "device",
    [Device(), replace(HOME, state=DeviceState.UNMANAGED)],
    ids=["NetworkManager restarts", "the user lets the adapter go"],
)
def test_a_question_is_not_settled_by_a_radio_that_is_taken_away(device: Device) -> None:
    story = asked_for_a_link()
    effects = story.tell(DeviceSeen(device))
    for _ in range(100):
        assert not any(isinstance(effect, BorrowAir) for effect in effects)
        effects = story.wait(1.0)


def test_a_rung_whose_symptom_is_gone_before_the_air_is_lent_is_not_used() -> None:
    story = stuck(Consent.ALWAYS)
    assert story.wait(PATIENCE_S[Symptom.DEVICE_STUCK]) == [BorrowAir(HOST)]
    assert ReturnAir() in story.tell(DeviceSeen(ONLINE), AirLent(HOST))
    assert story.state.used == {}


def test_no_rung_is_chosen_before_it_is_known_how_far_the_rights_reach(story: Story) -> None:
    story.tell(DeviceSeen(HOME), StackSeen(ZOMBIE))
    story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP])
    story.tell(HostSeen(NEAR))
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == [BorrowAir(HOST)]
    assert story.state.cure
    assert story.state.cure.rung is Rung.REMOVE_GROUP


def test_a_rung_for_a_wish_that_is_gone_before_the_air_is_lent_is_not_used(story: Story) -> None:
    story.tell(DeviceSeen(IDLE), HostSeen(ALONE), PeerWanted(HIGHER))
    assert story.wait(FINDING_S) == [BorrowAir(HIGHER)]
    assert ReturnAir() in story.tell(PeerUnwanted(HIGHER), AirLent(HIGHER))
    assert story.state.used == {}


def test_the_air_lent_to_somebody_else_is_not_ours_to_use(story: Story) -> None:
    story.tell(DeviceSeen(HOME), HostSeen(NEAR), StackSeen(ZOMBIE))
    assert story.wait(PATIENCE_S[Symptom.ZOMBIE_GROUP]) == [BorrowAir(HOST)]
    assert story.tell(AirLent(HIGHER)) == [], "the answer to a wish that was withdrawn"
    assert story.tell(AirLent(HOST)) == [ResetEngine(Rung.REMOVE_GROUP)]
    assert story.tell(AirRefused(HIGHER)) == []


def test_the_air_stays_lent_while_a_link_that_cleared_flags_is_addressing(story: Story) -> None:
    link_by_clearing_flags(story)
    assert ReturnAir() not in story.wait(REST_S)
    assert story.tell(DeviceSeen(on(HIGHER, 100, V4, CLEARING)), PeerAnswered(HIGHER, THERE))[-1] == ReturnAir()


def test_flags_are_not_cleared_over_another_programs_connection(story: Story) -> None:
    deadlocked(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS))
    stranger = replace(IDLE, state=DeviceState.ACTIVATED, active="/ActiveConnection/7", stranger="TV")
    story.tell(DeviceSeen(stranger))
    assert story.wait(STILL_S) == [ReturnAir()]


def test_another_programs_connection_is_not_taken_for_a_link_that_cleared_flags(story: Story) -> None:
    deadlocked(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS))
    story.wait(STILL_S)
    story.tell(ActivationAccepted(HIGHER, CLEARING), DeviceSeen(on(HIGHER, 50, active=CLEARING)))
    stranger = replace(IDLE, state=DeviceState.ACTIVATED, active="/ActiveConnection/7", stranger="TV")
    story.tell(DeviceSeen(stranger))
    assert (Rung.CLEAR_FLAGS, Outcome.CURED) not in outcomes(story)
    assert story.state.cure


def test_flags_are_not_cleared_when_the_air_was_lost_meanwhile(story: Story) -> None:
    deadlocked(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS), HostSeen(None), HostSeen(USER))
    assert story.wait(STILL_S)[0] == ReturnAir()


def test_a_negotiation_for_a_wish_that_is_gone_is_cancelled_and_not_left_authorised(story: Story) -> None:
    deadlocked(story)
    story.tell(RungAnswered(Rung.CLEAR_FLAGS))
    story.wait(STILL_S)
    story.tell(ActivationAccepted(HIGHER, CLEARING), DeviceSeen(on(HIGHER, 50, active=CLEARING)))
    story.tell(PeerUnwanted(HIGHER))
    assert story.wait(ASKING_S) == [Deactivate(CLEARING), ReturnAir()]


RUNGS = st.sampled_from(list(Rung))
WISHES = st.builds(PeerWanted, st.sampled_from([HIGHER, LOWER]), st.just(""), st.booleans())
EVENTS = st.one_of(
    WISHES,
    st.sampled_from([HIGHER, LOWER]).map(PeerUnwanted),
    st.sampled_from([HIGHER, LOWER]).map(PeerRang),
    st.sampled_from([None, ALONE, NEAR, USER]).map(HostSeen),
    st.sampled_from([ONLINE, HOME, STUCK, Device(), on(HIGHER, 50), on(HIGHER, 100, V4), on(LOWER, 50)]).map(
        DeviceSeen
    ),
    st.sampled_from(
        [Stack(), ZOMBIE, LEAKED, Stack(supplicant=False), Stack(silent=True, admin=True), Stack(admin=True)]
    ).map(StackSeen),
    st.booleans().map(QuestionAnswered),
    st.builds(RungAnswered, RUNGS, st.sampled_from(["", "no"])),
    st.sampled_from([NegotiationFailed(HIGHER, ""), DeviceFell(Problem(Reason.PEER_NOT_FOUND))]),
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(list(Consent)),
    st.lists(st.tuples(EVENTS, st.sampled_from([0.0, 0.5, 3.0, 20.0, 90.0]), st.booleans()), max_size=60),
)
def test_no_order_of_events_climbs_without_leave(consent: Consent, course: list[tuple[Event, float, bool]]) -> None:
    story = Story(State(consent=consent))
    said_yes = False
    borrowed = ""
    holding = unanswered = False
    answers: list[Event] = []
    uses: dict[Rung, list[float]] = {rung: [] for rung in Rung}
    numbers = iter(range(100, 10_000))

    def used(rung: Rung) -> None:
        assert holding, "a rung without the air"
        device = story.state.device
        at_rest = device.state <= DeviceState.DISCONNECTED or device.active in story.state.ended
        assert at_rest or rung is Rung.CLEAR_FLAGS, "a rung under a link or an attempt"
        cure = story.state.cure
        if cure and cure.stage == "working":
            before = uses[rung]
            assert not before or story.now >= before[-1] + LADDER[rung].every, "a rung used too soon again"
            before.append(story.now)
            lately = [use for use in before if use > story.now - HOUR_S]
            assert len(lately) <= LADDER[rung].most, "a rung used too often in an hour"
        answers.append(RungAnswered(rung))

    def obey(effects: list[Effect]) -> None:
        nonlocal borrowed, holding, unanswered, said_yes
        for effect in effects:
            match effect:
                case BorrowAir(peer):
                    assert not borrowed, "the air asked for twice"
                    borrowed = peer or "the host"
                    answers.append(AirLent(peer))
                case ReturnAir():
                    assert borrowed
                    assert not unanswered, "the air returned while an activation may still begin"
                    borrowed, holding = "", False
                    answers[:] = [answer for answer in answers if not isinstance(answer, AirLent)]
                case Activate(peer):
                    assert holding, "an activation without the air"
                    unanswered = True
                    active = f"/ActiveConnection/{next(numbers)}"
                    answers.append(ActivationAccepted(peer, active))
                case ResetEngine(rung):
                    used(rung)
                case RemoveGroups(names):
                    assert names
                    used(Rung.REMOVE_GROUP)
                case DisconnectDevice():
                    used(Rung.DEACTIVATE)
                case Remanage() | RestartSupplicant():
                    wifi = story.state.device.wifi
                    word = any(link.allow_wifi_drop for link in story.state.links.values())
                    touched = bool(wifi) if isinstance(effect, RestartSupplicant) else effect.adapter in wifi
                    assert not touched or consent is Consent.ALWAYS or word or said_yes, "nobody allowed that"
                    assert LADDER[Rung.REMANAGE].disturbs is Disturbs.WIFI
                    used(Rung.REMANAGE if isinstance(effect, Remanage) else Rung.RESTART_SUPPLICANT)

    for event, pause, answered in course:
        obey(story.wait(pause))
        said_yes = said_yes or (event == QuestionAnswered(True) and story.state.question is not None)
        obey(story.tell(event))
        while answers and answered:
            answer = answers.pop(0)
            holding = holding or isinstance(answer, AirLent)
            unanswered = unanswered and not isinstance(answer, ActivationAccepted | ActivationRefused)
            obey(story.tell(answer))
        state = story.state
        assert not (state.cure and state.turn), "an attempt and a rung at once"
        for link in state.links.values():
            assert link.phase is not Phase.FAILED or link.problem
            waits = link.phase is Phase.UP or link.blocked
            assert waits or link.deadline is not None, "a link that nothing ends"
        deadline = state.deadline
        if deadline is not None and deadline <= story.now:
            before = story.state
            obey(story.wait(0.0))
            later = story.state.deadline
            assert later is None or later > story.now or story.state != before, "a deadline that spins"


def test_a_problem_of_this_host_is_no_symptom_of_the_stack(story: Story) -> None:
    off = replace(NEAR, problem=Problem(Reason.RADIO_OFF))
    story.tell(DeviceSeen(STUCK), HostSeen(off), StackSeen(Stack(supplicant=False)), PeerWanted(HIGHER))
    assert story.wait(3600.0) == []
    assert story.state.unwell == {}
