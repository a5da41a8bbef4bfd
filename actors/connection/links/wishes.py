"""What becomes of a link when somebody wishes it: a user here, or a peer that rings. Pure."""

from dataclasses import replace

from airhail.actors.connection.ladder.case import Case
from airhail.actors.connection.links.events import Effect, PeerWanted
from airhail.actors.connection.links.link import FOLLOW_S, STAGGER_S, Link, Phase, Rendezvous, begin_finding, enter
from airhail.actors.connection.links.rendezvous_events import SkipHail, TellRang
from airhail.actors.connection.links.state import MAX_CALLERS, State, end, give_up, put
from airhail.actors.connection.links.turns import REST_S
from airhail.actors.reasons import Problem, Reason


def want(state: State, wish: PeerWanted, now: float) -> State:
    """Take a user's wish, or a peer's whose call was accepted; a wish told again is tried at once."""
    peer, name = wish.peer, wish.name
    if not wish.invited and not state.attended:
        # The user's own wish: what this host was not allowed to do it may be allowed now.
        state = replace(state, case=replace(state.case, tried={}), unwell={})
    link = state.links.get(peer)
    if link and link.wanted:
        link = replace(
            link, name=name or link.name, allow_wifi_drop=wish.allow_wifi_drop, invited=wish.invited and link.invited
        )
        # Asking again is how a person says "try now", and to try everything again.
        afresh = replace(link, failures=0, case=Case(rang=link.case.rang))
        return put(state, enter(afresh, Phase.WANTED, now) if link.phase is Phase.FAILED else link)
    called = peer in state.callers
    callers = {caller: since for caller, since in state.callers.items() if caller != peer}
    wanted = Link(peer, now, name=name or (link.name if link else ""), invited=wish.invited)
    link = enter(replace(wanted, allow_wifi_drop=wish.allow_wifi_drop), Phase.WANTED, now)
    state = put(replace(state, callers=callers), link)
    return _move_soon(state, link, now) if called else state


def unwant(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    """Take a wish back: what there is of the link is taken down."""
    link = state.links.get(peer)
    if link is None or not link.wanted:
        return state, []
    phase = Phase.LEAVING if link.holds_radio else Phase.DOWN
    farewell = peer if link.phase is Phase.UP else ""
    left = enter(replace(link, wanted=False, failures=0, problem=None, case=Case()), phase, now)
    return end(put(state, left), left.active, farewell)


def rang(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    """Answer a peer's ring: at once where the link is wanted, else it is kept as a call that anybody may take up."""
    link = state.links.get(peer)
    if link is None or not link.wanted:
        callers = {**{caller: since for caller, since in state.callers.items() if caller != peer}, peer: now}
        while len(callers) > MAX_CALLERS:
            del callers[next(iter(callers))]
        return replace(state, callers=callers), []
    if link.plan and link.phase is Phase.FINDING:
        return state, [TellRang(peer)]
    effects: list[Effect] = []
    if link.phase in (Phase.ADDRESSING, Phase.UP):
        # Whoever asks for a new link has lost the old one. A group's owner hears nothing of that for 300 s: so long
        # does wpa_supplicant wait for a client that fell silent (P2P_GO_MAX_INACTIVITY, config.h). However young the
        # link is, the request is a new one: none is told of from the moment this host asks for the peer itself until
        # both have agreed (p2p_go_neg.c:861), after which the peer asks no more.
        left = Problem(Reason.PEER_LEFT, "it asks for a new link")
        state, effects = give_up(state, [link], left, now, counts=False)
        link = state.links[peer]
        if state.turn == peer:
            # It looks for the peer again in this very step; its turn is over all the same.
            state = replace(state, turn_ends=now + REST_S)
    if peer in state.hailable:
        # Who rings while it is being called did not wait for the hail, and a word of it could end what it has begun.
        effects.append(SkipHail(peer))
    return _move_soon(state, link, now), effects


def _move_soon(state: State, link: Link, now: float) -> State:
    """Move a moment after the peer did, whatever this link was waiting for."""
    link = replace(link, case=replace(link.case, rang=True), rendezvous=Rendezvous.NONE)
    link = begin_finding(link, now)
    if link.phase is Phase.FINDING:
        # A failure leaves marks at both ends, with which a request so soon after the other's is lost for good.
        soon = now + (STAGGER_S if link.case.left_behind else FOLLOW_S)
        link = replace(link, move_at=soon if link.move_at is None else min(link.move_at, soon))
    return put(state, link)
