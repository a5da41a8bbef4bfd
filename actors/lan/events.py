"""What the core of `lan` takes in (past tense) and asks for (verbs)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworksSeen:
    """The interfaces through which a peer may be called are these; empty: none."""

    interfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HearingChanged:
    """Calls can be heard, or (*problem*) in neither family of addresses, and why."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class PeersMet:
    """Serve these peers from now on, and no others."""

    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrangersExpected:
    """Caller *by* expects strangers for so many seconds; 0: no longer."""

    by: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SendAsked:
    """Deliver a body to a met peer, or to a stranger at *address* ("": to whoever is there)."""

    send: int
    to: str
    address: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SendDropped:
    """Nobody waits for this delivery any more."""

    send: int


@dataclass(frozen=True, slots=True)
class LineOpened:
    """A connection is there whose other end has shown that it is *peer*, or is a stranger ("")."""

    line: int
    peer: str
    address: str


@dataclass(frozen=True, slots=True)
class LineClosed:
    """A connection has ended."""

    line: int


@dataclass(frozen=True, slots=True)
class BodyHeard:
    """A body came over a line."""

    line: int
    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class BodyAnswered:
    """The other end has the body of this number in its inbox, or had no room there."""

    line: int
    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """A message of the inbox was read."""

    number: int


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline has come."""


Event = (
    NetworksSeen
    | HearingChanged
    | PeersMet
    | StrangersExpected
    | SendAsked
    | SendDropped
    | LineOpened
    | LineClosed
    | BodyHeard
    | BodyAnswered
    | MessageTaken
    | Tick
)


@dataclass(frozen=True, slots=True)
class CallPeer:
    """Call a peer, or strangers, by multicast; with an address, there alone."""

    to: str
    address: str


@dataclass(frozen=True, slots=True)
class AwaitAnswers:
    """Have a port open for answers, or none."""

    open: bool


@dataclass(frozen=True, slots=True)
class ExpectStrangers:
    """Understand calls of strangers, or no longer."""

    expecting: bool


@dataclass(frozen=True, slots=True)
class SendBody:
    """Send a body over a line."""

    line: int
    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class AnswerBody:
    """Tell the other end whether its body is in the inbox."""

    line: int
    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class CloseLine:
    """End a connection."""

    line: int


@dataclass(frozen=True, slots=True)
class AnswerSend:
    """Tell who asked for a delivery that it is done, or why it cannot be."""

    send: int
    problem: str = ""


Effect = CallPeer | AwaitAnswers | ExpectStrangers | SendBody | AnswerBody | CloseLine | AnswerSend
