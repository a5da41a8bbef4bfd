"""Uses the rungs that were prescribed: one at a time on a host, with the air on loan, and each until it shows.

Each stage of a rung has a deadline, so a rung ends whatever the world does; a link that is up, an attempt under way
and another program's connection are never disturbed.
"""

from dataclasses import replace

from airhail.actors.connection.ladder.case import Case, Entry, Outcome
from airhail.actors.connection.ladder.events import (
    DisconnectDevice,
    Remanage,
    Remember,
    RemoveGroups,
    ResetEngine,
    RestartSupplicant,
)
from airhail.actors.connection.ladder.judge import called_for, case_of, conclude, permitted, put_case
from airhail.actors.connection.ladder.ladder import LADDER, Rung, may_use_at, noted
from airhail.actors.connection.links.events import BorrowAir, Effect, ReturnAir
from airhail.actors.connection.links.link import Link, Phase, enter
from airhail.actors.connection.links.rendezvous import prepared
from airhail.actors.connection.links.state import (
    HOST,
    Cure,
    Stage,
    State,
    begin_activation,
    end,
    in_phase,
    put,
)
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# Discovery lends the air once its own find call is answered, within 10 s or not at all.
AIR_S = 15.0
# NetworkManager's device still shows its old state for a moment after it was told to leave it.
SHOWN_AFTER_S = 2.0
# A scan that StopFind interrupts has ended by then; while one runs, a request waits for it (p2p.c:1659).
STILL_S = 2.0
# The engine has sent its first request by then; the flag is cleared only while it negotiates.
ASKING_S = 0.5
# Rungs for a device that is not at rest.
ANY_STATE = frozenset({Rung.DEACTIVATE, Rung.REMANAGE, Rung.RESTART_SUPPLICANT})
CLEARS_FLAGS = (Stage.BEGINNING, Stage.ASKING, Stage.CLEARING)


def begin(state: State, now: float) -> tuple[State, list[Effect]]:
    """Ask for the air for the next rung that is due, if the radio can take it."""
    if state.host is None or not state.free:
        return state, []
    for peer in (HOST, *(link.peer for link in state.links.values() if _may_begin(link))):
        state = _spare(state, peer, now)
        case = case_of(state, peer)
        if case and case.due and _may_use(state, peer, case, case.due):
            return _start(state, peer, case.due, now), [BorrowAir(peer)]
    return state, []


def take_over(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    """Use the rung due for the link to *peer* with the air that its attempt still holds, or give the air back."""
    state = _spare(state, peer, now)
    case = case_of(state, peer)
    if state.host and state.lent and case and case.due and _may_use(state, peer, case, case.due):
        return _work(_start(state, peer, case.due, now), now)
    return replace(state, turn="", turn_ends=None), [ReturnAir()]


def lent(state: State, now: float) -> tuple[State, list[Effect]]:
    """Begin the work: the air is ours."""
    cure = state.cure
    if cure is None or cure.stage is not Stage.AIR:
        return state, []
    # Somebody may have taken the radio while we waited, what was wrong may be gone, or the user's Wi-Fi be up.
    case = case_of(state, cure.peer)
    if case and _may_use(state, cure.peer, case, cure.rung):
        return _work(state, now)
    return refused(state), [ReturnAir()]


def refused(state: State) -> State:
    """Put the rung off: without discovery there is no air, and the case is looked into again later."""
    cure = state.cure
    if cure is None or cure.stage is not Stage.AIR:
        return state
    return put_off(replace(state, cure=None), cure.peer)


def put_off(state: State, peer: str) -> State:
    """Forget the rung that is due: the next failure, or the next look at the host, prescribes one again."""
    case = case_of(state, peer)
    state = replace(state, unwell={})
    return put_case(state, peer, replace(case, due=None)) if case else state


def answered(state: State, rung: Rung, problem: str, now: float) -> tuple[State, list[Effect]]:
    """Go on after the work of a stage was done, or could not be."""
    cure = state.cure
    if cure is None or cure.rung is not rung:
        return state, []
    taken = rung is Rung.REMOVE_GROUP and not _radio_can_take(state, rung)
    if problem or taken:
        return _finish(state, Outcome.FAILED, now)
    match cure.stage, rung:
        case Stage.WORKING, Rung.RENEW_FIND | Rung.FLUSH:
            return _finish(state, Outcome.CURED, now)
        case Stage.WORKING, Rung.CLEAR_FLAGS:
            return _enter(state, cure, Stage.STILL, now + STILL_S), []
        case Stage.WORKING, Rung.REMOVE_GROUP if groups := _groups(state):
            removing = replace(cure, groups=groups)
            return _enter(state, removing, Stage.REMOVING, now + LADDER[rung].within), [RemoveGroups(groups)]
        case ((Stage.WORKING | Stage.REMOVING), _):
            return _enter(state, replace(cure, since=now), Stage.SHOWING, now + SHOWN_AFTER_S), []
        case Stage.CLEARING, _:
            state, effects = end(state, cure.active)
            return _enter(state, replace(cure, since=now), Stage.SHOWING, now + SHOWN_AFTER_S), effects
    return state, []


def accepted(state: State, active: str) -> State:
    """Note the activation that clears flags."""
    cure = state.cure
    if cure is None or cure.stage is not Stage.BEGINNING:
        return state
    return replace(state, cure=replace(cure, active=active))


def proceed(state: State, now: float) -> tuple[State, list[Effect]]:
    """Go on with the rung in use as far as what is seen, or the clock, allows."""
    cure = state.cure
    if cure is None:
        return state, []
    if cure.rung is Rung.KEEP_QUIET and _quiet_in_vain(state, cure):
        return put_off(replace(state, cure=None), cure.peer), [ReturnAir()]
    if cure.stage is Stage.BEGINNING and cure.active and _asks(state, cure):
        return _enter(state, cure, Stage.ASKING, now + ASKING_S), []
    if cure.stage in (Stage.ASKING, Stage.CLEARING) and _links(state, cure):
        return _adopt(state, cure, now), []
    if cure.stage is Stage.SHOWING and _shows(state, cure, now):
        return _shown(state, cure, now)
    if now < cure.deadline or state.unanswered:
        return state, []
    wanted = case_of(state, cure.peer) is not None
    match cure.stage:
        case Stage.AIR:
            state = refused(state)
            return state, [ReturnAir()]
        case Stage.STILL if state.host and state.lent and wanted and _radio_can_take(state, cure.rung):
            state, effects = begin_activation(state, state.host, cure.peer)
            return _enter(state, cure, Stage.BEGINNING, now + LADDER[cure.rung].within), effects
        case Stage.ASKING if wanted:
            return _enter(state, cure, Stage.CLEARING, now + LADDER[cure.rung].within), [ResetEngine(cure.rung)]
        case Stage.SHOWING if now < cure.since + LADDER[cure.rung].within:
            # The moment in which the old state may still be shown is over, and the new one is not there yet.
            return _enter(state, cure, Stage.SHOWING, cure.since + LADDER[cure.rung].within), []
        case _:
            return _finish(state, Outcome.FAILED, now)


# NetworkManager has a group, so the request was answered at once: what was to clear flags has made the link.
LINKING = (DeviceState.IP_CONFIG, DeviceState.IP_CHECK, DeviceState.SECONDARIES, DeviceState.ACTIVATED)


def _spare(state: State, peer: str, now: float) -> State:
    """Forget a rung that may not be used any more, or was just used: most clear what is held about anybody."""
    case = case_of(state, peer)
    if case is None or case.due is None:
        return state
    if not permitted(state, peer, case, case.due) or not called_for(state, peer, case):
        # Right when it was prescribed, and not any more: if need be it is prescribed, or asked for, anew.
        return put_off(state, peer)
    if now >= may_use_at(case.due, state.used.get(case.due, ())):
        return state
    had = None if case.due is Rung.CLEAR_FLAGS else case.due
    return put_case(state, peer, replace(case, due=None, trial=had))


def _may_begin(link: Link) -> bool:
    return link.wanted and link.phase in (Phase.FAILED, Phase.WANTED, Phase.FINDING)


def _may_use(state: State, peer: str, case: Case, rung: Rung) -> bool:
    return _radio_can_take(state, rung) and permitted(state, peer, case, rung) and called_for(state, peer, case)


def _radio_can_take(state: State, rung: Rung) -> bool:
    """Tell whether nobody, we or another program, has a link or an activation that *rung* would end."""
    if state.device.state <= DeviceState.DISCONNECTED:
        return state.device.state == DeviceState.DISCONNECTED or rung in ANY_STATE
    return rung in ANY_STATE and state.device.active in state.ended


def _start(state: State, peer: str, rung: Rung, now: float) -> State:
    case = case_of(state, peer)
    cure = Cure(rung, peer, case.symptoms if case else (), now, Stage.AIR, now + AIR_S)
    return replace(state, cure=cure, turn="", turn_ends=None)


def _work(state: State, now: float) -> tuple[State, list[Effect]]:
    cure = state.cure
    assert cure is not None
    uses = noted(cure.rung, state.used.get(cure.rung, ()), now)
    state = replace(state, used={**state.used, cure.rung: uses})
    case = case_of(state, cure.peer)
    # Before it is used: it counts even if airhail does not outlive it.
    begun = Remember(Entry(cure.peer, case.reason if case else None, cure.symptoms, cure.rung, Outcome.BEGUN))
    return _enter(state, cure, Stage.WORKING, now + LADDER[cure.rung].within), [begun, _work_of(state, cure.rung)]


def _work_of(state: State, rung: Rung) -> Effect:
    match rung:
        case Rung.FLUSH:
            return ResetEngine(rung, flush=True)
        case Rung.RENEW_FIND | Rung.KEEP_QUIET | Rung.CLEAR_FLAGS | Rung.REMOVE_GROUP:
            return ResetEngine(rung)
        case Rung.DEACTIVATE:
            return DisconnectDevice(state.device.path)
        case Rung.REMANAGE:
            return Remanage(state.device.parent)
        case Rung.RESTART_SUPPLICANT:
            return RestartSupplicant()


def _groups(state: State) -> tuple[str, ...]:
    stack = state.stack
    return tuple(sorted({*(group.name for group in stack.groups), *stack.listed})) if stack else ()


def _asks(state: State, cure: Cure) -> bool:
    return state.device.active == cure.active and state.device.state >= DeviceState.CONFIG


def _quiet_in_vain(state: State, cure: Cure) -> bool:
    """Tell whether nobody wants the link any more, or the list of peers is empty because it is a new one."""
    return case_of(state, cure.peer) is None or state.host is None or state.host.problem is not None


def _links(state: State, cure: Cure) -> bool:
    return state.device.active == cure.active and state.device.state in LINKING


def _shows(state: State, cure: Cure, now: float) -> bool:
    """Tell whether the effect of the rung is seen."""
    device = state.device
    match cure.rung:
        case Rung.KEEP_QUIET:
            return state.host is not None and cure.peer not in state.host.near
        case Rung.REMOVE_GROUP:
            return not set(cure.groups) & set(_groups(state))
        case Rung.CLEAR_FLAGS:
            return device.state == DeviceState.DISCONNECTED and device.active != cure.active
        case Rung.REMANAGE | Rung.RESTART_SUPPLICANT:
            here = state.stack is not None and state.stack.supplicant and not state.stack.silent
            return now >= cure.since + SHOWN_AFTER_S and here and device.state == DeviceState.DISCONNECTED
        case _:
            return device.state == DeviceState.DISCONNECTED


def _shown(state: State, cure: Cure, now: float) -> tuple[State, list[Effect]]:
    if cure.rung is not Rung.CLEAR_FLAGS:
        return _finish(state, Outcome.CURED, now)
    # The peer stays authorised until the next request, with which a group could form unasked: it follows at once, or
    # as soon as both ends are ready for it by the plan that they agreed on.
    state, effects = conclude(state, cure.peer, Outcome.CURED, now)
    for link in in_phase(state, Phase.FAILED, Phase.WANTED, peer=cure.peer):
        state = put(state, enter(link, Phase.FINDING, now))
    state, more = prepared(replace(state, turn=cure.peer), cure.peer, now)
    if not more:
        return replace(state, turn=""), [*effects, ReturnAir()]
    return state, effects + more


def _adopt(state: State, cure: Cure, now: float) -> State:
    state, _ = conclude(state, cure.peer, Outcome.CURED, now)
    return replace(state, turn=cure.peer)


def _finish(state: State, outcome: Outcome, now: float) -> tuple[State, list[Effect]]:
    cure = state.cure
    assert cure is not None
    ending: list[Effect] = []
    if cure.stage in CLEARS_FLAGS or (cure.rung is Rung.CLEAR_FLAGS and cure.stage is Stage.SHOWING):
        state, ending = end(state, cure.active)
    state, effects = conclude(state, cure.peer, outcome, now)
    return state, [*ending, *effects, ReturnAir()]


def _enter(state: State, cure: Cure, stage: Stage, deadline: float) -> State:
    return replace(state, cure=replace(cure, stage=stage, deadline=deadline))
