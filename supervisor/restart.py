"""Decide what becomes of an actor that ended: a pure function of its spec, its exit, its past and the time.

OTP's kinds, strategies and sliding window (supervisor(3erl), `do_restart` and `add_restart` in supervisor.erl),
with a backoff between restarts, which OTP has not: none after a healthy life, as s6-supervise does it, then
doubling.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from signal import Signals
from typing import assert_never

from airhail.ipc.config import EX_CONFIG, EX_TEMPFAIL
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy

LARGEST_JITTER = 0.2
"""Fraction of a delay. Actors that died of one cause do not all come back in the same instant."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How an actor ended: an exit status, minus a signal's number, or None when it never started."""

    code: int | None
    served: float = 0.0
    """Seconds between READY=1 and the end; 0 when it never got ready."""


@dataclass(frozen=True, slots=True)
class History:
    """What the decision remembers of an actor's past."""

    restarts: tuple[float, ...] = ()
    """When it was restarted within the window, oldest first; at most `max_restarts` of them."""
    streak: int = 0
    """How many lives in a row ended before they were healthy, up to now."""


NO_HISTORY = History()
"""The past of an actor that was never restarted."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again."""

    after: float
    """Seconds to wait first."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Leave it ended: it has done its job."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Leave it ended: no restart can help. The other actors go on."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop everything and hand the problem to whoever started the supervisor."""

    reason: str


Decision = Restart | Forget | Abandon | GiveUp


def decide(spec: ActorSpec, how: Exit, history: History, now: float, jitter: float) -> tuple[Decision, History]:
    """Return what to do about an actor that ended just now, and its past from now on.

    `jitter` is random, 0 to 1. The supervisor's own stopping of an actor is not decided here.
    """
    if not wants_restart(spec.kind, how):
        return Forget(), history
    if how.code == EX_CONFIG:
        reason = f"{spec.name} refused its configuration (exit {EX_CONFIG}); its log says which line to mend"
        return Abandon(reason), history
    if how.code == EX_TEMPFAIL:
        # However long that lasts: to end all the others would help nobody.
        waiting = replace(history, streak=history.streak + 1)
        return Restart(delay(spec, waiting.streak, jitter)), waiting

    recent = tuple(at for at in history.restarts if at > now - spec.window)
    if len(recent) >= spec.max_restarts:
        reason = (
            f"{spec.name} ended {len(recent) + 1} times within {spec.window:g} s, "
            f"the last time: {describe(how)}; its log says why"
        )
        return GiveUp(reason), History(recent, history.streak + 1)

    streak = 0 if how.served >= spec.healthy_after else history.streak + 1
    return Restart(delay(spec, streak, jitter)), History((*recent, now), streak)


def companions(strategy: Strategy, name: str, order: Sequence[str]) -> Sequence[str]:
    """Return who is started again along with this actor, in start order, itself left out."""
    place = order.index(name)
    match strategy:
        case Strategy.ONE_FOR_ONE:
            return ()
        case Strategy.REST_FOR_ONE:
            return order[place + 1 :]
        case Strategy.ONE_FOR_ALL:
            return (*order[:place], *order[place + 1 :])
        case _:
            assert_never(strategy)


def wants_restart(kind: RestartKind, how: Exit) -> bool:
    """Tell whether an actor of this kind is one to start again after this exit, were it possible."""
    match kind:
        case RestartKind.PERMANENT:
            return True
        case RestartKind.TRANSIENT:
            return how.code != 0
        case RestartKind.TEMPORARY:
            return False
        case _:
            assert_never(kind)


def delay(spec: ActorSpec, streak: int, jitter: float) -> float:
    """Return the seconds to wait before the restart after `streak` unhealthy lives in a row."""
    if streak == 0:
        return 0.0
    # 2**30 is far beyond the longest delay; a higher power would only be a larger number to throw away.
    doubled = spec.first_delay * 2.0 ** min(streak - 1, 30)
    return min(doubled, spec.longest_delay) * (1 + LARGEST_JITTER * jitter)


def longest_failure(spec: ActorSpec) -> float:
    """Return the seconds in which an actor that never gets ready uses up its restarts, at the longest."""
    lives = (spec.max_restarts + 1) * (spec.ready_within + spec.abort_within)
    return lives + sum(delay(spec, streak, 1.0) for streak in range(1, spec.max_restarts + 1))


def describe(how: Exit) -> str:
    """Say in words how an actor ended."""
    if how.code is None:
        return "failure to start"
    if how.code >= 0:
        return f"exit {how.code}"
    try:
        return f"killed by {Signals(-how.code).name}"
    except ValueError:  # the real-time signals between SIGRTMIN and SIGRTMAX have no names of their own
        return f"killed by signal {-how.code}"
