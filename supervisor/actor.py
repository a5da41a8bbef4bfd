"""The life of one actor as the supervisor sees it: a pure state machine.

`step(actor, event, now) -> (actor, effects)`. A phase that may last only so long has a deadline, and a
`Tick` at or after it moves on. State names are supervisord's, the best known to people who run daemons.
"""

import enum
from dataclasses import dataclass, replace
from typing import assert_never

from airhail.ipc.errors import shorten
from airhail.ipc.limits import MAX_STATUS
from airhail.supervisor.actor_events import (
    AbortActor,
    AskActor,
    Effect,
    Escalate,
    Event,
    Exited,
    KillActor,
    Notified,
    RestartCompanions,
    SpawnActor,
    Spawned,
    SpawnFailed,
    StartWanted,
    StopWanted,
    Tick,
    TimeLost,
    Withdrawn,
)
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
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy

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
    """It ended and is started again at the deadline, or at its turn after it."""
    STOPPING = "STOPPING"
    """It was asked or made to end, or said that it does, and has not ended yet."""
    EXITED = "EXITED"
    """It ended and is not started again: it has done its job, or is temporary."""
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
    for_good: bool = False
    """Whether the tree will not want it again."""
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
        case Withdrawn(for_good):
            return replace(actor, wanted=False, for_good=for_good), []
        case StopWanted():
            return stop(actor, now)
        case TimeLost():
            return patient(actor, now), []
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


def patience(actor: Actor) -> float | None:
    """Return the seconds of silence that a process is granted where it is in its life; None: any number."""
    match actor.phase:
        case Phase.STARTING:
            return actor.spec.ready_within
        case Phase.RUNNING:
            return actor.spec.watchdog
        case Phase.STOPPING if actor.killed:
            return KILL_WITHIN
        case Phase.STOPPING if actor.blamed is not None:
            return actor.spec.abort_within
        case Phase.STOPPING:
            return actor.spec.stop_within
        case Phase.STOPPED | Phase.BACKOFF | Phase.EXITED | Phase.FATAL:
            return None
        case _:
            assert_never(actor.phase)


def patient(actor: Actor, now: float) -> Actor:
    """Return the actor with the whole of its patience from now on; without a process it stays as it is."""
    seconds = patience(actor)
    return actor if seconds is None else replace(actor, deadline=now + seconds)


def start(actor: Actor, now: float) -> Step:
    """Begin a life."""
    starting = replace(
        enter(actor, Phase.STARTING, now),
        pid=None,
        ready_at=None,
        killed=False,
        blamed=None,
        status=None,
        restarts=actor.restarts + (actor.last_exit is not None),
    )
    return patient(starting, now), [SpawnActor(actor.spec.name)]


def stop(actor: Actor, now: float) -> Step:
    """End a life on request, or the wait for the next one."""
    match actor.phase:
        case Phase.STARTING | Phase.RUNNING:
            return patient(enter(actor, Phase.STOPPING, now), now), [AskActor(actor.spec.name)]
        case Phase.BACKOFF:
            return enter(actor, Phase.STOPPED, now), []
        case Phase.STOPPING | Phase.STOPPED | Phase.EXITED | Phase.FATAL:
            return actor, []
        case _:
            assert_never(actor.phase)


def notified(actor: Actor, fields: dict[str, str], now: float) -> Step:
    """Take in what the actor says of itself (sd_notify(3))."""
    if "STATUS" in fields:
        actor = replace(actor, status=shorten(fields["STATUS"], MAX_STATUS))
    if fields.get("READY") == "1" and actor.phase is Phase.STARTING:
        actor = patient(replace(enter(actor, Phase.RUNNING, now), ready_at=now), now)
    if fields.get("WATCHDOG") == "1" and actor.phase is Phase.RUNNING:
        actor = patient(actor, now)
    if fields.get("STOPPING") == "1" and actor.phase in (Phase.STARTING, Phase.RUNNING):
        actor = patient(enter(actor, Phase.STOPPING, now), now)
    return actor, []


def overdue(actor: Actor, now: float) -> Step:
    """Move on from a phase that has lasted long enough."""
    match actor.phase:
        case Phase.STARTING:
            return abort(actor, f"no READY=1 within {actor.spec.ready_within:g} s", now)
        case Phase.RUNNING:
            return abort(actor, f"no WATCHDOG=1 for {actor.spec.watchdog:g} s", now)
        case Phase.BACKOFF if actor.wanted:
            return start(actor, now)
        case Phase.BACKOFF:
            return enter(actor, Phase.STOPPED, now), []
        case Phase.STOPPING if actor.killed and actor.for_good:
            # The tree must be able to stop even when the kernel holds on to a process.
            left = replace(actor, pid=None, last_exit="did not end after SIGKILL; left behind")
            return enter(left, Phase.STOPPED, now), []
        case Phase.STOPPING:
            blamed = actor.blamed or f"still there {actor.spec.stop_within:g} s after it began to stop"
            return patient(replace(actor, killed=True, blamed=blamed), now), [KillActor(actor.spec.name)]
        case Phase.STOPPED | Phase.EXITED | Phase.FATAL:
            raise AssertionError(f"{actor.spec.name}: {actor.phase} has a deadline")
        case _:
            assert_never(actor.phase)


def abort(actor: Actor, why: str, now: float) -> Step:
    """Put an end to a life that hangs."""
    stopping = replace(enter(actor, Phase.STOPPING, now), blamed=why)
    return patient(stopping, now), [AbortActor(actor.spec.name, why)]


def ended(actor: Actor, how: Exit, said: str, jitter: float, now: float) -> Step:
    """Decide what comes after a life."""
    actor = replace(actor, pid=None, last_exit=said)
    if not actor.wanted:
        # A temporary one that fell with its companions does not come back with them, as in OTP.
        dropped = actor.spec.kind is RestartKind.TEMPORARY and not actor.for_good
        return enter(actor, Phase.EXITED if dropped else Phase.STOPPED, now), []
    decision, history = decide(actor.spec, how, actor.history, now, jitter)
    actor = replace(actor, history=history)
    match decision:
        case Restart(after):
            waiting = enter(actor, Phase.BACKOFF, now, after)
            alone = actor.spec.strategy is Strategy.ONE_FOR_ONE
            return waiting, [] if alone else [RestartCompanions(actor.spec.name)]
        case Forget():
            return enter(actor, Phase.EXITED, now), []
        case Abandon(reason):
            return replace(enter(actor, Phase.FATAL, now), last_exit=reason), []
        case GiveUp(reason):
            return enter(actor, Phase.FATAL, now), [Escalate(actor.spec.name, reason)]
        case _:
            assert_never(decision)
