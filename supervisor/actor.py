"""The life of one actor as the supervisor sees it: a pure state machine.

`step(actor, event, now) -> (actor, effects)`. A phase that may last only so long has a deadline, and a
`Tick` at or after it moves on. State names are supervisord's, the best known to people who run daemons.
"""

import enum
from dataclasses import dataclass, replace
from typing import assert_never

from airhail.ipc.errors import shorten
from airhail.ipc.limits import MAX_STATUS
from airhail.supervisor.restart import (
    NO_HISTORY,
    Abandon,
    Exit,
    Forget,
    GiveUp,
    History,
    Restart,
    decide,
    describe,
)
from airhail.supervisor.specs import ActorSpec

ABORT_WITHIN = 2.0
"""Seconds from SIGABRT to SIGKILL: enough to write every task's traceback, too short for anything else."""

KILL_WITHIN = 5.0
"""Seconds from SIGKILL to trying again. Only a process stuck inside the kernel outlives SIGKILL at all."""


class Phase(enum.Enum):
    """Where in its life an actor is."""

    STOPPED = "STOPPED"
    """Not started yet, or stopped on request."""
    STARTING = "STARTING"
    """The process runs and has not said READY=1."""
    RUNNING = "RUNNING"
    """It serves."""
    BACKOFF = "BACKOFF"
    """It ended and is started again at the deadline."""
    STOPPING = "STOPPING"
    """It was asked or made to end, or said that it does, and has not ended yet."""
    EXITED = "EXITED"
    """It ended and has done its job."""
    FATAL = "FATAL"
    """It ended and no restart can help."""


AT_REST = frozenset({Phase.STOPPED, Phase.EXITED, Phase.FATAL})
"""The phases with neither a process nor a deadline."""

TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    Phase.STOPPED: frozenset({Phase.STARTING}),
    Phase.STARTING: frozenset({Phase.RUNNING, Phase.STOPPING, Phase.BACKOFF, *AT_REST}),
    Phase.RUNNING: frozenset({Phase.STOPPING, Phase.BACKOFF, *AT_REST}),
    Phase.BACKOFF: frozenset({Phase.STARTING, Phase.STOPPED}),
    Phase.STOPPING: frozenset({Phase.BACKOFF, *AT_REST}),
    Phase.EXITED: frozenset(),
    Phase.FATAL: frozenset(),
}
"""Every change of phase there is."""


@dataclass(frozen=True, slots=True)
class StartWanted:
    """The tree's turn has come to this actor."""


@dataclass(frozen=True, slots=True)
class LastLifeBegun:
    """The tree stops: the life that the actor has, if any, is its last."""


@dataclass(frozen=True, slots=True)
class StopWanted:
    """The turn to stop has come to this actor."""


@dataclass(frozen=True, slots=True)
class Spawned:
    """The process was started."""

    pid: int


@dataclass(frozen=True, slots=True)
class SpawnFailed:
    """The process could not be started."""

    why: str
    jitter: float


@dataclass(frozen=True, slots=True)
class Notified:
    """A notify datagram came from the main process."""

    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Exited:
    """The main process ended: its exit status, or minus the number of the signal that killed it."""

    code: int
    jitter: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event = StartWanted | LastLifeBegun | StopWanted | Spawned | SpawnFailed | Notified | Exited | Tick


@dataclass(frozen=True, slots=True)
class SpawnActor:
    """Start the process."""

    name: str


@dataclass(frozen=True, slots=True)
class AskActor:
    """Ask the main process to end: SIGTERM."""

    name: str


@dataclass(frozen=True, slots=True)
class AbortActor:
    """Make the main process say where it hangs, and end: SIGABRT."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class KillActor:
    """End the whole process group: SIGKILL."""

    name: str


@dataclass(frozen=True, slots=True)
class Escalate:
    """Stop the whole tree: this actor ends again and again."""

    name: str
    reason: str


ProcessEffect = SpawnActor | AskActor | AbortActor | KillActor
Effect = ProcessEffect | Escalate


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor: what is known of it and what comes next."""

    spec: ActorSpec
    since: float
    """When the phase began."""
    phase: Phase = Phase.STOPPED
    deadline: float | None = None
    """When the phase has lasted long enough; None: it may last for ever."""
    pid: int | None = None
    ready_at: float | None = None
    """When this life said READY=1."""
    wanted: bool = False
    """Whether the tree wants it to run."""
    killed: bool = False
    """Whether this life was sent SIGKILL."""
    blamed: str | None = None
    """Why the supervisor put an end to this life."""
    history: History = NO_HISTORY
    restarts: int = 0
    last_exit: str | None = None
    status: str | None = None
    """What the actor last said of itself."""


Step = tuple[Actor, list[Effect]]


def step(actor: Actor, event: Event, now: float) -> Step:
    """Return the actor after the event, and what is to be done."""
    match event:
        case StartWanted():
            return start(replace(actor, wanted=True), now)
        case LastLifeBegun():
            last = replace(actor, wanted=False)
            return (enter(last, Phase.STOPPED, now) if actor.phase is Phase.BACKOFF else last), []
        case StopWanted():
            return stop(actor, now)
        case Spawned(pid):
            return replace(actor, pid=pid), []
        case SpawnFailed(why, jitter):
            return ended(actor, Exit(None), f"could not be started: {why}", jitter, now)
        case Notified(fields):
            return notified(actor, fields, now)
        case Exited() if actor.pid is None:
            return actor, []  # left behind long ago, and gone after all
        case Exited(code, jitter):
            how = Exit(code, 0.0 if actor.ready_at is None else now - actor.ready_at)
            said = describe(how) if actor.blamed is None else f"{describe(how)}: {actor.blamed}"
            return ended(actor, how, said, jitter, now)
        case Tick():
            if actor.deadline is None or now < actor.deadline:
                return actor, []
            return overdue(actor, now)
        case _:
            assert_never(event)


def enter(actor: Actor, phase: Phase, now: float, within: float | None = None) -> Actor:
    """Return the actor in its new phase, which may last `within` seconds."""
    assert phase in TRANSITIONS[actor.phase], f"{actor.spec.name}: {actor.phase} -> {phase}"
    return replace(actor, phase=phase, since=now, deadline=None if within is None else now + within)


def start(actor: Actor, now: float) -> Step:
    """Begin a life."""
    starting = enter(actor, Phase.STARTING, now, actor.spec.ready_within)
    fresh = replace(starting, pid=None, ready_at=None, killed=False, blamed=None, status=None)
    return fresh, [SpawnActor(actor.spec.name)]


def stop(actor: Actor, now: float) -> Step:
    """End a life on request."""
    if actor.phase not in (Phase.STARTING, Phase.RUNNING):
        return actor, []
    return enter(actor, Phase.STOPPING, now, actor.spec.stop_within), [AskActor(actor.spec.name)]


def notified(actor: Actor, fields: dict[str, str], now: float) -> Step:
    """Take in what the actor says of itself (sd_notify(3))."""
    if "STATUS" in fields:
        actor = replace(actor, status=shorten(fields["STATUS"], MAX_STATUS))
    if fields.get("READY") == "1" and actor.phase is Phase.STARTING:
        actor = replace(enter(actor, Phase.RUNNING, now, actor.spec.watchdog), ready_at=now)
    if fields.get("WATCHDOG") == "1" and actor.phase is Phase.RUNNING and actor.spec.watchdog is not None:
        actor = replace(actor, deadline=now + actor.spec.watchdog)
    if fields.get("STOPPING") == "1" and actor.phase in (Phase.STARTING, Phase.RUNNING):
        actor = enter(actor, Phase.STOPPING, now, actor.spec.stop_within)
    return actor, []


def overdue(actor: Actor, now: float) -> Step:
    """Move on from a phase that has lasted long enough."""
    match actor.phase:
        case Phase.STARTING:
            return abort(actor, f"no READY=1 within {actor.spec.ready_within:g} s", now)
        case Phase.RUNNING:
            return abort(actor, f"no WATCHDOG=1 for {actor.spec.watchdog:g} s", now)
        case Phase.BACKOFF:
            return start(replace(actor, restarts=actor.restarts + 1), now)
        case Phase.STOPPING if actor.killed and not actor.wanted:
            # The tree must be able to stop even when the kernel holds on to a process.
            left = replace(actor, pid=None, last_exit="did not end after SIGKILL; left behind")
            return enter(left, Phase.STOPPED, now), []
        case Phase.STOPPING:
            blamed = actor.blamed or f"still there {actor.spec.stop_within:g} s after it began to stop"
            killed = replace(actor, killed=True, blamed=blamed, deadline=now + KILL_WITHIN)
            return killed, [KillActor(actor.spec.name)]
        case Phase.STOPPED | Phase.EXITED | Phase.FATAL:
            raise AssertionError(f"{actor.spec.name}: {actor.phase} has a deadline")
        case _:
            assert_never(actor.phase)


def abort(actor: Actor, why: str, now: float) -> Step:
    """Put an end to a life that hangs."""
    stopping = enter(actor, Phase.STOPPING, now, ABORT_WITHIN)
    return replace(stopping, blamed=why), [AbortActor(actor.spec.name, why)]


def ended(actor: Actor, how: Exit, said: str, jitter: float, now: float) -> Step:
    """Decide what comes after a life."""
    actor = replace(actor, pid=None, last_exit=said)
    if not actor.wanted:
        return enter(actor, Phase.STOPPED, now), []
    decision, history = decide(actor.spec, how, actor.history, now, jitter)
    actor = replace(actor, history=history)
    match decision:
        case Restart(after):
            return enter(actor, Phase.BACKOFF, now, after), []
        case Forget():
            return enter(actor, Phase.EXITED, now), []
        case Abandon(reason):
            return replace(enter(actor, Phase.FATAL, now), last_exit=reason), []
        case GiveUp(reason):
            return enter(actor, Phase.FATAL, now), [Escalate(actor.spec.name, reason)]
        case _:
            assert_never(decision)
