"""What a link makes of the hail: it calls, prepares by the plan that both ends agreed on, and moves when it may.

A link to a peer that cannot be hailed, or whose hail nobody answers, goes on as two hosts do that can only guess: see
`turns`.
"""

from dataclasses import replace

from airhail.actors.connection.hail.events import Here
from airhail.actors.connection.hail.messages import Tier
from airhail.actors.connection.links.events import Effect, Event, PeerUnwanted
from airhail.actors.connection.links.link import PAUSE_SLOW_S, Link, Phase, Rendezvous, begin_finding, enter, fail
from airhail.actors.connection.links.rendezvous_events import (
    AttemptCalledOff,
    CallOff,
    CallPeer,
    DropIntent,
    KeepIntent,
    MoveAllowed,
    MoveIntent,
    PeerReaddressed,
    PlanAgreed,
    SeenThere,
    ShowHere,
    TellEnded,
    TellMoved,
    TellReady,
)
from airhail.actors.connection.links.state import (
    State,
    activate,
    awaiting_air,
    blocker,
    end,
    give_up,
    in_phase,
    on_radio,
    put,
)
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# With these the peer may well want the link, but cannot be spoken to: each end then moves as if there were no hail.
SPEECHLESS = frozenset({Reason.NO_CARRIER, Reason.HAIL_UNANSWERED, Reason.HAIL_VERSION})
# Of an attempt that was given up for no failure: the wish is gone, or was told anew.
ABANDONED = Problem(Reason.PEER_WITHDREW)
UNREADY = Problem(Reason.NOT_READY, "this host")


def trusted(state: State, peers: frozenset[str]) -> State:
    """Note which peers can be hailed; a link that waited for the plan of another one has its own turn again."""
    waiting = [link for link in state.links.values() if link.rendezvous is Rendezvous.ACCEPTED]
    forgotten = [replace(link, rendezvous=Rendezvous.NONE) for link in waiting if link.peer not in peers]
    return put(replace(state, hailable=peers), *forgotten)


def awaited(state: State, peer: str, now: float) -> State:
    """Have a link that would have moved by itself, or called, wait for the plan."""
    for link in in_phase(state, Phase.WANTED, Phase.FINDING, Phase.FAILED, peer=peer):
        if link.blocked or link.plan:
            continue
        if link.phase is Phase.FINDING and state.turn == peer and state.turn_ends is None:
            state = replace(state, turn_ends=now)  # nothing of it is on the air that has to come to rest
        state = put(state, replace(begin_finding(link, now), rendezvous=Rendezvous.ACCEPTED, move_at=None))
    return state


def agreed(state: State, event: PlanAgreed, now: float) -> tuple[State, list[Effect]]:
    """Prepare by a plan; the wish for the link may be the other end's alone."""
    link = state.links.get(event.peer)
    effects: list[Effect] = []
    if blocker(state) or (link and (link.holds_radio or link.phase is Phase.LEAVING)):
        return state, [TellEnded(event.peer, event.plan.session, UNREADY)]
    if link is None or not link.wanted:
        link = enter(Link(event.peer, now, name=event.plan.name, invited=True), Phase.WANTED, now)
        effects.append(KeepIntent(event.peer, event.plan.name))
    link = begin_finding(link, now)
    case = replace(link.case, due=event.plan.rung) if event.plan.rung else link.case
    link = replace(link, case=case, plan=event.plan, rendezvous=Rendezvous.PREPARING, been_seen=False, move_at=None)
    return put(state, replace(link, frequency=event.plan.frequency)), effects


def readdress(state: State, event: PeerReaddressed) -> tuple[State, list[Effect]]:
    """Keep a wish under the address that the peer has now, in place of what was known of that address."""
    link = state.links.get(event.peer)
    if link is None or not link.wanted:
        return state, []
    others = {peer: one for peer, one in state.links.items() if peer not in (event.peer, event.to)}
    links = {**others, event.to: replace(link, peer=event.to)}
    return replace(state, links=links), [MoveIntent(event.peer, event.to)]


def seen(state: State, event: SeenThere) -> State:
    """Note that it is this host's turn to look for the other one."""
    links = in_phase(state, Phase.FINDING, peer=event.peer)
    found = (link for link in links if link.plan and link.plan.session == event.session)
    return put(state, *(replace(link, been_seen=True) for link in found))


def prepared(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    """Take the air that was lent: tell that this host is ready, or activate at once where no plan is made."""
    for link in awaiting_air(state, peer):
        if link.rendezvous is Rendezvous.ACCEPTED:
            return state, []
        if link.plan:
            state = put(state, replace(link, rendezvous=Rendezvous.READY))
            return state, [TellReady(peer, link.plan.session)]
    return activate(state, peer, now)


def allowed(state: State, event: MoveAllowed, now: float) -> tuple[State, list[Effect]]:
    """Activate: both ends are ready, and it is this one's turn."""
    ready = [link.plan for link in awaiting_air(state, event.peer) if link.rendezvous is Rendezvous.READY]
    if state.lent and any(plan and plan.session == event.session for plan in ready):
        return activate(state, event.peer, now)
    return state, [TellEnded(event.peer, event.session, UNREADY)]


def called_off(state: State, event: AttemptCalledOff, now: float) -> tuple[State, list[Effect]]:
    """End what was agreed on; a peer that cannot be spoken to is linked without a word, as it may do the same."""
    link, problem = state.links.get(event.peer), event.problem
    if link is None or not link.wanted:
        return state, []
    if link.plan and link.plan.session != event.session and link.phase is not Phase.UP:
        return state, []  # once it is up, the session that made it is over, and another one may end it
    effects: list[Effect] = []
    if link.holds_radio:
        state, effects = give_up(state, [link], problem, now)
    elif link.phase is Phase.FINDING and (
        link.rendezvous is Rendezvous.ACCEPTED
        or (link.rendezvous is Rendezvous.CALLED and problem.reason in SPEECHLESS)
    ):
        state = put(state, replace(link, rendezvous=Rendezvous.NONE))
    elif link.phase is Phase.FINDING and link.rendezvous is not Rendezvous.NONE:
        failed = fail(link, problem, now)
        if problem.reason in (Reason.PEER_DECLINED, Reason.PEER_WITHDREW):
            failed = replace(failed, deadline=now + PAUSE_SLOW_S)  # each further call would bother somebody
        state = put(state, failed)
    if link.invited and problem.reason is Reason.PEER_WITHDREW:
        return _uninvited(state, event.peer, now, effects)
    return state, effects


def tell_moved(link: Link) -> list[Effect]:
    """Tell the other end, with which this was agreed, that NetworkManager took the activation."""
    return [TellMoved(link.peer, link.plan.session)] if link.plan else []


def speak(before: State, event: Event, state: State) -> tuple[State, list[Effect]]:
    """Call those that are to be called, and tell of what *event* has ended: attempts and wishes."""
    effects: list[Effect] = []
    for link in state.links.values():
        if link.rendezvous is Rendezvous.TO_CALL:
            state = put(state, replace(link, rendezvous=Rendezvous.CALLED))
            tried = tuple(reason.value for reason in link.case.left_behind)
            effects.append(CallPeer(link.peer, tried, link.case.due.value if link.case.due else ""))
    for link in state.links.values():
        old = before.links.get(link.peer)
        if old is None:
            continue
        silenced = old.rendezvous in (Rendezvous.CALLED, Rendezvous.ACCEPTED) and link.phase is not Phase.FINDING
        if link.peer in state.hailable and ((old.wanted and not link.wanted) or silenced):
            withdrawn = event == PeerUnwanted(link.peer)
            effects.append(CallOff(link.peer, withdrawn))  # first, for it says more than that the attempt has ended
        up = link.phase is Phase.UP and old.phase is not Phase.UP
        if old.plan and (up or (link.plan is None and old.phase is not Phase.UP)):
            effects.append(TellEnded(link.peer, old.plan.session, None if up else link.problem or ABANDONED))
    here = here_of(state)
    if here != state.shown:
        state = replace(state, shown=here)
        effects.append(ShowHere(here))
    return state, effects


def here_of(state: State) -> Here:
    """Describe what this host can offer now, but for its routes."""
    host = state.host
    if host is None:
        return Here()
    planned = {link.peer for link in state.links.values() if link.plan}
    busy = [link.peer for link in on_radio(state) if link.peer not in planned or link.phase is Phase.UP]
    radio = host.problem is None and (blocker(state) is None or bool(busy) or bool(planned))
    return Here(
        host.address,
        tier=Tier.NETDEV if host.rings else Tier.USER,
        radio=radio and state.device.state >= DeviceState.DISCONNECTED,
        busy_with=busy[0] if busy else state.device.stranger,
    )


def _uninvited(state: State, peer: str, now: float, effects: list[Effect]) -> tuple[State, list[Effect]]:
    link = state.links[peer]
    left = enter(replace(link, wanted=False, problem=None), Phase.DOWN, now)
    state, more = end(put(state, left), link.active)
    return state, [*effects, *more, DropIntent(peer)]
