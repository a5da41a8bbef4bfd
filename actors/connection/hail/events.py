"""What the hail's core takes in (past tense) and asks for (verbs).

A peer is named by its trust id, the first 16 hexadecimal digits of SHA-256 of its public key.
"""

import enum
from dataclasses import dataclass

from airhail.actors.connection.hail.messages import Message, Tier, Unreadable
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.reasons import Problem


class Policy(enum.StrEnum):
    """What is done about a peer's call that nobody here asked for."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Here:
    """What this host can offer.

    *taken* are its routes (address/length), at least those into 10.128.0.0/9. *radio* tells whether a link could be
    begun at all, *busy_with* the trust id of the peer that has the radio, or any other word when it is none of ours.
    An attempt that this core has agreed to does not count. *frequency* is where this host's Wi-Fi is, in MHz, 0 when
    it is in no network.
    """

    address: str = ""
    name: str = ""
    tier: Tier = Tier.USER
    taken: tuple[str, ...] = ()
    radio: bool = False
    busy_with: str = ""
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What both ends agreed on for one attempt at a link.

    *address* is the peer's P2P device address, *first* whether this host moves first. *rung* is performed before
    `ReadyHere`. *own_ip* and *peer_ip* are the fixed addresses on the link, "" when no network is free at both ends.
    *frequency* is where this host is to form the group if it becomes the owner, in MHz, 0 when it is all the same.
    """

    session: bytes
    address: str
    name: str
    first: bool
    # How long after word of the first one's move the follower moves, and how long after its ring; seconds.
    after: float
    ring_after: float
    rung: Rung | None
    own_ip: str
    peer_ip: str
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class HailWanted:
    """This host wants an attempt at a link with *peer* now, and goes on wanting the link until `HailUnwanted`.

    *session* is 8 random bytes, used if this host proposes. *tried* and *rung* as in `messages.Offer`; *address* is
    the peer's P2P device address when it is known.
    """

    peer: str
    session: bytes
    tried: tuple[str, ...] = ()
    rung: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class HailUnwanted:
    """The wish for a link with *peer* is gone, or is not pursued now."""

    peer: str
    # Whether this host's user ended it: then the peer must not call at once to have it back.
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class HereSeen:
    """What this host can offer has changed."""

    here: Here


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The user chose what is done about *peer*'s calls; Policy.ASK is what goes without saying."""

    peer: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class PeerForgotten:
    """*peer* is not trusted any more: nothing more is said to it."""

    peer: str


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """A sealed message of *peer*'s was opened."""

    peer: str
    message: Message | Unreadable


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other end's carrier has what was sent as *number*."""

    peer: str
    number: int


@dataclass(frozen=True, slots=True)
class SendFailed:
    """No carrier could deliver *number*; with NO_CARRIER none can deliver anything to *peer* as things are."""

    peer: str
    number: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class UserAccepted:
    """The user took *peer*'s call."""

    peer: str


@dataclass(frozen=True, slots=True)
class UserRefused:
    """The user declined *peer*'s call."""

    peer: str


@dataclass(frozen=True, slots=True)
class ReadyHere:
    """The rung is done, the air is ours, the peer is in sight: this host can move at once."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class MovedHere:
    """NetworkManager took our activation."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class RingHeard:
    """wpa_supplicant told of *peer*'s request for a group."""

    peer: str


@dataclass(frozen=True, slots=True)
class HailSkipped:
    """*peer* rang before anything was agreed with it, and is followed without a word."""

    peer: str


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """This host's attempt ended; *problem* says why, None when the link is up."""

    peer: str
    session: bytes
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline in the state has passed."""


Told = (
    HailWanted
    | HailUnwanted
    | HereSeen
    | PolicySet
    | PeerForgotten
    | MessageArrived
    | Delivered
    | SendFailed
    | UserAccepted
    | UserRefused
    | ReadyHere
    | MovedHere
    | RingHeard
    | HailSkipped
    | AttemptEnded
)
"""What comes from outside, unlike the clock's word."""

Event = Told | Tick


@dataclass(frozen=True, slots=True)
class Send:
    """Seal *message* and have a carrier deliver it to *peer*. Answered by `Delivered` or `SendFailed`.

    What is still on its way to the same peer is called off: this takes its place, and an answer to it counts no more.
    """

    peer: str
    number: int
    message: Message


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Call off *number*, which is still on its way to *peer*; nothing takes its place, and no answer counts."""

    peer: str
    number: int


@dataclass(frozen=True, slots=True)
class AskUser:
    """Ask the user whether *peer*, which calls itself *name*, may link; until *until* (monotonic seconds)."""

    peer: str
    name: str
    until: float


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Take the question about *peer* back: it was answered, or there is nothing to answer any more."""

    peer: str


@dataclass(frozen=True, slots=True)
class AwaitPlan:
    """Move by no rule of this host's own: *peer*'s call is accepted. `Agree` or `EndAttempt` follows."""

    peer: str


@dataclass(frozen=True, slots=True)
class Agree:
    """Both ends want the link: get ready by *plan*, and touch nothing else. Answered by `ReadyHere`."""

    peer: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Move:
    """Activate now. Answered by `MovedHere`, and by `AttemptEnded` in the end."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class BeenSeen:
    """Take note that the other end, which moves first, sees this host, and waits for it to be ready."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class EndAttempt:
    """End what is done about *peer*, at whatever point it is, for *problem*; an activation is taken down at once."""

    peer: str
    session: bytes
    problem: Problem


Effect = Send | TakeBack | AskUser | StopAsking | AwaitPlan | Agree | BeenSeen | Move | EndAttempt
