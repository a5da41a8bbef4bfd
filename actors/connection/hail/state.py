"""What the hail's core knows: one conversation a peer, and how conversations begin, go on and end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.hail.events import (
    Agree,
    Effect,
    EndAttempt,
    HailWanted,
    Here,
    Plan,
    Policy,
    StopAsking,
)
from airhail.actors.connection.hail.messages import Message, Offer, Over, Refusal, Refuse, Tier
from airhail.actors.connection.hail.stages import (
    BOUND,
    MANNERS,
    MAX_PAST,
    MAY_FOLLOW,
    QUIET_S,
    SILENCE_S,
    UNHEARD_S,
    WITHDRAWN_S,
    Stage,
)
from airhail.actors.reasons import Problem, Reason

FORGOTTEN = Reason.HAIL_LOST.value
"""What an end says of a session that it does not know (any more)."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session with one peer; times are monotonic seconds."""

    peer: str
    session: bytes
    # Whether this host is the proposer.
    ours: bool
    stage: Stage
    since: float
    deadline: float
    # When the peer was last heard of in this session.
    heard: float
    own: Offer
    theirs: Offer | None = None
    # Those that we propose, or may choose from.
    networks: tuple[str, ...] = ()
    network: str = ""
    plan: Plan | None = None
    # When to say our word (again); None when there is nothing to say.
    say_at: float | None = None
    # Whether any word of this stage has been delivered.
    delivered: bool = False
    # When the other end last said that it is ready, and whether it has moved.
    other_ready: float | None = None
    other_moved: bool = False
    # When the follower's turn comes.
    move_at: float | None = None
    # Why nothing could be delivered.
    trouble: Problem | None = None
    last_word: Message | None = None

    @property
    def unheard_at(self) -> float | None:
        """When we, who moved first, give up that the other end will learn of it."""
        alone = (
            self.stage is Stage.MOVED and self.plan and self.plan.first and not (self.delivered or self.other_moved)
        )
        return self.since + UNHEARD_S if alone and self.theirs and self.theirs.tier is Tier.USER else None

    @property
    def silent_at(self) -> float | None:
        """When we give up for want of a sign of life."""
        return None if MANNERS[self.stage].patient else self.heard + SILENCE_S


@dataclass(frozen=True, slots=True)
class Flight:
    """A message that a carrier is delivering."""

    number: int
    session: bytes
    stage: Stage | None
    until: float


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a peer is told without asking anybody, and until when."""

    word: Refusal
    until: float


@dataclass(frozen=True, slots=True)
class State:
    """All that the hail's core knows. *own* is this host's trust id."""

    own: str = ""
    here: Here = field(default_factory=Here)
    # The wishes for a link, each as it was last told.
    wants: Mapping[str, HailWanted] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    # One answer a peer to what belongs to no conversation; a later one takes its place.
    asides: Mapping[str, Message] = field(default_factory=dict)
    flights: Mapping[str, Flight] = field(default_factory=dict)
    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    # Sessions that are over, and what is said to a late proposal of each; nothing where it could end what has begun.
    past: Mapping[bytes, Message | None] = field(default_factory=dict)
    sent: int = 0
    # How many messages were met with silence.
    passed_over: int = 0

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments: list[float | None] = [flight.until for flight in self.flights.values()]
        moments += [quiet.until for quiet in self.quiet.values()]
        for one in self.conversations.values():
            moments += [one.deadline, one.move_at, one.unheard_at, one.silent_at]
            moments.append(None if in_flight(self, one) else one.say_at)
        return min((moment for moment in moments if moment is not None), default=None)


def in_flight(state: State, one: Conversation) -> bool:
    """Tell whether the word of the stage that a conversation is in is on its way."""
    flight = state.flights.get(one.peer)
    return flight is not None and (flight.session, flight.stage) == (one.session, one.stage)


def enter(one: Conversation, stage: Stage, now: float) -> Conversation:
    """Begin a stage. Raises ValueError when it may not follow: a fault of ours, never of the other end's."""
    if stage not in MAY_FOLLOW[one.stage]:
        raise ValueError(f"a conversation that is {one.stage} cannot become {stage}")
    manner = MANNERS[stage]
    deadline = one.deadline if manner.limit is None else now + manner.limit
    say_at = None if manner.every is None else now
    return replace(one, stage=stage, since=now, deadline=deadline, say_at=say_at, delivered=False, move_at=None)


def begin(
    peer: str, session: bytes, stage: Stage, own: Offer, now: float, theirs: Offer | None = None
) -> Conversation:
    """Begin a conversation: as proposer, or as answerer to what was heard in this moment."""
    limit = MANNERS[stage].limit or 0.0
    return Conversation(
        peer, session, stage is Stage.CALLING, stage, now, now + limit, now, own, theirs=theirs, say_at=now
    )


def put(state: State, one: Conversation) -> State:
    """Replace or add a conversation."""
    return replace(state, conversations={**state.conversations, one.peer: one})


def land(state: State, peer: str, number: int | None = None) -> tuple[State, Flight | None]:
    """Take what is on its way to *peer*, if it is *number* or none is named, for arrived or lost."""
    flight = state.flights.get(peer)
    if flight is None or number not in (None, flight.number):
        return state, None
    return replace(state, flights={other: one for other, one in state.flights.items() if other != peer}), flight


def drop(state: State, one: Conversation) -> State:
    """Forget a conversation but for the word with which it ended, for late copies of its proposal."""
    left = {peer: other for peer, other in state.conversations.items() if peer != one.peer}
    word = one.last_word if isinstance(one.last_word, Refuse) else Over(one.session, FORGOTTEN)
    past = [*state.past.items(), (one.session, word)][-MAX_PAST:]
    return replace(state, conversations=left, past=dict(past))


def finish(
    state: State, one: Conversation, now: float, problem: Problem | None = None, word: Message | None = None
) -> tuple[State, list[Effect]]:
    """End a conversation: have the attempt ended for *problem*, and tell the other end *word*."""
    effects: list[Effect] = [StopAsking(one.peer)] if one.stage is Stage.ASKING else []
    if problem and one.stage not in (Stage.ASKING, Stage.ENDING):
        effects.append(EndAttempt(one.peer, one.session, problem))
    if word is None:
        return drop(state, one), effects
    return put(state, replace(enter(one, Stage.ENDING, now), last_word=word)), effects


def agree(state: State, one: Conversation, plan: Plan, now: float) -> tuple[State, list[Effect]]:
    """Get ready by *plan*."""
    prepared = replace(enter(one, Stage.PREPARING, now), plan=plan)
    return put(state, prepared), [Agree(one.peer, plan)]


def refusal(state: State, peer: str) -> Refusal | None:
    """Tell what *peer* is refused for before anybody is asked; None when nothing stands against a link with it."""
    if peer in state.quiet:
        return state.quiet[peer].word
    if state.policies.get(peer) is Policy.NEVER and peer not in state.wants:
        return Refusal.NEVER
    if not state.here.radio or not state.here.address:
        return Refusal.NO_RADIO
    return Refusal.BUSY if busy(state, peer) else None


def busy(state: State, peer: str) -> bool:
    """Tell whether the radio is taken for anybody but *peer*."""
    bound = any(one.stage in BOUND for one in state.conversations.values() if one.peer != peer)
    return bound or state.here.busy_with not in ("", peer)


def hush(state: State, peer: str, word: Refusal, now: float) -> State:
    """Tell *peer* the same for a while; that a wish is withdrawn until it has been told."""
    until = now + (WITHDRAWN_S if word is Refusal.WITHDRAWN else QUIET_S)
    return replace(state, quiet={**state.quiet, peer: Quiet(word, until)})


def unhush(state: State, peer: str) -> State:
    """Hear *peer* again."""
    return replace(state, quiet={other: quiet for other, quiet in state.quiet.items() if other != peer})
