"""What a link does when the time of its phase is up."""

from dataclasses import replace

from airhail.actors.backoff import pause
from airhail.actors.connection.links.addresses import leased
from airhail.actors.connection.links.events import Deactivate, Effect
from airhail.actors.connection.links.link import (
    FINDING_S,
    GONE_S,
    LEAVING_S,
    PAUSE_SLOW_S,
    Link,
    Phase,
    Rendezvous,
    enter,
    overdue,
)
from airhail.actors.connection.links.state import CALLER_S, State, give_up, in_phase, put
from airhail.actors.connection.links.world import GROUP_INTERFACE
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def mind_interfaces(state: State, now: float) -> State:
    """Give a link that is up a little time when the kernel no longer shows its interface, and none else a limit."""
    if state.stack is None or state.stack.silent:
        return state  # what was seen before a silence of wpa_supplicant is old
    shown = {group.name for group in state.stack.groups}
    for link in in_phase(state, Phase.UP):
        gone = bool(GROUP_INTERFACE.match(link.interface)) and link.interface not in shown
        if gone != (link.deadline is not None):
            state = put(state, replace(link, deadline=now + GONE_S if gone else None))
    return state


def expire(state: State, now: float) -> tuple[State, list[Effect]]:
    """Forget calls that nobody took up, and have every link whose time is up do what it does then."""
    callers = {caller: since for caller, since in state.callers.items() if now < since + CALLER_S}
    state = replace(state, callers=callers)
    effects: list[Effect] = []
    for link in list(state.links.values()):
        if link.deadline is not None and link.deadline <= now:
            state, more = _overdue(state, link, now)
            effects += more
    return state, effects


def _overdue(state: State, link: Link, now: float) -> tuple[State, list[Effect]]:
    match link.phase:
        case Phase.DOWN:
            return replace(state, links={peer: one for peer, one in state.links.items() if peer != link.peer}), []
        case Phase.LEAVING if link.active and link.active == state.device.active:
            asked = link.failures + 1
            again = now + pause(LEAVING_S, PAUSE_SLOW_S, asked)
            return put(state, replace(link, failures=asked, deadline=again)), [Deactivate(link.active)]
        case Phase.LEAVING:
            return put(state, enter(link, Phase.DOWN, now)), []
        case Phase.FAILED:
            return put(state, enter(link, Phase.WANTED, now)), []
        case Phase.ADDRESSING if state.device.state == DeviceState.ACTIVATED and leased(link.addresses):
            # Who gave it can only be the peer, wherever it answers.
            return put(state, enter(link, Phase.UP, now)), []
        case Phase.FINDING if link.move_at is not None:
            # Who was seen, or has called, in the last moment was found.
            return put(state, replace(link, deadline=now + FINDING_S)), []
        case Phase.WANTED | Phase.FINDING if state.cure or link.rendezvous is not Rendezvous.NONE:
            # Nothing could be begun and nobody found while a rung had the air; a hail has limits of its own.
            return put(state, replace(link, deadline=now + FINDING_S)), []
        case Phase.FINDING if state.host is None:
            return give_up(state, [link], Problem(Reason.DISCOVERY_GONE), now, counts=False)
        case _:
            return give_up(state, [link], overdue(link), now)
