"""A core of the hail with its clock, so that a test reads as what happens."""

from airhail.actors.connection.hail.core import step
from airhail.actors.connection.hail.events import (
    Agree,
    Delivered,
    Effect,
    Event,
    HailWanted,
    Here,
    HereSeen,
    MessageArrived,
    MovedHere,
    Plan,
    ReadyHere,
    Send,
    Tick,
)
from airhail.actors.connection.hail.messages import Accept, Go, Message, Moved, Offer, Propose, Ready, Tier
from airhail.actors.connection.hail.state import State

LOWER, OWN, HIGHER = "1" * 16, "5" * 16, "9" * 16
ADDRESS, THEIR_ADDRESS = "02:00:00:00:00:05", "02:00:00:00:00:09"
OURS, THEIRS, ANOTHER = b"ourspart", b"theirone", b"another1"
HERE = Here(ADDRESS, "host", Tier.USER, radio=True)
OFFER = Offer(THEIR_ADDRESS, "peer", Tier.USER)
NETWORKS = ("10.129.0.0", "10.130.0.4")


class Story:
    """The carrier delivers at once, unless it is told not to."""

    def __init__(self, here: Here = HERE) -> None:
        self.state = State(own=OWN)
        self.now = 100.0
        self.delivers = True
        self.tell(HereSeen(here))

    def tell(self, *events: Event) -> list[Effect]:
        """Return what came of the events, words that were said as the messages that they are."""
        effects: list[Effect] = []
        queue = list(events)
        while queue:
            self.state, more = step(self.state, queue.pop(0), self.now)
            effects += more
            sent = [effect for effect in more if isinstance(effect, Send)]
            queue += [Delivered(one.peer, one.number) for one in sent if self.delivers]
        return effects

    def hear(self, *messages: Message, peer: str = HIGHER) -> list[Effect]:
        return self.tell(*(MessageArrived(peer, message) for message in messages))

    def wait(self, seconds: float) -> list[Effect]:
        """Let time pass, the core being woken whenever it wants to be."""
        until, effects = self.now + seconds, list[Effect]()
        while (deadline := self.state.deadline) is not None and deadline <= until:
            self.now = max(self.now, deadline)
            effects += self.tell(Tick())
        self.now = until
        return effects

    def stage(self, peer: str = HIGHER) -> str:
        one = self.state.conversations.get(peer)
        return one.stage if one else ""

    # --- the way to each stage -------------------------------------------------------------------------

    def call(self, peer: str = HIGHER, tried: tuple[str, ...] = ()) -> list[Effect]:
        return self.tell(HailWanted(peer, OURS, tried))

    def agree(self, peer: str = HIGHER, offer: Offer = OFFER, tried: tuple[str, ...] = ()) -> Plan:
        """Have the peer accept our proposal."""
        self.call(peer, tried)
        return plan_in(self.hear(Accept(OURS, offer), peer=peer))

    def answer(self, peer: str = HIGHER, go: Go | None = None) -> Plan:
        """Accept the peer's proposal, because this host wants it too, and hear its plan."""
        self.hear(Propose(THEIRS, OFFER, NETWORKS), peer=peer)
        self.tell(HailWanted(peer, OURS))
        return plan_in(self.hear(go or Go(THEIRS, False, 1000, 300), peer=peer))

    def move_first(self) -> None:
        """Be first on the air, the other end being ready."""
        self.agree()
        self.tell(ReadyHere(HIGHER, OURS))
        self.hear(Ready(OURS))
        assert self.stage() == "moving"
        self.tell(MovedHere(HIGHER, OURS))

    def follow(self) -> None:
        """Be ready as the follower, and hear that the other end has moved."""
        self.answer()
        self.tell(ReadyHere(HIGHER, THEIRS))
        self.hear(Moved(THEIRS))
        assert self.stage() == "following"


def plan_in(effects: list[Effect]) -> Plan:
    (plan,) = [effect.plan for effect in effects if isinstance(effect, Agree)]
    return plan


def words(effects: list[Effect]) -> list[Message]:
    return [effect.message for effect in effects if isinstance(effect, Send)]


def others(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Send)]
