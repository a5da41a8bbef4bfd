"""What connection's core knows, the questions asked of it, and the ways an attempt ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.events import Deactivate, Device, Effect, Host
from airhail.actors.connection.link import Link, Phase, fail, overdue
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# A call that nobody wanted is worth showing for as long as the caller is likely to try.
CALLER_S = 120.0
MAX_CALLERS = 16
MAX_LINKS = 32


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
    # NetworkManager has not answered our activation yet: whatever happens meanwhile, it may still begin.
    unanswered: bool = False
    finding: bool = False
    # NetworkManager was away, or we were: a group may run on that it knows nothing of.
    leftovers: bool = True
    # Activations we have asked NetworkManager to end: still listed for a moment, and not to be adopted again.
    ended: frozenset[str] = frozenset()

    @property
    def can_move(self) -> bool:
        """Whether the radio can take an activation now."""
        return self.turn == "" and not self.unanswered and self.device.state == DeviceState.DISCONNECTED

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [None if self.unanswered else self.turn_ends]
        moments += [since + CALLER_S for since in self.callers.values()]
        for link in self.links.values():
            moments += [link.deadline, link.move_at if self.can_move else None]
        return min((moment for moment in moments if moment is not None), default=None)


def blocker(state: State) -> Problem | None:
    """Say what on this host keeps every link from being worked for now."""
    device = state.device
    if state.host and state.host.problem:
        return state.host.problem
    if device.stranger:
        return Problem(Reason.RADIO_IN_USE, f"connection {device.stranger!r}")
    if device.peer and device.active not in state.ended:
        return Problem(Reason.RADIO_IN_USE, f"for {device.peer}")
    # UNKNOWN is also what the device is before the first look at it, and NetworkManager's absence has its own words.
    if DeviceState.UNKNOWN < device.state < DeviceState.DISCONNECTED:
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


def give_up(
    state: State, links: Iterable[Link], problem: Problem, now: float, *, counts: bool = True
) -> tuple[State, list[Effect]]:
    """Fail *links* and have NetworkManager take their activations down."""
    effects: list[Effect] = []
    for link in list(links):
        state, more = end(put(state, fail(link, problem, now, counts=counts)), link.active)
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
    """List the links that are being activated."""
    return in_phase(state, Phase.ACTIVATING)


def in_phase(state: State, *phases: Phase, peer: str = "") -> list[Link]:
    """List the links in any of *phases*, or only the one to *peer*."""
    return [link for link in state.links.values() if link.phase in phases and peer in ("", link.peer)]


def awaiting_air(state: State, peer: str) -> list[Link]:
    """List the link to *peer* if it is its turn and discovery has not answered yet."""
    asked = state.turn == peer and state.turn_ends is None
    return in_phase(state, Phase.FINDING, peer=peer) if asked else []
