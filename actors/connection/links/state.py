"""What connection's core knows, the questions asked of it, and the ways an attempt ends."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.hail.events import Here
from airhail.actors.connection.ladder.case import Case, Line
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.addresses import Pair, pair
from airhail.actors.connection.links.events import Activate, Deactivate, Effect
from airhail.actors.connection.links.link import Link, Phase, enter, fail
from airhail.actors.connection.links.quick import Quick
from airhail.actors.connection.links.world import Device, Host, Stack
from airhail.actors.reasons import Problem, Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# A call that nobody wanted is worth showing for as long as the caller is likely to try.
CALLER_S = 120.0
MAX_CALLERS = 16
MAX_LINKS = 32


HOST = ""
"""Whose case it is when it is no link's but the host's own."""


class Consent(enum.StrEnum):
    """Whether a rung may drop the user's own Wi-Fi."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


class Look(enum.StrEnum):
    """What discovery is asked to do."""

    NOT = "not"
    # Be found, and look for nobody.
    LISTEN = "listen"
    FIND = "find"


class Stage(enum.StrEnum):
    """How far a rung is."""

    # Waiting for the air, the call that does the work, and what shows that it worked: all that most rungs need.
    AIR = "air"
    WORKING = "working"
    SHOWING = "showing"
    # Between `WORKING`, which stopped the find, and `SHOWING`: an interface that is left even then is removed.
    REMOVING = "removing"
    # The same for the flags: no scan may run, then an activation is begun, left alone until the request is out, its
    # negotiation stopped, and taken down.
    STILL = "still"
    BEGINNING = "beginning"
    ASKING = "asking"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class Cure:
    """A rung that is being used, for the link to *peer* or for the host itself ("")."""

    rung: Rung
    peer: str
    symptoms: tuple[Symptom, ...]
    since: float
    stage: Stage
    deadline: float
    # The activation that clears the flags, and the interfaces to be removed.
    active: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A rung that would drop the user's own Wi-Fi and waits for the user's word."""

    rung: Rung
    peer: str
    symptoms: tuple[Symptom, ...]
    since: float


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
    # Whether the air that was asked for is ours.
    lent: bool = False
    # NetworkManager has not answered our activation yet: whatever happens meanwhile, it may still begin.
    unanswered: bool = False
    looking: Look = Look.NOT
    # Activations we have asked NetworkManager to end: still listed for a moment, and not to be adopted again.
    ended: frozenset[str] = frozenset()
    # The truths beside NetworkManager's; None before the first look.
    stack: Stack | None = None
    # What is wrong with the host itself, when each is to be looked into (again), and what was done about it.
    unwell: Mapping[Symptom, float] = field(default_factory=dict)
    case: Case = field(default_factory=Case)
    cure: Cure | None = None
    # When each rung was used on this host lately, the newest last.
    used: Mapping[Rung, tuple[float, ...]] = field(default_factory=dict)
    consent: Consent = Consent.ASK
    question: Question | None = None
    # Peers that can be hailed, and what this host was last said to offer.
    hailable: frozenset[str] = frozenset()
    shown: Here = field(default_factory=Here)
    # The radio under the links.
    quick: Quick = field(default_factory=Quick)
    # The last lines of the history.
    history: tuple[Line, ...] = ()

    @property
    def free(self) -> bool:
        """Whether nobody, neither an attempt nor a rung, has the radio or waits for it."""
        return self.turn == "" and self.cure is None and not self.unanswered

    @property
    def can_move(self) -> bool:
        """Whether the radio can take an activation now."""
        return self.free and self.device.state == DeviceState.DISCONNECTED

    @property
    def attended(self) -> bool:
        """Whether something is being done about the host itself, or its user was asked."""
        asked = self.question is not None and self.question.peer == HOST
        return self.cure is not None or self.case.due is not None or asked

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [None if self.unanswered else self.turn_ends]
        moments += [since + CALLER_S for since in self.callers.values()]
        for link in self.links.values():
            moments += [link.deadline, link.move_at if self.can_move else None]
        moments += [self.cure.deadline if self.cure and not self.unanswered else None]
        if not self.attended:
            moments += self.unwell.values()
        return min((moment for moment in moments if moment is not None), default=None)


def blocker(state: State) -> Problem | None:
    """Say what on this host keeps every link from being worked for now."""
    device = state.device
    if state.host and state.host.problem:
        return state.host.problem
    if device.stranger:
        return Problem(Reason.RADIO_IN_USE, f"connection {device.stranger!r}")
    if device.peer and device.active not in state.ended and not clearing(state, device):
        return Problem(Reason.RADIO_IN_USE, f"for {device.peer}")
    # Discovery says which device it is to be. UNKNOWN is also what it is before the first look, and NetworkManager's
    # absence has its own words.
    if state.host and DeviceState.UNKNOWN < device.state < DeviceState.DISCONNECTED:
        return Problem(Reason.RADIO_UNAVAILABLE)
    return None


def clearing(state: State, device: Device) -> bool:
    """Tell whether *device* shows the activation that only clears flags, and is no attempt at the link."""
    return state.cure is not None and state.cure.rung is Rung.CLEAR_FLAGS and state.cure.peer == device.peer


def give_up(
    state: State, links: Iterable[Link], problem: Problem, now: float, *, counts: bool = True
) -> tuple[State, list[Effect]]:
    """Fail *links* and have NetworkManager take their activations down."""
    effects: list[Effect] = []
    for link in list(links):
        state, more = end(put(state, fail(link, problem, now, counts=counts)), link.active)
        effects += more
    return state, effects


def end(state: State, active: str, farewell: str = "") -> tuple[State, list[Effect]]:
    """Have NetworkManager take *active* down, after a goodbye to *farewell* if that is not "", and remember it."""
    if not active:
        return state, []
    return replace(state, ended=state.ended | {active}), [Deactivate(active, farewell)]


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


def awaits_air(state: State, peer: str) -> bool:
    """Tell whether it is for *peer* that the air was asked for; the answer to a wish withdrawn may still come."""
    if state.cure:
        return state.cure.stage is Stage.AIR and state.cure.peer == peer
    return state.turn != "" and state.turn == peer


def activate(state: State, peer: str, now: float) -> tuple[State, list[Effect]]:
    """Have NetworkManager activate the link to *peer*, which waits for the air that was lent to it."""
    waiting = awaiting_air(state, peer)
    if state.host is None:
        return give_up(state, waiting, Problem(Reason.DISCOVERY_GONE), now, counts=False)
    if not waiting:
        return state, []
    state, effects = begin_activation(state, state.host, peer)
    return put(state, *(enter(link, Phase.ACTIVATING, now) for link in waiting)), effects


def begin_activation(state: State, host: Host, peer: str) -> tuple[State, list[Effect]]:
    """Call for an activation, whatever it is for."""
    near = host.near.get(peer)
    effect = Activate(peer, host.device, near.path if near else "/", fixed_pair(state, peer).own)
    return replace(state, unanswered=True), [effect]


def fixed_pair(state: State, peer: str) -> Pair:
    """Return the pair's fixed addresses; empty ones while this host does not know its own P2P address.

    Those that both ends agreed on, else those that follow from their addresses.
    """
    link = state.links.get(peer)
    if link and link.plan:
        return Pair(link.plan.own_ip, link.plan.peer_ip)
    return pair(state.host.address, peer) if state.host and state.host.address else Pair("", "")
