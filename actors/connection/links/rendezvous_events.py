"""What passes between a link and the hail: what the hail tells (past tense), and what it is told (verbs)."""

from dataclasses import dataclass

from airhail.actors.connection.hail.events import Here, Plan
from airhail.actors.reasons import Problem


@dataclass(frozen=True, slots=True)
class PeersTrusted:
    """Trust was looked at afresh: these P2P device addresses belong to peers that can be hailed."""

    peers: frozenset[str]


@dataclass(frozen=True, slots=True)
class PeerReaddressed:
    """The trusted peer that is wanted as *peer* has another P2P device address now."""

    peer: str
    to: str


@dataclass(frozen=True, slots=True)
class PlanAwaited:
    """This host has accepted *peer*'s call, and the peer makes the plan."""

    peer: str


@dataclass(frozen=True, slots=True)
class PlanAgreed:
    """Both ends want the link to *peer*, by *plan*; this host may not have asked for it."""

    peer: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class SeenThere:
    """The other end, which moves first, sees this host."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class MoveAllowed:
    """It is this host's turn to activate the link to *peer*."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class AttemptCalledOff:
    """Nothing comes of the hail, or of the attempt that was agreed on."""

    peer: str
    session: bytes
    problem: Problem


RendezvousEvent = (
    PeersTrusted | PeerReaddressed | PlanAwaited | PlanAgreed | SeenThere | MoveAllowed | AttemptCalledOff
)


@dataclass(frozen=True, slots=True)
class CallPeer:
    """Hail *peer*; *tried* are the reasons why the last attempts failed, *rung* the one that is due here, or ""."""

    peer: str
    tried: tuple[str, ...]
    rung: str


@dataclass(frozen=True, slots=True)
class CallOff:
    """Tell that this host does not want the link to *peer* any more, or not now."""

    peer: str
    # Whether it is this host's user who ended it, which the peer has to learn.
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class TellReady:
    """Tell that this host holds the air and sees *peer*."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class TellMoved:
    """Tell that NetworkManager took the activation."""

    peer: str
    session: bytes


@dataclass(frozen=True, slots=True)
class TellRang:
    """Tell that *peer*'s request for a group was heard."""

    peer: str


@dataclass(frozen=True, slots=True)
class SkipHail:
    """Follow *peer*, which rang before anything was agreed with it: what it would have been told is void."""

    peer: str


@dataclass(frozen=True, slots=True)
class TellEnded:
    """Tell how this host's attempt ended: *problem* is None when the link is up."""

    peer: str
    session: bytes
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class ShowHere:
    """Tell what this host can offer to a peer that asks; its routes are looked up by whoever carries this out."""

    here: Here


@dataclass(frozen=True, slots=True)
class KeepIntent:
    """Keep the intent for *peer*, whose hail was accepted: it is the peer's wish."""

    peer: str
    name: str


@dataclass(frozen=True, slots=True)
class MoveIntent:
    """Keep the intent for *peer* under the address that the peer has now."""

    peer: str
    to: str


@dataclass(frozen=True, slots=True)
class DropIntent:
    """Forget the intent for *peer*, which was only there because of its hail, and which has withdrawn."""

    peer: str


RendezvousEffect = (
    CallPeer
    | CallOff
    | TellReady
    | TellMoved
    | TellRang
    | SkipHail
    | TellEnded
    | ShowHere
    | KeepIntent
    | MoveIntent
    | DropIntent
)
