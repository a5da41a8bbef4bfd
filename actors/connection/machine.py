"""Connection's two cores as one: the links and the hail, each told at once what the other decides about it.

The links speak of P2P device addresses, the hail of trust ids; which peer has which address, trust tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.hail import core as hailing
from airhail.actors.connection.hail import events as hail
from airhail.actors.connection.hail.messages import Accept, Offer, Propose
from airhail.actors.connection.hail.state import State as HailState
from airhail.actors.connection.links import core
from airhail.actors.connection.links import events as links
from airhail.actors.connection.links.link import Phase, Rendezvous
from airhail.actors.connection.links.rendezvous_events import (
    AttemptCalledOff,
    CallOff,
    CallPeer,
    MoveAllowed,
    PeerReaddressed,
    PeersTrusted,
    PlanAgreed,
    PlanAwaited,
    SeenThere,
    SkipHail,
    TellEnded,
    TellMoved,
    TellRang,
    TellReady,
)
from airhail.actors.connection.links.state import State as LinksState
from airhail.actors.reasons import Problem, Reason

# An event has a few answers at each core, one for each link at most; more would be two cores that do nothing but
# answer each other.
MAX_WORDS = 100


@dataclass(frozen=True, slots=True)
class Trusted:
    """A peer as trust knows it: its P2P device addresses, the newest first, and what is done about its calls."""

    addresses: tuple[str, ...] = ()
    policy: hail.Policy = hail.Policy.ASK
    name: str = ""


@dataclass(frozen=True, slots=True)
class TrustSeen:
    """Trust was looked at afresh; *own* is this host's trust id, "" when it can hail nobody because of *problem*."""

    own: str
    peers: Mapping[str, Trusted]
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class HailBegun:
    """The 8 random bytes of a new session are there, with which *peer* (its address) is called."""

    call: CallPeer
    session: bytes


@dataclass(frozen=True, slots=True)
class State:
    """Both cores' states, and who is who."""

    links: LinksState = field(default_factory=LinksState)
    hail: HailState = field(default_factory=HailState)
    trusted: Mapping[str, Trusted] = field(default_factory=dict)
    # Why trust cannot be used.
    problem: Problem | None = None
    # By which address each peer is linked, called or planned with.
    known_as: Mapping[str, str] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        """When either core wants to act next by the clock."""
        moments = (self.links.deadline, self.hail.deadline)
        return min((moment for moment in moments if moment is not None), default=None)


Event = links.Event | hail.Told | TrustSeen | HailBegun
Effect = links.Effect | hail.Effect


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event, and have each core hear what the other says; return what is to be done outside, in order."""
    events: list[Event] = [event]
    effects: list[Effect] = []
    for _ in range(MAX_WORDS):
        if not events:
            return state, effects
        state, said = _take(state, events.pop(0), now)
        for effect in said:
            state, heard = _pass_on(state, effect)
            events += heard
            if not heard:
                effects.append(effect)
    raise RuntimeError(f"the links and the hail answer each other without end, after {event!r}")


def id_of(state: State, address: str) -> str:
    """Return the trust id of the peer with a P2P device address, "" when it is not trusted."""
    known = (peer for peer, known_as in state.known_as.items() if known_as == address and peer in state.trusted)
    trusted = (peer for peer, one in state.trusted.items() if address in one.addresses)
    return next(known, next(trusted, ""))


def address_of(state: State, peer: str) -> str:
    """Return the P2P device address by which the links know a peer, "" when they know none of its addresses."""
    one = state.trusted.get(peer)
    known = (address for address in (one.addresses if one else ()) if address in state.links.links)
    return state.known_as.get(peer) or next(known, "")


def wanted_as(state: State, address: str) -> str:
    """Return the address under which the peer with *address* is wanted here; *address* when it is not wanted yet."""
    one = state.trusted.get(id_of(state, address))
    known = (address, *(one.addresses if one else ()))
    links = state.links.links
    return next((other for other in known if other in links and links[other].wanted), address)


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    match event:
        case TrustSeen(own, peers, problem):
            return _meet(replace(state, problem=problem), own, peers, now)
        case HailBegun(call, _) if not _is_called(state, call.peer):
            return state, []  # while the call was prepared the wish was withdrawn, or the link begun without it
        case HailBegun(call, session):
            peer = id_of(state, call.peer)
            if not peer:
                gone = AttemptCalledOff(call.peer, session, Problem(Reason.NO_CARRIER))
                return _step_links(state, gone, now)
            state = replace(state, known_as={**state.known_as, peer: call.peer})
            return _step_hail(state, hail.HailWanted(peer, session, call.tried, call.rung, call.peer), now)
        case links.Tick():
            state, effects = _step_links(state, event, now) if _due(state.links.deadline, now) else (state, [])
            if not _due(state.hail.deadline, now):
                return state, effects
            state, more = _step_hail(state, hail.Tick(), now)
            return state, effects + more
        case hail.HereSeen(here):
            return _step_hail(state, hail.HereSeen(_by_id(state, here)), now)
        case hail.MessageArrived(peer) if peer not in state.trusted:
            return state, []  # it was forgotten while its message was read
        case hail.MessageArrived(peer, Propose(_, offer) | Accept(_, offer)) if _is_anothers(state, peer, offer):
            return replace(state, hail=replace(state.hail, passed_over=state.hail.passed_over + 1)), []
        case _ if isinstance(event, hail.Told):
            return _step_hail(state, event, now)
        case _:
            return _step_links(state, event, now)


def _is_anothers(state: State, peer: str, offer: Offer) -> bool:
    """Tell whether *peer* offers the address of another trusted peer: the wish for that one would become its own."""
    return any(offer.address in one.addresses for other, one in state.trusted.items() if other != peer)


def _is_called(state: State, address: str) -> bool:
    link = state.links.links.get(address)
    return link is not None and link.phase is Phase.FINDING and link.rendezvous is not Rendezvous.NONE


def _by_id(state: State, here: hail.Here) -> hail.Here:
    """Name who has the radio as the hail does; the links know peers by address."""
    return replace(here, busy_with=id_of(state, here.busy_with) or here.busy_with)


def _due(deadline: float | None, now: float) -> bool:
    return deadline is not None and deadline <= now


def _step_links(state: State, event: links.Event, now: float) -> tuple[State, list[Effect]]:
    stepped, effects = core.step(state.links, event, now)
    return replace(state, links=stepped), list(effects)


def _step_hail(state: State, event: hail.Event, now: float) -> tuple[State, list[Effect]]:
    stepped, effects = hailing.step(state.hail, event, now)
    return replace(state, hail=stepped), list(effects)


def _meet(state: State, own: str, peers: Mapping[str, Trusted], now: float) -> tuple[State, list[Effect]]:
    """Tell both cores what has changed about whom."""
    effects: list[Effect] = []
    events: list[hail.Event] = [hail.PeerForgotten(peer) for peer in state.trusted if peer not in peers]
    for peer, one in peers.items():
        if peer not in state.trusted or state.trusted[peer].policy is not one.policy:
            events.append(hail.PolicySet(peer, one.policy))
    state = replace(state, trusted=peers, hail=replace(state.hail, own=own))
    events.append(hail.HereSeen(_by_id(state, state.hail.here)))
    for event in events:
        state, more = _step_hail(state, event, now)
        effects += more
    hailable = frozenset(address for one in peers.values() for address in one.addresses) if own else frozenset()
    state, more = _step_links(state, PeersTrusted(hailable), now)
    return state, effects + more


def _pass_on(state: State, effect: Effect) -> tuple[State, list[Event]]:
    """Turn what one core says to the other into what that one hears; nothing for what is meant for the outside."""
    match effect:
        case TellReady(peer, session):
            return state, [hail.ReadyHere(id_of(state, peer), session)]
        case TellMoved(peer, session):
            return state, [hail.MovedHere(id_of(state, peer), session)]
        case TellRang(peer):
            return state, [hail.RingHeard(id_of(state, peer))]
        case SkipHail(peer):
            return state, [hail.HailSkipped(id_of(state, peer))]
        case TellEnded(peer, session, problem):
            return state, [hail.AttemptEnded(id_of(state, peer), session, problem)]
        case CallOff(peer, withdrawn):
            return state, [hail.HailUnwanted(id_of(state, peer), withdrawn)]
        case hail.AwaitPlan(peer):
            return state, [PlanAwaited(address_of(state, peer))]
        case hail.Agree(peer, plan):
            return _agree(state, peer, plan)
        case hail.BeenSeen(peer, session):
            return state, [SeenThere(address_of(state, peer), session)]
        case hail.Move(peer, session):
            return state, [MoveAllowed(address_of(state, peer), session)]
        case hail.EndAttempt(peer, session, problem):
            return state, [AttemptCalledOff(address_of(state, peer), session, problem)]
        case _:
            return state, []


def _agree(state: State, peer: str, plan: hail.Plan) -> tuple[State, list[Event]]:
    """Tell the links of a plan; a wish for an address that the peer no longer has is for the one that it has now."""
    before = wanted_as(state, state.known_as.get(peer, plan.address))
    state = replace(state, known_as={**state.known_as, peer: plan.address})
    agreed: list[Event] = [PlanAgreed(plan.address, plan)]
    if before == plan.address or before not in state.links.links:
        return state, agreed
    if state.links.turn == before or state.links.links[before].holds_radio:
        # What is under way with the old address must end first.
        return state, [hail.AttemptEnded(peer, plan.session, Problem(Reason.NOT_READY, "this host"))]
    return state, [PeerReaddressed(before, plan.address), *agreed]
