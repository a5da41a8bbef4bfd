"""What hooks are told of a link, in which order, and what they are spared."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.hooks.core import SETTLE_S, step
from airhail.actors.hooks.events import CallHooks, Event, HooksEnded, Keep, LinksSeen, Moment, Standing, Tick
from airhail.actors.hooks.state import State, Told, Word
from airhail.ipc.verdict import VERDICT_S

PEER = "02:00:00:00:00:01"
FACTS = {"AIRHAIL_INTERFACE": "p2p-0", "AIRHAIL_ADDRESS": "10.128.0.1"}
NEXT_GROUP = {**FACTS, "AIRHAIL_INTERFACE": "p2p-1"}
UP = Standing(up=True, facts=FACTS)
ALIVE = Standing(up=True, judged=True, verdict="alive", facts=FACTS)
SUSPECT = Standing(up=True, judged=True, verdict="suspect", facts=FACTS)
DEAD = Standing(up=True, judged=True, verdict="dead", facts={**FACTS, "AIRHAIL_FINDING": "peer-silent"})
UNJUDGED = Standing(up=True, judged=True, facts=FACTS)
DOWN = Standing(up=False, facts={"AIRHAIL_REASON": "peer-left"})


class Story:
    """The core with its clock; connection has been there for long."""

    def __init__(self, told: Told | None = None, *, fresh: bool = False) -> None:
        self.state = State({PEER: told} if told else {})
        self.now = 100.0
        if not fresh:
            self.tell(LinksSeen({}))
            self.wait(SETTLE_S)

    def tell(self, *events: Event) -> list[Moment]:
        """Return what the hooks are called for."""
        called = []
        for event in events:
            self.state, effects = step(self.state, event, self.now)
            called += [effect for effect in effects if isinstance(effect, CallHooks)]
            assert (Keep() in effects) is isinstance(event, HooksEnded)
        self.called = called
        return [call.moment for call in called]

    def see(self, *standings: Standing) -> list[Moment]:
        return self.tell(*(LinksSeen({PEER: standing}) for standing in standings))

    def end(self) -> list[Moment]:
        return self.tell(HooksEnded(PEER))

    def wait(self, seconds: float) -> list[Moment]:
        self.now += seconds
        return self.tell(Tick()) if self.state.deadline is not None and self.state.deadline <= self.now else []


def test_a_link_comes_is_doubted_and_goes() -> None:
    story = Story()
    assert story.see(ALIVE) == [Moment.UP]
    assert story.called[0].facts == FACTS
    assert story.end() == []
    assert story.see(ALIVE) == []
    assert story.see(SUSPECT) == [Moment.SUSPECT]
    assert story.end() == []
    assert story.see(ALIVE) == [Moment.UP]
    assert story.end() == []
    assert story.see(DEAD) == [Moment.DOWN]
    assert story.called[0].facts == {**FACTS, "AIRHAIL_FINDING": "peer-silent"}
    assert story.end() == []
    assert story.see(DOWN) == []
    assert story.state.told == {}


def test_the_end_of_a_link_is_told_with_what_it_had_and_why() -> None:
    story = Story()
    story.see(ALIVE)
    story.end()
    assert story.see(DOWN) == [Moment.DOWN]
    assert story.called[0].facts == {**FACTS, "AIRHAIL_REASON": "peer-left"}


def test_a_new_link_waits_for_its_verdict_but_not_for_ever() -> None:
    story = Story()
    assert story.see(UNJUDGED) == []
    assert story.see(ALIVE) == [Moment.UP]
    story = Story()
    assert story.see(UNJUDGED) == []
    assert story.wait(VERDICT_S) == [Moment.UP]
    story = Story()
    assert story.see(UNJUDGED, SUSPECT) == [], "suspect before it was ever up"
    assert story.see(ALIVE) == [Moment.UP]


def test_where_nobody_judges_connections_word_counts() -> None:
    story = Story()
    assert story.see(UP) == [Moment.UP]
    story.end()
    assert story.see(SUSPECT) == [Moment.SUSPECT]
    story.end()
    assert story.see(UP) == [], "liveness went, and with it no doubt was dispelled"


def test_what_flaps_while_hooks_run_is_told_once() -> None:
    story = Story()
    story.see(ALIVE)
    assert story.see(SUSPECT, ALIVE, SUSPECT, ALIVE) == []
    assert story.end() == []
    story.see(SUSPECT)
    assert story.see(ALIVE, SUSPECT, ALIVE) == []
    assert story.end() == [Moment.UP]


def test_a_link_that_was_made_anew_meanwhile_is_told_as_both() -> None:
    story = Story()
    story.see(ALIVE)
    assert story.see(DOWN, ALIVE, SUSPECT) == []
    assert story.end() == [Moment.DOWN]
    assert story.end() == [Moment.UP]
    assert story.end() == [Moment.SUSPECT]
    story.end()
    # The documents may skip what passes quickly; the interface tells.
    assert story.see(Standing(up=True, judged=True, verdict="alive", facts=NEXT_GROUP)) == [Moment.DOWN]
    assert story.called[0].facts["AIRHAIL_INTERFACE"] == "p2p-0"
    assert story.end() == [Moment.UP]
    assert story.called[0].facts["AIRHAIL_INTERFACE"] == "p2p-1"


def test_a_link_that_went_before_its_end_could_be_told_is_told_as_gone() -> None:
    story = Story()
    story.see(ALIVE)
    assert story.see(DOWN, ALIVE, DOWN) == []
    assert story.end() == [Moment.DOWN]
    assert story.end() == []


def test_a_restart_tells_nothing_twice() -> None:
    told = Told(Word(Moment.UP, FACTS))
    story = Story(told, fresh=True)
    assert story.tell(LinksSeen(None), LinksSeen({})) == []
    assert story.see(Standing(up=False), ALIVE) == []
    assert story.wait(SETTLE_S) == []


def test_what_went_while_nobody_looked_is_told_as_gone() -> None:
    story = Story(Told(Word(Moment.UP, FACTS)), fresh=True)
    assert story.tell(LinksSeen({})) == []
    assert story.wait(SETTLE_S) == [Moment.DOWN]
    assert story.end() == []
    assert story.state.told == {}


def test_a_restart_of_connection_is_no_end_of_its_links() -> None:
    story = Story()
    story.see(ALIVE)
    story.end()
    assert story.tell(LinksSeen(None), LinksSeen({})) == []
    assert story.wait(SETTLE_S / 2) == []
    assert story.see(ALIVE) == []
    assert story.wait(SETTLE_S) == []


def test_links_that_come_together_are_told_in_their_order() -> None:
    peers = [f"02:00:00:00:00:{number:02x}" for number in (7, 2, 9, 1, 5, 8, 3, 6)]
    story = Story()
    story.tell(LinksSeen(dict.fromkeys(peers, ALIVE)))
    assert [call.peer for call in story.called] == peers, "a replay in another process tells it alike"


@given(st.lists(st.sampled_from([UP, ALIVE, SUSPECT, DEAD, UNJUDGED, DOWN, "end", "wait", "away"])))
def test_every_order_of_events(happened: Sequence[Standing | str]) -> None:
    story = Story()
    heard: list[Moment] = []
    for one in happened:
        if isinstance(one, Standing):
            heard += story.see(one)
        elif one == "wait":
            heard += story.wait(SETTLE_S)
        elif one == "away":
            heard += story.tell(LinksSeen(None))
        elif story.state.told.get(PEER, Told()).now:
            heard += story.end()
        assert len(story.state.told.get(PEER, Told()).next) <= 3
    assert all(before is not after for before, after in itertools.pairwise(heard))
    assert heard[:1] in ([], [Moment.UP])
    assert all(Moment.UP is after for before, after in itertools.pairwise(heard) if before is Moment.DOWN)
    # In the end everything true is told.
    heard += story.see(ALIVE)
    while story.state.told[PEER].now:
        heard += story.end()
    assert heard[-1] is Moment.UP
