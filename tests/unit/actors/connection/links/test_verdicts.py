"""What connection does when liveness has judged a link: each finding has its reason, what dies young waits."""

import itertools

import pytest

from airhail.actors.connection.links.events import Deactivate, DeviceSeen, VerdictChanged
from airhail.actors.connection.links.link import HEALTHY_S, Phase
from airhail.actors.connection.links.verdicts import ENDS
from airhail.actors.reasons import Reason
from airhail.actors.verdicts import Finding, Verdict
from tests.unit.actors.connection.links.story import ACTIVE, HIGHER, IDLE, Story

INTERFACE = "p2p-wlan0-0"


def dead(finding: Finding, interface: str = INTERFACE) -> VerdictChanged:
    return VerdictChanged(HIGHER, interface, Verdict.DEAD, finding)


@pytest.mark.parametrize("finding", ENDS)
def test_a_dead_link_is_taken_down_and_wanted_again(finding: Finding) -> None:
    story = Story()
    story.link_up()
    assert Deactivate(ACTIVE) in story.tell(dead(finding))
    assert (story.link().phase, story.link().wanted) == (Phase.FAILED, True)
    assert story.reason() is ENDS[finding]
    story.tell(DeviceSeen(IDLE))
    story.wait(60.0)
    assert story.link().phase is not Phase.FAILED, "it is worked for again"


@pytest.mark.parametrize(
    "verdict",
    [
        VerdictChanged(HIGHER, INTERFACE, Verdict.ALIVE, None),
        VerdictChanged(HIGHER, INTERFACE, Verdict.SUSPECT, None),
        VerdictChanged(HIGHER, INTERFACE, Verdict.SUSPECT, Finding.FIREWALLED),
        VerdictChanged(HIGHER, INTERFACE, Verdict.DEAD, Finding.FIREWALLED),
        VerdictChanged(HIGHER, "p2p-wlan0-7", Verdict.DEAD, Finding.PEER_SILENT),
    ],
)
def test_all_else_is_waited_for(verdict: VerdictChanged) -> None:
    story = Story()
    story.link_up()
    assert story.tell(verdict) == []
    assert story.link().phase is Phase.UP


def test_what_is_said_of_a_link_that_is_not_up_changes_nothing() -> None:
    story = Story()
    story.activate()
    assert story.tell(dead(Finding.PEER_SILENT)) == []
    assert story.link().phase is Phase.ACTIVATING


def test_links_that_die_young_again_and_again_are_made_ever_more_seldom() -> None:
    pauses = []
    story = Story()
    for _ in range(4):
        story.link_up()
        story.tell(dead(Finding.ONE_WAY))
        pauses.append((story.link().deadline or 0.0) - story.now)
        story.tell(DeviceSeen(IDLE))
        story.wait(200.0)
    assert [a < b for a, b in itertools.pairwise(pauses)] == [True, True, True]
    story.link_up()
    story.now += HEALTHY_S
    story.tell(dead(Finding.ONE_WAY))
    assert (story.link().deadline or 0.0) - story.now < pauses[1], "one that was well for a while begins anew"


def test_a_radio_that_is_stuck_climbs_the_ladder() -> None:
    story = Story()
    story.link_up()
    story.tell(dead(Finding.RADIO_STUCK))
    story.tell(DeviceSeen(IDLE))
    assert story.reason() is Reason.RADIO_STUCK
    assert [symptom.value for symptom in story.link().case.symptoms] == ["radio-stuck"]
