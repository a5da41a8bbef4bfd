"""Looks into every failure, and prescribes: what was wrong, did the last rung cure it, which one comes next.

A rung is prescribed once for a case, and never the same again before the ladder says so; one that did not cure leads
to the next. One that would drop the user's own Wi-Fi needs the user's word: in the configuration, with the wish, or
in answer to a question.
"""

from dataclasses import replace

from airhail.actors.connection.ladder.case import Case, Entry, Outcome, gave_up
from airhail.actors.connection.ladder.diagnosis import (
    PATIENCE_S,
    rightly_away,
    rights,
    symptoms_of_host,
    symptoms_of_link,
)
from airhail.actors.connection.ladder.events import Remember
from airhail.actors.connection.ladder.ladder import HARD_AFTER_S, LADDER, Disturbs, Rung, applicable
from airhail.actors.connection.links.events import Effect
from airhail.actors.connection.links.link import ATTEMPT_FAILED, Link, Phase
from airhail.actors.connection.links.state import HOST, Consent, Question, State, put
from airhail.actors.symptoms import Symptom
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# A symptom that stays while nothing is left to try is looked into again at this pace: a rung may be allowed by then.
RECHECK_S = 60.0


def judge(state: State, now: float) -> tuple[State, list[Effect]]:
    """Look into what has changed: links that came up or failed, and the host itself."""
    state, effects = _judge_host(state, now)
    for link in list(state.links.values()):
        if link.phase is Phase.UP and link.case != Case():
            state, more = _close(state, link)
        elif link.phase is Phase.FAILED and not link.judged and state.host and _at_rest(state):
            state, more = _judge_link(state, link, now)
        else:
            more = []
        effects += more
    return _drop_question(state), effects


def conclude(state: State, peer: str, outcome: Outcome, now: float) -> tuple[State, list[Effect]]:
    """Note how using a rung went: one that was used is on trial, one that could not be leads to the next."""
    case, cure = case_of(state, peer), state.cure
    state = replace(state, cure=None, unwell={})
    if cure is None or case is None:
        return state, []
    if outcome is Outcome.CURED:
        return put_case(state, peer, replace(case, due=None, trial=cure.rung)), []
    entry = Entry(peer, case.reason, cure.symptoms, cure.rung, outcome)
    state, effects = prescribe(state, peer, gave_up(case, cure.rung, now), cure.symptoms, now)
    return state, [Remember(entry), *effects]


def answer(state: State, allow: bool, now: float) -> tuple[State, list[Effect]]:
    """Take the user's word on the question that is open."""
    question = state.question
    case = case_of(state, question.peer) if question else None
    if question is None or case is None:
        return state, []
    state = replace(state, question=None)
    if allow:
        return put_case(state, question.peer, replace(case, due=question.rung, granted=question.rung)), []
    entry = Entry(question.peer, case.reason, question.symptoms, question.rung, Outcome.REFUSED)
    refused = gave_up(case, question.rung, now)
    state, effects = prescribe(state, question.peer, refused, question.symptoms, now)
    return state, [Remember(entry), *effects]


def prescribe(
    state: State, peer: str, case: Case, symptoms: tuple[Symptom, ...], now: float
) -> tuple[State, list[Effect]]:
    """Choose the next rung for a case, or ask for it."""
    effects: list[Effect] = []
    case = replace(case, symptoms=symptoms, due=None)
    # Ends: each turn that does not return puts one more rung among the tried.
    hard_from = float("-inf") if peer == HOST or case.since is None else case.since + HARD_AFTER_S
    while rung := applicable(symptoms, rights(state), case.tried, state.used, now, hard_from=hard_from):
        if permitted(state, peer, case, rung):
            return put_case(state, peer, replace(case, due=rung)), effects
        if state.consent is Consent.ASK:
            asked = Question(rung, peer, symptoms, now)
            if state.question is None:
                state = replace(state, question=asked)
                effects.append(Remember(Entry(peer, case.reason, symptoms, rung, Outcome.ASKED)))
            return put_case(state, peer, case), effects
        effects.append(Remember(Entry(peer, case.reason, symptoms, rung, Outcome.REFUSED)))
        case = gave_up(case, rung, now)
    return put_case(state, peer, case), effects


def permitted(state: State, peer: str, case: Case, rung: Rung) -> bool:
    """Tell whether *rung* may be used as things are now: it takes no Wi-Fi from the user, or has the user's word."""
    word = state.consent is Consent.ALWAYS or case.granted is rung or _allowed(state, peer)
    return word or not drops_wifi(state, rung)


def called_for(state: State, peer: str, case: Case) -> bool:
    """Tell whether that for which a rung was prescribed is still there, and the radio ours to work on."""
    if state.device.state <= DeviceState.UNMANAGED:
        return False  # let go by the user, or not seen at all: then it is not known either who is online over it
    if peer == HOST:
        return not symptoms_of_host(replace(state, cure=None)).isdisjoint(case.symptoms)
    return not rightly_away(state)


def drops_wifi(state: State, rung: Rung) -> bool:
    """Tell whether the user would lose a Wi-Fi connection by *rung*, as things are."""
    if LADDER[rung].disturbs is not Disturbs.WIFI:
        return False
    return state.device.parent in state.device.wifi if rung is Rung.REMANAGE else bool(state.device.wifi)


def case_of(state: State, peer: str) -> Case | None:
    """Return the case of the link to *peer*, None when there is no such link, or the host's own."""
    if peer == HOST:
        return state.case
    link = state.links.get(peer)
    return link.case if link and link.wanted else None


def put_case(state: State, peer: str, case: Case) -> State:
    """Write a case back to where it belongs."""
    if peer == HOST:
        return replace(state, case=case)
    link = state.links.get(peer)
    return put(state, replace(link, case=case)) if link else state


def _judge_link(state: State, link: Link, now: float) -> tuple[State, list[Effect]]:
    case, reason = link.case, link.problem.reason if link.problem else None
    effects: list[Effect] = []
    # That says nothing about the stack: not that the rung did not cure, nor that it, or another, is needed.
    outside = case.trial is not None and reason not in ATTEMPT_FAILED
    if case.trial and not outside:
        effects.append(Remember(Entry(link.peer, reason, case.symptoms, case.trial, Outcome.NOT_CURED)))
        case = gave_up(case, case.trial, now)
    symptoms = case.symptoms if outside else symptoms_of_link(state, case)
    # A peer that is away for days must not fill the history: each new way of failing is one line.
    if not effects and reason != case.noted:
        effects.append(Remember(Entry(link.peer, reason, symptoms, None, Outcome.NOT_CURED)))
    state = put(state, replace(link, judged=True))
    if outside:
        return put_case(state, link.peer, replace(case, noted=reason, due=None)), effects
    # A call tells of this attempt: a peer that called once may be gone by the next.
    case = replace(case, noted=reason, rang=False)
    state, more = prescribe(state, link.peer, case, symptoms, now)
    return state, effects + more


def _close(state: State, link: Link) -> tuple[State, list[Effect]]:
    """The link is up: whatever was done last has cured it, were it only another attempt."""
    case = link.case
    entry = Entry(link.peer, case.noted, case.symptoms, case.trial, Outcome.CURED)
    effects: list[Effect] = [Remember(entry)] if case.trial or case.noted else []
    return put(state, replace(link, case=Case())), effects


def _judge_host(state: State, now: float) -> tuple[State, list[Effect]]:
    if state.cure:
        return state, []  # a symptom may well hide while something is done about it
    if state.host is None:
        # Without discovery no rung can be used, and which would be within our rights is not known.
        return state if state.attended else replace(state, unwell={}), []
    seen, case = symptoms_of_host(state), state.case
    if not seen:
        # A device that is not there proves nothing.
        over = case != Case() and state.device.state >= DeviceState.DISCONNECTED
        cured = Entry(HOST, None, case.symptoms, case.trial, Outcome.CURED)
        state = replace(state, unwell={}, case=Case() if over else case)
        return state, [Remember(cured)] if over and case.trial else []
    if state.attended:
        return state, []
    unwell = {one: state.unwell.get(one, now + PATIENCE_S[one]) for one in seen}
    ripe = tuple(one for one in Symptom if one in unwell and unwell[one] <= now)
    unwell |= dict.fromkeys(ripe, now + RECHECK_S)
    state = replace(state, unwell=unwell)
    if not ripe:
        return state, []
    effects: list[Effect] = []
    if case.trial:
        effects.append(Remember(Entry(HOST, None, case.symptoms, case.trial, Outcome.NOT_CURED)))
        case = gave_up(case, case.trial, now)
    state, more = prescribe(state, HOST, case, ripe, now)
    return state, effects + more


def _at_rest(state: State) -> bool:
    """Tell whether the attempt is over for NetworkManager, too, or has had its time to be."""
    return state.cure is None and (not state.ended or state.turn == "")


def _allowed(state: State, peer: str) -> bool:
    concerned = [link for link in state.links.values() if peer in (HOST, link.peer)]
    return any(link.wanted and link.allow_wifi_drop for link in concerned)


def _drop_question(state: State) -> State:
    """Withdraw a question whose case is over; one that costs the user nothing any more is settled."""
    question = state.question
    if question is None:
        return state
    case = case_of(state, question.peer)
    # A symptom may hide while something is done about another, and is not to be seen without discovery.
    looked = question.peer == HOST and state.host is not None and state.cure is None
    over = case is None or not case.symptoms
    if over or (looked and symptoms_of_host(state).isdisjoint(question.symptoms)):
        return replace(state, question=None)
    harmless = case is not None and permitted(state, question.peer, case, question.rung)
    if case is not None and harmless and called_for(state, question.peer, case):
        return put_case(replace(state, question=None), question.peer, replace(case, due=question.rung))
    return state
