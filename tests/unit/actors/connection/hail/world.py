"""Two ends, a bad carrier between them, and virtual time: one seed is one world.

The cores are the real ones, and so are the bytes between them. What stands around a core (the carrier, the machine
that works for the link, the radio, the user) is a few lines of chance.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any

from airhail.actors.connection.hail.core import step
from airhail.actors.connection.hail.events import (
    Agree,
    AskUser,
    AttemptEnded,
    Delivered,
    Effect,
    EndAttempt,
    Event,
    HailUnwanted,
    HailWanted,
    Here,
    HereSeen,
    MessageArrived,
    Move,
    MovedHere,
    Plan,
    Policy,
    PolicySet,
    ReadyHere,
    RingHeard,
    Send,
    SendFailed,
    StopAsking,
    Tick,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.messages import Over, Refuse, Tier, Withdraw, decode, encode
from airhail.actors.connection.hail.stages import Stage
from airhail.actors.connection.hail.state import Conversation, State
from airhail.actors.connection.links.link import ACTIVATING_S, FINDING_S
from airhail.actors.reasons import Problem, Reason
from tests.unit.actors.connection.hail.ends import End, Habits, Tally

# All faults happen within so many seconds; then the carrier is fair, users are friendly, and a link must come about.
FAULTS_S = 60.0
CALM_S = 900.0
# No attempt may stay without an answer longer than all of its stages may last.
ANSWERED_S = 320.0
# A carrier keeps a message for a process that is away.
INBOX_S = 30.0
# In each second an end may say its word, answer, and say its word of the next stage, and the like for the link.
SENDS_A_SECOND = 5


class World:
    """One run."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.seed = seed
        self.now = 0.0
        self.tally = Tally()
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = itertools.count(1)
        self.plans: dict[bytes, dict[str, Plan]] = {}
        self.cut_until = 0.0
        one_in = self.chance.random()
        self.habits = Habits(
            loss=0.0 if one_in < 0.2 else self.chance.choice((0.02, 0.1, 0.3, 0.5)),
            twice=self.chance.choice((0.0, 0.1, 0.5)),
            late=0.0 if one_in < 0.3 else self.chance.choice((0.02, 0.2)),
            sealed=self.chance.random() < 0.7,
            fails=0.0 if one_in < 0.4 else 0.15,
            faults=0 if one_in < 0.2 else self.chance.randint(0, 5),
        )
        names = self.chance.sample(("1111111111111111", "9999999999999999"), 2)
        addresses = self.chance.sample(("02:00:00:00:00:01", "02:00:00:00:00:09"), 2)
        policies = self.chance.choices(list(Policy), weights=(4, 2, 1), k=2)
        tiers = [self.chance.choice(list(Tier)) for _ in range(2)]
        self.ends = [End(*each) for each in zip(names, addresses, tiers, policies, strict=True)]
        for end in self.ends:
            self._boot(end)
        self._plan_wishes()
        for _ in range(self.habits.faults):
            self.at(self.chance.uniform(0.0, FAULTS_S), self._fault)

    # --- time ----------------------------------------------------------------------------------------

    def at(self, when: float, call: Callable[..., None], *args: Any) -> None:
        heapq.heappush(self._heap, (when, next(self._numbers), call, args))

    def after(self, least: float, most: float, call: Callable[..., None], *args: Any) -> None:
        self.at(self.now + self.chance.uniform(least, most), call, *args)

    @property
    def calm(self) -> bool:
        return self.now > FAULTS_S

    def run(self) -> Tally:
        """Run until the ends are linked or at rest, and all that must hold has been looked at."""
        while self._heap:
            self.now, _, call, args = heapq.heappop(self._heap)
            if self.now > FAULTS_S + CALM_S:
                break
            call(*args)
            if self.calm and self._settled():
                break
        self._look_back()
        return self.tally

    def _settled(self) -> bool:
        if any(end.state.conversations or end.state.flights or not end.up for end in self.ends):
            return False
        return all(end.linked for end in self.ends) or not any(map(self._hopes, self.ends))

    def _hopes(self, end: End) -> bool:
        """Tell whether *end* wants a link, and the other end would not refuse it whatever its user says."""
        other = self._other(end)
        return end.wants and (other.policy is not Policy.NEVER or other.wants)

    def _look_back(self) -> None:
        assert all(end.linked for end in self.ends) or not any(end.linked for end in self.ends), "half a link"
        for end in self.ends:
            assert end.up
            assert end.linked or not self._hopes(end), f"{end.name} wants a link and never got one"
            assert not end.state.conversations, end.state.conversations
            assert not end.asked

    # --- the story -----------------------------------------------------------------------------------

    def _plan_wishes(self) -> None:
        first, second = self.chance.sample(self.ends, 2)
        self.at(self.chance.uniform(0, 5), self._wish, first)
        if self.chance.random() < 0.5:
            self.at(self.chance.choice((0.0, self.chance.uniform(0, 60))), self._wish, second)

    def _wish(self, end: End) -> None:
        if not end.wants:
            end.wants = True
            end.declined.clear()  # who asks for the link has changed their mind
            self._ask(end)

    def _ask(self, end: End) -> None:
        """Have the hail make an attempt, as the link's machine does when it is time for one."""
        if end.up and end.wants and not end.linked and not end.active and end.plan is None:
            if end.attempt_since is None:
                end.attempt_since = self.now
            tried = tuple(self.tally.reasons[-2:]) if self.chance.random() < 0.5 else ()
            known = self._other(end).address if self.chance.random() < 0.5 else ""
            session = self.chance.randbytes(8)
            self.tell(end, HailWanted(self._other(end).name, session, tried, "", known))

    def _unwish(self, end: End) -> None:
        end.wants = False
        end.attempt_since = None
        if end.up:
            self.tell(end, HailUnwanted(self._other(end).name))
            self._rest(end)
            if end.linked:
                self._unlink()

    def _fault(self) -> None:
        end = self.chance.choice(self.ends)
        match self.chance.randrange(8):
            case 0 | 1:
                self._crash(end)
            case 2 | 3:
                end.steps_to_crash = self.chance.randint(0, 12)
            case 4:
                self._unwish(end)
                if self.chance.random() < 0.7:
                    self.after(0.0, 30.0, self._wish, end)
            case 5:
                self.cut_until = self.now + self.chance.uniform(1.0, 60.0)
            case 6:
                end.stopped_until = max(end.stopped_until, self.now + self.chance.uniform(0.5, 60.0))
            case 7:
                end.skew += self.chance.choice((1.0, 10.0, 1000.0))
                self._wake(end)

    def _crash(self, end: End) -> None:
        """Forget everything but what is on disk; NetworkManager goes on with what it was told."""
        if not end.up:
            return
        self.tally.crashes += 1
        end.up = False
        end.life += 1
        end.asked.clear()
        end.attempt_since = None
        end.steps_to_crash = -1
        self.after(0.2, self.chance.choice((1.0, 40.0)), self._restart, end)

    def _restart(self, end: End) -> None:
        end.up = True
        end.plan = None
        self._boot(end)
        if end.active and not end.linked:
            self.after(ACTIVATING_S, ACTIVATING_S, self._left_alone, end, end.life)
        for kept, body in end.inbox:
            if self.now <= kept + INBOX_S:
                self._receive(end, end.life, 0, body)
        end.inbox.clear()
        self._ask(end)

    def _boot(self, end: End) -> None:
        end.state = State(own=end.name)
        end.plan = None
        self.tell(end, PolicySet(self._other(end).name, end.policy))
        self._show(end)

    # --- the core ------------------------------------------------------------------------------------

    def tell(self, end: End, event: Event) -> None:
        """Step the core, hold what it did against what must hold, and do what it asks for."""
        before = end.state
        now = self.now + end.skew
        end.state, effects = step(before, event, now)
        self.tally.steps += 1
        assert not isinstance(event, Tick) or end.state != before, "it would spin for ever"
        if end.steps_to_crash == 0:
            # In the middle of a step's effects: some are done, and nobody remembers.
            for effect in effects[: self.chance.randint(0, len(effects))]:
                self._perform(end, effect)
            self._crash(end)
            return
        end.steps_to_crash -= 1
        for effect in effects:
            self._perform(end, effect)
        self._look_at(end, event)
        self._wake(end)

    def _wake(self, end: End) -> None:
        deadline = end.state.deadline
        if not end.up or deadline is None:
            return
        when = max(deadline - end.skew, self.now)
        if end.waking is None or when < end.waking:
            end.waking = when
            self.at(when, self._tick, end, when)

    def _tick(self, end: End, when: float) -> None:
        if end.waking != when or self._deferred(end, self._tick, end, when):
            return  # woken sooner meanwhile
        end.waking = None
        deadline = end.state.deadline
        if end.up and deadline is not None and deadline <= self.now + end.skew + 1e-6:
            end.skew += 1e-6  # a float's rounding must not make a deadline a moment younger than it is
            self.tell(end, Tick())
        else:
            self._wake(end)

    def _deferred(self, end: End, call: Callable[..., None], *args: Any) -> bool:
        """Put off what a process that is stopped cannot do."""
        if self.now >= end.stopped_until:
            return False
        self.at(end.stopped_until, call, *args)
        return True

    def _look_at(self, end: End, event: Event) -> None:
        other = self._other(end)
        asking = {one.peer for one in end.state.conversations.values() if one.stage is Stage.ASKING}
        assert end.asked == asking, "a question is open exactly as long as it can be answered"
        assert len(end.state.flights) <= 1
        assert len(end.state.conversations) <= 1
        assert end.sends <= SENDS_A_SECOND * self.now + 100, "too many words"
        match event:
            case MessageArrived(_, Over(session, reason)) if reason and end.plan and session == end.active:
                assert end.linked, "the other end has ended, and this one goes on"
            case MessageArrived(_, Withdraw(session) | Refuse(session)) if end.plan and session == end.active:
                assert end.linked, "the other end has withdrawn, and this one goes on"
        if end.attempt_since is not None and other.up:
            assert self.now - end.attempt_since < ANSWERED_S or end.stopped_until, "an attempt without an end"

    def _perform(self, end: End, effect: Effect) -> None:
        match effect:
            case Send(_, number, message):
                end.sends += 1
                self.tally.sends += 1
                self._carry(end, number, encode(message))
            case AskUser(peer):
                assert peer not in end.asked, "a person is asked once"
                end.asked.add(peer)
                self._think(end, self._conversation(end))
            case StopAsking(peer):
                end.asked.remove(peer)
            case Agree(_, plan):
                self._prepare(end, plan)
            case Move(_, session):
                self._move(end, session)
            case EndAttempt(_, _, problem):
                self._end(end, problem.reason)

    def _conversation(self, end: End) -> Conversation | None:
        return end.state.conversations.get(self._other(end).name)

    def _other(self, end: End) -> End:
        return self.ends[1 - self.ends.index(end)]

    def _show(self, end: End) -> None:
        if not end.up:
            return
        # What was begun before a crash goes on, without a session.
        busy = self._other(end).name if end.linked or (end.active and end.plan is None) else ""
        self.tell(end, HereSeen(Here(end.address, "name", end.tier, radio=True, busy_with=busy)))

    # --- the carrier ---------------------------------------------------------------------------------

    def _carry(self, end: End, number: int, body: bytes) -> None:
        other, life, habits = self._other(end), end.life, self.habits
        calm = min(habits.loss, 0.1)
        loss = 1.0 if self.now < self.cut_until else calm if self.calm else habits.loss
        counter = next(self._numbers)
        lost = self.chance.random() < loss
        late = self.chance.random() < habits.late
        there = self.now + (self.chance.uniform(0.5, 14.0) if late else self.chance.uniform(0.005, 0.1))
        # The answer can be lost as well: then it was there, and the sender does not know.
        if not lost or self.chance.random() < 0.2:
            self.at(there, self._arrive, other, counter, body)
        if self.chance.random() < habits.twice:
            self.at(there + self.chance.choice((0.0, 0.5, 20.0)), self._arrive, other, counter, body)
        failed = Reason.HAIL_UNANSWERED if self.chance.random() < 0.9 else Reason.NO_CARRIER
        name = other.name
        answer = SendFailed(name, number, Problem(failed)) if lost else Delivered(name, number)
        back = self.now + self.chance.uniform(0.1, 15.0) if lost else there
        self.at(back, self._tell_later, end, life, answer)

    def _arrive(self, end: End, counter: int, body: bytes) -> None:
        if self.habits.sealed:
            if counter <= end.highest:
                return  # a copy, or overtaken: silence
            end.highest = counter
        if end.up:
            self._receive(end, end.life, counter, body)
        elif len(end.inbox) < 4:
            end.inbox.append((self.now, body))

    def _receive(self, end: End, life: int, counter: int, body: bytes) -> None:
        self._tell_later(end, life, MessageArrived(self._other(end).name, decode(body)))

    def _tell_later(self, end: End, life: int, event: Event) -> None:
        if end.life != life or self._deferred(end, self._tell_later, end, life, event):
            return
        if end.up:
            self.tell(end, event)

    # --- the user ------------------------------------------------------------------------------------

    def _think(self, end: End, one: Conversation | None) -> None:
        assert one is not None
        what = self.chance.random()
        if what < 0.6 or self.calm:
            self.after(0.5, 30.0, self._answer, end, end.life, True)
        elif what < 0.8:
            self.after(0.5, 30.0, self._answer, end, end.life, False)

    def _answer(self, end: End, life: int, accept: bool) -> None:
        one = self._conversation(end)
        if end.life != life or not end.up or one is None or one.stage is not Stage.ASKING:
            return
        (end.accepted if accept else end.declined).add(one.session)
        # A crash forgets the answer, and the user is asked again.
        (end.declined if accept else end.accepted).discard(one.session)
        name = self._other(end).name
        self.tell(end, UserAccepted(name) if accept else UserRefused(name))

    # --- the link's machine and the radio --------------------------------------------------------------

    def _prepare(self, end: End, plan: Plan) -> None:
        assert end.plan is None, "two attempts at once"
        end.plan = plan
        both = self.plans.setdefault(plan.session, {})
        both[end.name] = plan
        if len(both) == 2:
            one, other = both.values()
            assert one.first != other.first
            assert (one.own_ip, one.after, one.ring_after, one.rung) == (
                other.peer_ip,
                other.after,
                other.ring_after,
                other.rung,
            )
        what = self.chance.random()
        if what >= (0.05 if self.calm and self.habits.fails else self.habits.fails):
            self.after(0.0, 12.0, self._say, end, plan, ReadyHere(self._other(end).name, plan.session))
        self.after(FINDING_S, FINDING_S, self._not_found, end, plan)

    def _say(self, end: End, plan: Plan, event: Event) -> None:
        if self._deferred(end, self._say, end, plan, event):
            return
        if end.up and end.plan is plan:
            if isinstance(event, ReadyHere):
                end.ready.add(plan.session)
            self.tell(end, event)

    def _not_found(self, end: End, plan: Plan) -> None:
        if end.up and end.plan is plan and not end.active and plan.session not in end.moved:
            self._fail(end, plan, Reason.PEER_NOT_FOUND)

    def _move(self, end: End, session: bytes) -> None:
        other, plan = self._other(end), end.plan
        assert plan is not None
        assert plan.session == session
        assert session in end.ready, "this end is not ready"
        assert session in other.ready, "the other end has not said that it is ready"
        assert session not in end.declined | other.declined, "a user declined"
        assert end.wants or session in end.accepted or end.policy is Policy.ALWAYS, "nobody here wants it"
        assert plan.first or session in other.moved, "a follower without a first one"
        self.after(0.01, 0.3, self._activate, end, end.life, plan)

    def _activate(self, end: End, life: int, plan: Plan) -> None:
        if end.life != life or end.plan is not plan:
            return
        if self.chance.random() < self.habits.fails / 5:
            self._fail(end, plan, Reason.ACTIVATION_REFUSED)
            return
        other = self._other(end)
        end.active, end.active_since, end.active_life = plan.session, self.now, end.life
        end.moved.add(plan.session)
        self._tell_later(end, life, MovedHere(other.name, plan.session))
        if other.tier is not Tier.USER and self.chance.random() < 0.8:
            self.after(0.3, 4.0, self._ring, other, plan.session)
        self.at(self.now + ACTIVATING_S, self._unanswered, end, plan)
        if other.active:
            assert other.active == plan.session, "the ends meet in different sessions"
            self.after(0.8, 4.0, self._form, plan.session)

    def _ring(self, end: End, session: bytes) -> None:
        other = self._other(end)
        if other.active == session and end.up:
            self._tell_later(end, end.life, RingHeard(other.name))

    def _unanswered(self, end: End, plan: Plan) -> None:
        if end.active == plan.session and not end.linked and end.plan is plan and end.up:
            self._fail(end, plan, Reason.PEER_NEVER_ANSWERED)

    def _left_alone(self, end: End, life: int) -> None:
        """End what was begun before a crash, and led to no link."""
        if end.up and end.life == life and end.active and not end.linked and end.plan is None:
            self._end(end, Reason.PEER_NEVER_ANSWERED)

    def _form(self, session: bytes) -> None:
        if any(end.active != session for end in self.ends):
            return
        if self.chance.random() < self.habits.fails:
            for end in self.ends:
                if end.plan and end.up:
                    self._fail(end, end.plan, Reason.FORMATION_FAILED)
                elif end.up:
                    self._end(end, Reason.FORMATION_FAILED)
            return
        self.tally.links += 1
        if self.tally.linked_after is None:
            self.tally.linked_after = self.now
        for end in self.ends:
            assert session not in end.declined, "a link that one end refused"
            end.linked = True
            end.attempt_since = None
        for end in self.ends:
            plan, end.plan = end.plan, None
            self._show(end)
            if plan and end.up:
                self.tell(end, AttemptEnded(self._other(end).name, session))
        if not self.calm and self.chance.random() < 0.2:
            self.after(0.0, 20.0, self._unlink)

    def _unlink(self) -> None:
        """End the link at both ends; who still wants it begins anew."""
        for end in self.ends:
            if end.linked:
                end.linked, end.active = False, b""
                self.at(self.now, self._show, end)
                self.after(4.0, 10.0, self._ask, end)

    def _fail(self, end: End, plan: Plan, reason: Reason) -> None:
        self._end(end, reason)
        self.tell(end, AttemptEnded(self._other(end).name, plan.session, Problem(reason)))

    def _end(self, end: End, reason: Reason) -> None:
        """Take down what the attempt did, and try again after a pause while the wish stays."""
        assert reason, "an attempt ends without a reason"
        self.tally.reasons.append(reason)
        end.attempt_since = None
        self._rest(end)
        if reason is Reason.PEER_LEFT and end.linked:
            self._unlink()
        self.at(self.now, self._show, end)
        self.after(4.0, 10.0, self._ask, end)

    def _rest(self, end: End) -> None:
        end.plan = None
        if end.active and not end.linked:
            if end.active not in self._other(end).moved:
                alone = self.now - end.active_since
                disturbed = end.life != end.active_life or end.stopped_until > end.active_since
                assert disturbed or alone < ACTIVATING_S + 0.1, f"alone on the air for {alone:.1f} s"
                self.tally.alone.append(alone)
            end.active = b""
