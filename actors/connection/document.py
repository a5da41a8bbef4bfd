"""Connection's published state document."""

from dataclasses import asdict
from typing import Any

from airhail.actors.connection.hail.stages import Stage
from airhail.actors.connection.hail.state import Conversation
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.link import Link, Phase, Rendezvous
from airhail.actors.connection.links.quick import Quick, shown
from airhail.actors.connection.links.state import Question
from airhail.actors.connection.machine import State as Both
from airhail.actors.reasons import NEEDS_PERSON
from airhail.actors.symptoms import SEEN


def document(both: Both) -> dict[str, Any]:
    """Shape the state for others: times are monotonic seconds, what is unknown is absent."""
    state = both.links
    shaped: dict[str, Any] = {"links": {link.peer: _link(link, state.quick) for link in state.links.values()}}
    if both.problem:
        shaped["problem"] = both.problem.document()
    if both.trusted:
        shaped["trusted"] = {
            peer: {"name": one.name, "addresses": list(one.addresses)} for peer, one in both.trusted.items()
        }
    if state.unwell:
        shaped["symptoms"] = [{"symptom": one.value, "sentence": SEEN[one]} for one in state.unwell]
    if cure := state.cure:
        shaped["rung"] = {"rung": cure.rung.value, "peer": cure.peer, "stage": cure.stage.value, "since": cure.since}
    if asked := state.question:
        shaped["question"] = _question(asked)
    if state.history:
        shaped["history"] = [asdict(line) | {"symptoms": list(line.symptoms)} for line in state.history]
    if incoming := [_incoming(one) for one in both.hail.conversations.values() if one.stage is Stage.ASKING]:
        shaped["incoming"] = incoming
    if state.callers:
        shaped["callers"] = {caller: {"since": since} for caller, since in state.callers.items()}
    return shaped


def describe(both: Both) -> str:
    """Say in one line how the links stand."""
    state = both.links
    phases = [link.phase for link in state.links.values() if link.wanted]
    told = [f"{phases.count(phase)} {phase}" for phase in Phase if phase in phases]
    return ", ".join(told) or "no link wanted"


def _link(link: Link, quick: Quick) -> dict[str, Any]:
    shaped: dict[str, Any] = {
        "peer": link.peer,
        "wanted": link.wanted,
        "phase": link.phase.value,
        "since": link.since,
        "attempt": max(link.failures, 1) if link.phase is Phase.FAILED else link.failures + 1,
    }
    known: dict[str, Any] = {
        "name": link.name,
        "interface": link.interface,
        "role": link.role,
        "addresses": list(link.addresses),
        "peer_address": link.peer_address,
        "radio": shown(quick, link.interface),
    }
    shaped |= {key: value for key, value in known.items() if value}
    if link.problem:
        shaped |= link.problem.document()
        shaped["needs_person"] = link.problem.reason in NEEDS_PERSON
    if link.rendezvous is not Rendezvous.NONE and link.phase is Phase.FINDING:
        shaped["rendezvous"] = link.rendezvous.value
    if link.case.symptoms:
        shaped["symptoms"] = [symptom.value for symptom in link.case.symptoms]
    if rungs := link.case.tried.keys() | {link.case.trial, link.case.due} - {None}:
        shaped["rungs"] = [rung.value for rung in Rung if rung in rungs]
    if link.phase is Phase.FAILED and link.deadline is not None:
        shaped["next_attempt"] = link.deadline
    return shaped


def _incoming(call: Conversation) -> dict[str, Any]:
    """Shape a peer's call that waits for the user's word."""
    name, address = (call.theirs.name, call.theirs.address) if call.theirs else ("", "")
    return {"peer": call.peer, "name": name, "address": address, "since": call.since, "until": call.deadline}


def _question(question: Question) -> dict[str, Any]:
    why = " ".join(SEEN[symptom] for symptom in question.symptoms)
    return {
        "rung": question.rung.value,
        "peer": question.peer,
        "since": question.since,
        "sentence": f"May airhail take this host's Wi-Fi away for half a minute to get unstuck? {why}",
    }
