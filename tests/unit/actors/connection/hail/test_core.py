"""The hail's decisions, told as stories."""

from dataclasses import replace

import pytest

from airhail.actors.connection.hail.core import OVERDUE
from airhail.actors.connection.hail.events import (
    Agree,
    AskUser,
    AttemptEnded,
    AwaitPlan,
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
    SendFailed,
    StopAsking,
    TakeBack,
    Tick,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.heard import PROBLEMS, REACTIONS
from airhail.actors.connection.hail.messages import (
    Accept,
    Go,
    Message,
    Moved,
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
from airhail.actors.connection.hail.stages import (
    BOUND,
    FRESH_S,
    LATE_S,
    MANNERS,
    MAX_ASKED,
    MAY_FOLLOW,
    QUIET_S,
    SILENCE_S,
    UNHEARD_S,
    Stage,
)
from airhail.actors.connection.hail.state import enter
from airhail.actors.reasons import Problem, Reason
from tests.unit.actors.connection.hail.story import (
    ANOTHER,
    HERE,
    HIGHER,
    LOWER,
    NETWORKS,
    OFFER,
    OURS,
    THEIRS,
    Story,
    others,
    plan_in,
    words,
)


@pytest.fixture
def story() -> Story:
    return Story()


def ended(effects: list[object]) -> list[Reason]:
    return [effect.problem.reason for effect in effects if isinstance(effect, EndAttempt)]


def test_the_proposer_moves_first_and_both_are_linked(story: Story) -> None:
    (proposal,) = words(story.call())
    assert isinstance(proposal, Propose)
    assert story.hear(Ringing(OURS)) == []
    network = proposal.networks[0]
    effects = story.hear(Accept(OURS, OFFER, network))
    plan = plan_in(effects)
    assert (plan.first, plan.after, plan.ring_after, plan.rung) == (True, 1.0, 0.3, None)
    assert plan.own_ip.rsplit(".", 1)[0] == network.rsplit(".", 1)[0]
    assert words(effects) == [Go(OURS, False, 1000, 300)]
    assert words(story.tell(ReadyHere(HIGHER, OURS))) == [Go(OURS, False, 1000, 300, ready=True)]
    assert story.hear(Ready(OURS)) == [Move(HIGHER, OURS)]
    assert words(story.tell(MovedHere(HIGHER, OURS))) == [Moved(OURS)]
    assert story.hear(Moved(OURS)) == []
    assert words(story.wait(5.0)) == [], "both are on the air"
    assert words(story.tell(AttemptEnded(HIGHER, OURS))) == [Over(OURS)]
    assert story.stage() == ""
    assert story.hear(Over(OURS)) == []


def test_the_answerer_follows_what_it_hears_of_the_first_one(story: Story) -> None:
    effects = story.hear(Propose(THEIRS, OFFER, NETWORKS))
    assert others(effects) == [AskUser(HIGHER, "peer", story.now + 60)]
    assert words(effects) == [Ringing(THEIRS)]
    effects = story.tell(UserAccepted(HIGHER))
    assert others(effects) == [StopAsking(HIGHER), AwaitPlan(HIGHER)]
    (accept,) = words(effects)
    assert isinstance(accept, Accept)
    assert accept.network == NETWORKS[0]
    plan = plan_in(story.hear(Go(THEIRS, False, 1000, 300)))
    assert not plan.first
    assert words(story.tell(ReadyHere(HIGHER, THEIRS))) == [Ready(THEIRS)]
    assert others(story.wait(10.0)) == [], "it never moves by itself"
    assert story.hear(Moved(THEIRS)) == []
    assert others(story.wait(0.9)) == []
    assert others(story.wait(0.2)) == [Move(HIGHER, THEIRS)]
    assert words(story.tell(MovedHere(HIGHER, THEIRS))) == [Moved(THEIRS)]
    assert words(story.wait(5.0)) == [], "it has been delivered"
    assert words(story.hear(Moved(THEIRS))) == [Moved(THEIRS)], "the first one has not heard it"


def test_a_follower_that_hears_the_ring_needs_no_word(story: Story) -> None:
    story.answer()
    story.tell(ReadyHere(HIGHER, THEIRS))
    assert story.tell(RingHeard(HIGHER)) == []
    assert others(story.wait(0.3)) == [Move(HIGHER, THEIRS)]


@pytest.mark.parametrize("stage", [Stage.CALLING, Stage.RINGING, Stage.ASKING, Stage.ACCEPTED])
def test_whoever_is_followed_without_a_hail_hears_no_more_of_it(story: Story, stage: Stage) -> None:
    story.delivers = False
    if stage in (Stage.CALLING, Stage.RINGING):
        story.call()
    else:
        story.hear(Propose(THEIRS, OFFER, NETWORKS))
    if stage is Stage.RINGING:
        story.hear(Ringing(OURS))
    if stage is Stage.ACCEPTED:
        story.tell(UserAccepted(HIGHER))
    assert story.stage() == stage
    flight = story.state.flights[HIGHER]
    effects = story.tell(HailSkipped(HIGHER))
    assert TakeBack(HIGHER, flight.number) in effects
    assert (StopAsking(HIGHER) in effects) == (stage is Stage.ASKING)
    assert len(effects) == 1 + (stage is Stage.ASKING)
    assert story.stage() == ""
    assert story.wait(200.0) == []


def test_what_was_agreed_goes_on_and_a_last_word_is_said(story: Story) -> None:
    story.agree()
    assert story.tell(HailSkipped(HIGHER)) == []
    assert story.stage() == "preparing"
    story.delivers = False
    story.tell(HailUnwanted(HIGHER))
    assert story.tell(HailSkipped(HIGHER), HailSkipped(LOWER)) == []
    assert story.stage() == "ending"


def test_the_sooner_of_word_and_ring_counts(story: Story) -> None:
    story.follow()
    story.wait(0.5)
    story.tell(RingHeard(HIGHER))
    assert others(story.wait(0.29)) == []
    assert others(story.wait(0.02)) == [Move(HIGHER, THEIRS)]


def test_a_ring_is_no_evidence_for_who_is_not_ready_or_moves_first(story: Story) -> None:
    story.answer()
    story.tell(RingHeard(HIGHER))
    assert story.stage() == "preparing"
    other = Story()
    other.agree()
    other.tell(ReadyHere(HIGHER, OURS), RingHeard(HIGHER))
    assert other.stage() == "ready"
    other.tell(RingHeard(LOWER))


def test_after_a_failure_the_follower_takes_its_time(story: Story) -> None:
    plan = story.agree(tried=("negotiation-failed",))
    assert (plan.after, plan.ring_after) == (2.0, 2.0)


def test_nobody_moves_on_a_word_that_is_old(story: Story) -> None:
    story.agree()
    story.hear(Ready(OURS))
    story.wait(FRESH_S + 0.1)
    assert others(story.tell(ReadyHere(HIGHER, OURS))) == []
    assert story.hear(Ready(OURS)) == [Move(HIGHER, OURS)]


def test_nobody_moves_whose_own_word_does_not_arrive(story: Story) -> None:
    story.agree()
    story.delivers = False
    story.tell(ReadyHere(HIGHER, OURS))
    assert story.hear(Ready(OURS)) == []
    story.delivers = True
    number = story.state.flights[HIGHER].number
    story.tell(SendFailed(HIGHER, number, Problem(Reason.HAIL_UNANSWERED)))
    assert Move(HIGHER, OURS) in story.wait(1.0), "the word was said again, and delivered"


def test_the_proposer_is_ready_and_the_answerer_moves_first(story: Story) -> None:
    story.answer(go=Go(THEIRS, True, 1000, 300, ready=True))
    assert Move(HIGHER, THEIRS) in story.tell(ReadyHere(HIGHER, THEIRS))


def test_a_follower_that_was_held_up_too_long_does_not_move(story: Story) -> None:
    story.follow()
    story.now += 1.0 + LATE_S + 0.1
    effects = story.tell(Tick())
    assert ended([*effects]) == [Reason.NOT_READY]
    assert words(effects) == [Over(THEIRS, Reason.NOT_READY)]


@pytest.mark.parametrize("message", [Withdraw(THEIRS), Over(THEIRS, "formation-failed")])
def test_a_follower_whose_first_one_left_stays(story: Story, message: Message) -> None:
    story.follow()
    assert len(others(story.hear(message))) == 1
    assert others(story.wait(10.0)) == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Withdraw(OURS), Reason.PEER_WITHDREW),
        (Over(OURS, "activation-refused"), Reason.PEER_GAVE_UP),
        (Over(OURS, "hail-lost"), Reason.HAIL_LOST),
        (Refuse(OURS, Refusal.BUSY), Reason.PEER_BUSY),
        (Propose(ANOTHER, OFFER), Reason.HAIL_LOST),
    ],
)
def test_who_is_on_the_air_and_learns_that_the_other_left_ends_at_once(
    story: Story, message: Message, reason: Reason
) -> None:
    story.move_first()
    assert ended([*story.hear(message)]) == [reason]
    assert story.state.conversations.get(HIGHER) is None or story.stage() == "accepted"


def test_who_cannot_tell_a_deaf_peer_that_it_moved_ends_soon(story: Story) -> None:
    story.agree()
    story.tell(ReadyHere(HIGHER, OURS))
    story.hear(Ready(OURS))
    story.delivers = False
    story.tell(MovedHere(HIGHER, OURS))
    assert ended([*story.wait(UNHEARD_S)]) == [Reason.PEER_NOT_TOLD]


def test_a_peer_that_hears_the_ring_need_not_be_told(story: Story) -> None:
    story.agree(offer=replace(OFFER, tier=Tier.NETDEV))
    story.tell(ReadyHere(HIGHER, OURS))
    story.hear(Ready(OURS))
    story.delivers = False
    story.tell(MovedHere(HIGHER, OURS))
    assert others(story.wait(UNHEARD_S + 1)) == []


def test_the_other_end_is_linked_and_this_one_soon(story: Story) -> None:
    story.move_first()
    assert story.hear(Over(OURS)) == []
    assert story.stage() == "moved"


# --- asking ----------------------------------------------------------------------------------------------


def test_a_user_who_declines_is_left_alone_for_a_while(story: Story) -> None:
    story.hear(Propose(THEIRS, OFFER))
    effects = story.tell(UserRefused(HIGHER))
    assert others(effects) == [StopAsking(HIGHER)]
    assert words(effects) == [Refuse(THEIRS, Refusal.DECLINED)]
    assert words(story.hear(Propose(THEIRS, OFFER))) == [Refuse(THEIRS, Refusal.DECLINED)]
    assert words(story.hear(Propose(ANOTHER, OFFER))) == [Refuse(ANOTHER, Refusal.DECLINED)]
    story.wait(QUIET_S)
    assert words(story.hear(Propose(THEIRS, OFFER))) == [Refuse(THEIRS, Refusal.DECLINED)], "the same answer for ever"
    assert isinstance(others(story.hear(Propose(b"thirdone", OFFER)))[0], AskUser)


def test_a_user_who_does_not_answer_is_no_longer_asked(story: Story) -> None:
    story.hear(Propose(THEIRS, OFFER))
    effects = []
    for _ in range(12):
        effects += story.wait(5.0)
        story.hear(Propose(THEIRS, OFFER))
    assert others(effects) == [StopAsking(HIGHER)]
    assert words(effects)[-1] == Refuse(THEIRS, Refusal.NO_ANSWER)


def test_a_caller_that_is_gone_rings_no_longer(story: Story) -> None:
    story.hear(Propose(THEIRS, OFFER))
    assert others(story.wait(SILENCE_S)) == [StopAsking(HIGHER)]
    story.hear(Propose(ANOTHER, OFFER))
    assert others(story.hear(Withdraw(ANOTHER))) == [StopAsking(HIGHER)]


def test_a_flood_of_proposals_asks_once_and_no_longer_than_one(story: Story) -> None:
    (asked,) = others(story.hear(Propose(THEIRS, OFFER)))
    for number in range(1, 201):
        assert others(story.hear(Propose(number.to_bytes(8, "big"), OFFER))) == []
        story.wait(0.1)
    assert isinstance(asked, AskUser)
    assert others(story.wait(asked.until - story.now)) == [StopAsking(HIGHER)]
    assert len(story.state.conversations) <= 1


def test_so_many_questions_and_no_more(story: Story) -> None:
    for number in range(MAX_ASKED + 2):
        story.hear(Propose(THEIRS, OFFER), peer=f"{number:016x}")
    assert len(story.state.conversations) == MAX_ASKED
    assert story.state.passed_over == 2


@pytest.mark.parametrize("event", [HailWanted(HIGHER, OURS), PolicySet(HIGHER, Policy.ALWAYS), UserAccepted(HIGHER)])
def test_what_takes_a_call(story: Story, event: Event) -> None:
    story.hear(Propose(THEIRS, OFFER))
    assert others(story.tell(event)) == [StopAsking(HIGHER), AwaitPlan(HIGHER)]
    assert story.stage() == "accepted"


@pytest.mark.parametrize("event", [HailWanted(HIGHER, OURS), PolicySet(HIGHER, Policy.ALWAYS)])
def test_what_is_wanted_or_always_allowed_is_taken_without_a_question(story: Story, event: Event) -> None:
    story.tell(event, HailUnwanted(LOWER))
    story.tell(SendFailed(HIGHER, 1, Problem(Reason.NO_CARRIER)))
    story.tell(AttemptEnded(HIGHER, OURS, Problem(Reason.PEER_NOT_FOUND)))
    assert others(story.hear(Propose(THEIRS, OFFER))) == [AwaitPlan(HIGHER)]
    assert story.stage() == "accepted"


def test_a_wish_for_a_caller_that_another_was_quicker_than_is_told_so(story: Story) -> None:
    story.hear(Propose(THEIRS, OFFER))
    story.hear(Propose(ANOTHER, OFFER), peer=LOWER)
    story.tell(UserAccepted(LOWER))
    effects = story.tell(HailWanted(HIGHER, OURS))
    assert words(effects) == [Refuse(THEIRS, Refusal.BUSY)]
    assert ended([*effects]) == [Reason.RADIO_IN_USE], "its link would wait for ever"


def test_a_policy_of_never_refuses_and_takes_a_question_back(story: Story) -> None:
    story.hear(Propose(THEIRS, OFFER))
    effects = story.tell(PolicySet(HIGHER, Policy.NEVER))
    assert others(effects) == [StopAsking(HIGHER)]
    assert words(effects) == [Refuse(THEIRS, Refusal.NEVER)]
    assert words(story.hear(Propose(ANOTHER, OFFER))) == [Refuse(ANOTHER, Refusal.NEVER)]
    story.tell(PolicySet(HIGHER, Policy.ASK))
    assert story.state.policies == {}


@pytest.mark.parametrize(
    ("here", "word"),
    [(Here(), Refusal.NO_RADIO), (replace(HERE, busy_with=LOWER), Refusal.BUSY)],
)
def test_what_stands_against_a_link(here: Here, word: Refusal) -> None:
    story = Story(here)
    assert words(story.hear(Propose(THEIRS, OFFER))) == [Refuse(THEIRS, word)]
    assert len(ended([*story.call()])) == 1


def test_a_peer_that_asks_for_a_new_link_has_lost_the_old_one(story: Story) -> None:
    story.tell(HereSeen(replace(HERE, busy_with=HIGHER)), PolicySet(HIGHER, Policy.ALWAYS))
    assert ended([*story.hear(Propose(THEIRS, OFFER))]) == [Reason.PEER_LEFT]
    assert story.stage() == "accepted"


def test_what_was_begun_before_a_restart_goes_on(story: Story) -> None:
    story.tell(HereSeen(replace(HERE, busy_with=HIGHER)))
    assert words(story.hear(Moved(THEIRS))) == []
    story.tell(HereSeen(HERE))
    assert words(story.hear(Moved(THEIRS))) == [Over(THEIRS, Reason.HAIL_LOST)]


def test_one_session_at_a_time_is_agreed(story: Story) -> None:
    story.call(LOWER)
    story.agree()
    assert words(story.hear(Propose(THEIRS, OFFER), peer="4" * 16)) == [Refuse(THEIRS, Refusal.BUSY)]
    effects = story.hear(Accept(OURS, OFFER), peer=LOWER)
    assert ended([*effects]) == [Reason.RADIO_IN_USE]
    assert words(effects) == [Over(OURS, Reason.RADIO_IN_USE)]
    story.tell(AttemptEnded(HIGHER, OURS, Problem(Reason.FORMATION_FAILED)))
    assert isinstance(others(story.hear(Propose(ANOTHER, OFFER), peer="4" * 16))[0], AskUser)


# --- both at once, lost touch, restarts ---------------------------------------------------------------------


def test_both_propose_and_the_lower_ones_session_counts(story: Story) -> None:
    story.call(HIGHER)
    assert isinstance(words(story.hear(Propose(THEIRS, OFFER)))[0], Propose), "ours counts; it is said again"
    assert Agree in map(type, story.hear(Accept(OURS, OFFER)))
    other = Story()
    other.call(LOWER)
    effects = other.hear(Propose(THEIRS, OFFER), peer=LOWER)
    assert others(effects) == [AwaitPlan(LOWER)]
    assert isinstance(words(effects)[0], Accept)
    assert Agree in map(type, other.hear(Go(THEIRS, True, 1000, 300), peer=LOWER))


def test_both_propose_and_one_is_busy_with_a_third(story: Story) -> None:
    story.agree(HIGHER)
    story.tell(HailWanted(LOWER, ANOTHER))
    assert LOWER not in story.state.conversations
    other = Story()
    other.call(LOWER)
    other.agree(HIGHER)
    effects = other.hear(Propose(THEIRS, OFFER), peer=LOWER)
    assert ended([*effects]) == [Reason.RADIO_IN_USE]
    assert words(effects) == [Refuse(THEIRS, Refusal.BUSY)]


def test_a_peer_that_was_started_anew_says_that_it_knows_nothing(story: Story) -> None:
    for message in (
        Ringing(ANOTHER),
        Accept(ANOTHER, OFFER),
        Go(ANOTHER, True, 0, 0),
        Ready(ANOTHER),
        Moved(ANOTHER),
    ):
        assert words(story.hear(message)) == [Over(ANOTHER, "hail-lost")]
    for last in (Over(ANOTHER), Withdraw(ANOTHER), Refuse(ANOTHER, Refusal.BUSY)):
        assert story.hear(last) == [], "a last word needs no answer"


def test_a_late_copy_of_a_proposal_begins_nothing(story: Story) -> None:
    story.tell(PolicySet(HIGHER, Policy.ALWAYS))
    story.hear(Propose(THEIRS, OFFER), Withdraw(THEIRS))
    assert words(story.hear(Propose(THEIRS, OFFER))) == [Over(THEIRS, "hail-lost")]
    assert story.stage() == ""


def test_a_wish_withdrawn_is_told(story: Story) -> None:
    story.agree()
    effects = story.tell(HailUnwanted(HIGHER))
    assert effects[-1:] == effects
    assert words(effects) == [Withdraw(OURS)]
    assert story.tell(HailUnwanted(HIGHER)) == []


def test_an_attempt_that_ends_before_both_agreed_is_withdrawn(story: Story) -> None:
    story.call()
    assert words(story.tell(AttemptEnded(HIGHER, OURS, Problem(Reason.RADIO_LOST)))) == [Withdraw(OURS)]


def test_nothing_more_is_said_to_a_peer_that_is_not_trusted_any_more(story: Story) -> None:
    story.agree()
    effects = story.tell(PeerForgotten(HIGHER))
    assert ended([*effects]) == [Reason.PEER_WITHDREW]
    assert words(effects) == []
    assert story.state.wants == {}
    story.hear(Propose(THEIRS, OFFER))
    assert others(story.tell(PeerForgotten(HIGHER))) == [StopAsking(HIGHER)]


def test_without_a_carrier_the_hail_says_so_at_once(story: Story) -> None:
    story.delivers = False
    story.call()
    effects = story.tell(SendFailed(HIGHER, story.state.sent, Problem(Reason.NO_CARRIER)))
    assert ended([*effects]) == [Reason.NO_CARRIER]


def test_what_the_carrier_says_is_the_reason_when_the_peer_never_answers(story: Story) -> None:
    story.delivers = False
    story.call()
    trouble = Problem(Reason.HAIL_UNANSWERED, "the peer did not connect")
    story.tell(SendFailed(HIGHER, story.state.sent, trouble))
    assert EndAttempt(HIGHER, OURS, trouble) in story.wait(15.0)


def test_a_new_word_takes_the_place_of_one_that_is_on_its_way(story: Story) -> None:
    story.delivers = False
    story.call()
    assert words(story.wait(10.0)) == [], "the same word waits"
    assert isinstance(words(story.hear(Accept(OURS, OFFER)))[0], Go)
    assert story.tell(SendFailed(HIGHER, 1, Problem(Reason.NO_CARRIER))) == [], "that one counts no more"


def test_a_carrier_that_never_says_how_it_went_is_not_waited_for(story: Story) -> None:
    story.delivers = False
    story.call()
    assert len(words(story.wait(31.0))) == 1


def test_another_version_is_refused_and_noise_met_with_silence(story: Story) -> None:
    assert words(story.tell(MessageArrived(HIGHER, Unreadable("version 2", THEIRS)))) == [
        Refuse(THEIRS, Refusal.VERSION)
    ]
    assert story.tell(MessageArrived(HIGHER, Unreadable("noise"))) == []
    assert story.state.passed_over == 2
    story.call()
    assert ended([*story.hear(Refuse(OURS, Refusal.VERSION))]) == [Reason.HAIL_VERSION]


def test_a_message_from_the_wrong_end_is_a_sign_of_life_and_no_more(story: Story) -> None:
    story.agree()
    story.tell(ReadyHere(HIGHER, OURS))
    assert story.hear(Go(OURS, True, 0, 0, ready=True)) == []
    assert story.stage() == "ready"


def test_only_a_network_that_was_proposed_is_used(story: Story) -> None:
    story.call()
    plan = plan_in(story.hear(Accept(OURS, OFFER, "10.200.0.0")))
    assert (plan.own_ip, plan.peer_ip) == ("", "")


def test_events_of_another_session_count_for_nothing(story: Story) -> None:
    story.agree()
    assert story.tell(ReadyHere(HIGHER, ANOTHER), MovedHere(HIGHER, OURS), AttemptEnded(HIGHER, ANOTHER)) == []
    assert story.tell(UserAccepted(LOWER), UserRefused(HIGHER), RingHeard(LOWER)) == []
    assert story.stage() == "preparing"


@pytest.mark.parametrize("stage", [Stage.CALLING, Stage.RINGING, Stage.PREPARING, Stage.READY])
def test_silence_ends_every_stage_with_a_reason(story: Story, stage: Stage) -> None:
    story.call()
    if stage is Stage.RINGING:
        story.hear(Ringing(OURS))
    if stage in (Stage.PREPARING, Stage.READY):
        story.hear(Accept(OURS, OFFER))
    if stage is Stage.READY:
        story.tell(ReadyHere(HIGHER, OURS))
    assert story.stage() == stage
    expected = Reason.HAIL_LOST if stage in BOUND else Reason.HAIL_UNANSWERED
    assert ended([*story.wait(50.0)]) == [expected]


def test_an_end_that_is_never_ready_is_given_up_however_alive_it_is(story: Story) -> None:
    story.agree()
    effects = []
    for _ in range(10):
        effects += story.wait(10.0)
        story.hear(Accept(OURS, OFFER))
    assert ended([*effects]) == [Reason.NOT_READY]


def test_a_link_machine_that_says_nothing_is_given_up(story: Story) -> None:
    story.agree()
    story.tell(ReadyHere(HIGHER, OURS))
    story.hear(Ready(OURS))
    assert ended([*story.wait(20.0)]) == [Reason.NETWORKMANAGER_SILENT]
    other = Story()
    other.move_first()
    assert ended([*other.wait(100.0)]) == [Reason.PEER_NEVER_ANSWERED]


# --- the tables ------------------------------------------------------------------------------------------------


def test_the_tables_are_whole() -> None:
    assert set(MAY_FOLLOW) == set(MANNERS) == set(Stage)
    assert set(OVERDUE) == set(Stage) - {Stage.ASKING, Stage.ENDING}
    assert set(PROBLEMS) == set(Refusal)
    for stage, after in MAY_FOLLOW.items():
        assert stage is Stage.ENDING or Stage.ENDING in after
    assert set(REACTIONS) == set(Message.__args__)


def test_a_stage_that_may_not_follow_is_a_fault_of_ours(story: Story) -> None:
    story.call()
    with pytest.raises(ValueError, match="cannot become moved"):
        enter(story.state.conversations[HIGHER], Stage.MOVED, story.now)
