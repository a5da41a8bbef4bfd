"""What connection's core knows, the questions asked of it, and the two ways an attempt ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.events import Deactivate, Device, Effect, Host
from airhail.actors.connection.link import Link, Phase, fail, overdue
from airhail.actors.reasons import NEEDS_PERSON, Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# How long a device may take to come to rest after a deactivation before the air goes back regardless.
REST_S = 10.0
# A call that nobody wanted is worth showing for as long as the caller is likely to try.
CALLER_S = 120.0
MAX_CALLERS = 16
MAX_LINKS = 32

# Reasons that lie with this host and end by themselves: a link that failed for one tries again when it is gone.
HOST_REASONS = NEEDS_PERSON | {
    Reason.RADIO_UNAVAILABLE,
    Reason.RADIO_LOST,
    Reason.SUPPLICANT_GONE,
    Reason.DISCOVERY_GONE,
}


@dataclass(frozen=True, slots=True)
class State:
    """All that connection knows and is doing."""

    host: Host | None = None
    device: Device = field(default_factory=Device)
    links: Mapping[str, Link] = field(default_factory=dict)
    # Peers that called without an intent here, and when.
    callers: Mapping[str, float] = field(default_factory=dict)
    # Whose attempt has asked for or holds the air; once it is over, by when the air goes back at the latest.
    turn: str = ""
    turn_ends: float | None = None
    finding: bool = False
    # Activations we have asked NetworkManager to end: still listed for a moment, and not to be adopted again.
    ended: frozenset[str] = frozenset()

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [self.turn_ends, *(since + CALLER_S for since in self.callers.values())]
        for link in self.links.values():
            moments += [link.deadline, link.move_at if self.turn == "" else None]
        return min((moment for moment in moments if moment is not None), default=None)


def obstacle(state: State) -> Problem | None:
    """Say what keeps the radio from taking an activation now."""
    if state.device.stranger:
        return Problem(Reason.RADIO_IN_USE, f"connection {state.device.stranger!r}")
    if state.device.peer:
        return Problem(Reason.RADIO_IN_USE, f"linked to {state.device.peer}")
    if state.device.state < DeviceState.DISCONNECTED:
        return Problem(Reason.RADIO_UNAVAILABLE)
    return None


def vanished(link: Link, device: Device) -> Problem:
    """Explain a link that NetworkManager no longer shows, and of whose end it said nothing."""
    if device.state is DeviceState.UNKNOWN:
        return Problem(Reason.NETWORKMANAGER_GONE)
    if device.stranger:
        return Problem(Reason.TAKEN_OVER, f"connection {device.stranger!r}")
    if device.state < DeviceState.DISCONNECTED:
        return Problem(Reason.RADIO_LOST)
    return overdue(link) if link.phase is Phase.ACTIVATING else Problem(Reason.PEER_LEFT)


def drop(
    state: State, links: Iterable[Link], problem: Problem, now: float, *, tried: bool = True, told: bool = False
) -> tuple[State, list[Effect]]:
    """Fail *links*; unless NetworkManager itself *told* us of the end, have it take their activations down."""
    effects: list[Effect] = []
    for link in list(links):
        state = put(state, fail(link, problem, now, tried=tried))
        if told:
            state = replace(state, ended=state.ended | {link.active} - {""})
        else:
            state, more = end(state, link.active)
            effects += more
    return state, effects


def end(state: State, active: str) -> tuple[State, list[Effect]]:
    """Have NetworkManager take *active* down, and remember that it was us."""
    if not active:
        return state, []
    return replace(state, ended=state.ended | {active}), [Deactivate(active)]


def put(state: State, *links: Link) -> State:
    """Replace or add *links*."""
    return replace(state, links={**state.links, **{link.peer: link for link in links}})


def on_radio(state: State) -> list[Link]:
    """List the links whose activation or group occupies the radio."""
    return [link for link in state.links.values() if link.holds_radio]


def activating(state: State) -> list[Link]:
    """List the links that are being activated: at most one."""
    return [link for link in state.links.values() if link.phase is Phase.ACTIVATING]


def leaving(state: State) -> list[Link]:
    """List the links that were withdrawn and are not gone from the radio yet."""
    return [link for link in state.links.values() if link.phase is Phase.LEAVING]


def awaiting_air(state: State, peer: str) -> list[Link]:
    """List the link to *peer* if it is its turn and discovery has not answered yet."""
    link = state.links.get(peer)
    asked = state.turn == peer and state.turn_ends is None
    return [link] if asked and link and link.phase is Phase.FINDING else []


def attempting(state: State) -> set[str]:
    """Name the peers whose attempt is under way."""
    trying = (Phase.FINDING, Phase.ACTIVATING, Phase.ADDRESSING)
    return {link.peer for link in state.links.values() if link.phase in trying}
