"""The tree of actors: a pure state machine over the lives of `actor.py`.

Actors start in order, each after the one before is ready or had its time, and stop in reverse, each after
the one behind it is gone; so do those that an actor's strategy starts again along with it, once all of them are
gone. `step(tree, event, now) -> (tree, effects)`.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from airhail.supervisor import actor, actor_events
from airhail.supervisor.actor import AT_REST, Actor, Phase
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.restart import companions
from airhail.supervisor.specs import ActorSpec, RestartKind


class Stage(enum.Enum):
    """Where in its life the tree is."""

    STARTING = "starting"
    """Some actor has not had its turn yet, or one that must serve does not yet."""
    RUNNING = "running"
    """Every actor that must serve has served, but for those that no restart can help."""
    STOPPING = "stopping"
    """Actors are being stopped, the last one first."""
    STOPPED = "stopped"
    """No actor runs any more."""


UP = frozenset({Stage.STARTING, Stage.RUNNING})
"""The stages in which actors are started."""


@dataclass(frozen=True, slots=True)
class ActorEvent:
    """Something happened to one actor."""

    name: str
    event: actor_events.Event


@dataclass(frozen=True, slots=True)
class Begun:
    """The supervisor is ready to start actors."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Someone asked the supervisor to stop."""

    reason: str


Event = ActorEvent | Begun | StopRequested | actor_events.TimeLost | actor_events.Tick


@dataclass(frozen=True, slots=True)
class AnnounceReady:
    """Tell whoever started the supervisor that everything serves that can."""

    without: tuple[str, ...] = ()
    """The actors that no restart can help."""


@dataclass(frozen=True, slots=True)
class AnnounceStopping:
    """Tell whoever started the supervisor that it ends."""

    reason: str


Effect = actor_events.ProcessEffect | AnnounceReady | AnnounceStopping


@dataclass(frozen=True, slots=True)
class Tree:
    """All actors, in start order, and where the whole stands."""

    actors: Mapping[str, Actor]
    since: float
    stage: Stage = Stage.STARTING
    next_by: float = 0.0
    """When the next actor is started, even if the one before is not ready."""
    outcome: ExitStatus = ExitStatus.DONE
    """What the supervisor will end with."""

    @property
    def deadline(self) -> float | None:
        """Return when the next `Tick` is due, or None when only an event can change anything."""
        deadlines = [one.deadline for one in self.actors.values() if one.deadline is not None]
        if self.stage in UP and (following := next_to_start(self)) is not None and predecessor(self, following):
            deadlines.append(self.next_by)
        return min(deadlines, default=None)


Step = tuple[Tree, list[Effect]]


def plant(specs: Sequence[ActorSpec], now: float) -> Tree:
    """Return the tree of these actors before any has started.

    Raises ValueError when two share a name.
    """
    actors = {spec.name: Actor(spec, since=now) for spec in specs}
    if len(actors) != len(specs):
        raise ValueError(f"two actors share a name: {[spec.name for spec in specs]}; name each differently")
    return Tree(actors, since=now)


def step(tree: Tree, event: Event, now: float) -> Step:
    """Return the tree after the event, and what is to be done, in that order."""
    match event:
        case ActorEvent(name, what):
            tree, effects = step_actor(tree, name, what, now)
        case actor_events.Tick() | actor_events.TimeLost():
            effects = []
            for name in tree.actors:
                tree, more = step_actor(tree, name, event, now)
                effects += more
        case StopRequested(reason):
            tree, effects = begin_stop(tree, ExitStatus.DONE, reason, now)
        case Begun():
            effects = []
        case _:
            assert_never(event)
    tree, more = advance(tree, now)
    return tree, effects + more


def step_actor(tree: Tree, name: str, event: actor_events.Event, now: float) -> Step:
    """Step one actor; what its end means for others comes to pass at once."""
    one, wanted = actor.step(tree.actors[name], event, now)
    tree = replace(tree, actors={**tree.actors, name: one})
    effects: list[Effect] = []
    for effect in wanted:
        match effect:
            case actor_events.Escalate(_, reason):
                tree, more = begin_stop(tree, ExitStatus.ESCALATED, reason, now)
                effects += more
            case actor_events.RestartCompanions():
                tree, more = restart_companions(tree, one, now)
                effects += more
            case _:
                effects.append(effect)
    return tree, effects


def restart_companions(tree: Tree, one: Actor, now: float) -> Step:
    """Begin to start an actor again together with those whom its strategy names."""
    # The actor itself waits for its turn too: others may have to be gone, or to serve, before it.
    return withdraw(tree, [one.spec.name, *companions(one.spec.strategy, one.spec.name, list(tree.actors))], now)


def begin_stop(tree: Tree, outcome: ExitStatus, reason: str, now: float) -> Step:
    """Begin to stop the tree, unless it already stops: the first reason counts."""
    if tree.stage not in UP:
        return tree, []
    tree, effects = withdraw(tree, list(tree.actors), now, for_good=True)
    return replace(tree, stage=Stage.STOPPING, since=now, outcome=outcome), [AnnounceStopping(reason), *effects]


def withdraw(tree: Tree, names: Sequence[str], now: float, *, for_good: bool = False) -> Step:
    """Tell these actors that they are not wanted for now."""
    effects: list[Effect] = []
    for name in names:
        tree, more = step_actor(tree, name, actor_events.Withdrawn(for_good), now)
        effects += more
    return tree, effects


def advance(tree: Tree, now: float) -> Step:
    """Do what the order of the actors now allows."""
    tree, effects = stop_next(tree, now)
    if tree.stage in UP:
        tree, more = start_next(tree, now)
        effects += more
    if tree.stage in UP and hopeless(tree):
        reason = "no actor is left that could run; the log of each says what to mend"
        tree, more = begin_stop(tree, ExitStatus.BAD_CONFIG, reason, now)
        effects += more
    if tree.stage is Stage.STARTING and not awaiting_turn(tree) and all(map(serves, needed(tree))):
        tree = replace(tree, stage=Stage.RUNNING, since=now)
        effects.append(AnnounceReady(tuple(fatal(tree))))
    if tree.stage is Stage.STOPPING and all(one.phase in AT_REST for one in tree.actors.values()):
        tree = replace(tree, stage=Stage.STOPPED, since=now)
    return tree, effects


def stop_next(tree: Tree, now: float) -> Step:
    """Stop the last of the unwanted actors that have a life."""
    effects: list[Effect] = []
    while (last := last_to_stop(tree)) is not None and last.phase is not Phase.STOPPING:
        tree, more = step_actor(tree, last.spec.name, actor_events.StopWanted(), now)
        effects += more
    return tree, effects


def last_to_stop(tree: Tree) -> Actor | None:
    """Return the last unwanted actor that has a life, or that waits for one which is not to come."""
    going = [
        one
        for one in tree.actors.values()
        if not one.wanted and one.phase not in AT_REST and (one.for_good or one.phase is not Phase.BACKOFF)
    ]
    return going[-1] if going else None


def start_next(tree: Tree, now: float) -> Step:
    """Start the next actor if it may start."""
    following = next_to_start(tree)
    if following is None:
        return tree, []
    before = predecessor(tree, following)
    if before is not None and not serves(before) and before.phase not in AT_REST and now < tree.next_by:
        return tree, []
    tree = replace(tree, next_by=now + following.spec.ready_within)
    return step_actor(tree, following.spec.name, actor_events.StartWanted(), now)


def next_to_start(tree: Tree) -> Actor | None:
    """Return the first actor whose turn to start has not come yet; None while others have to end before it."""
    waiting = awaiting_turn(tree)
    return waiting[0] if waiting and all(one.phase is Phase.STOPPED for one in waiting) else None


def awaiting_turn(tree: Tree) -> list[Actor]:
    """Return the actors to which a turn to start is still to come."""
    return [one for one in tree.actors.values() if not one.wanted and one.phase not in (Phase.EXITED, Phase.FATAL)]


def predecessor(tree: Tree, following: Actor) -> Actor | None:
    """Return the actor whose readiness this one waits for: the last one before it that is wanted."""
    names = list(tree.actors)
    before = [tree.actors[name] for name in names[: names.index(following.spec.name)]]
    return next((one for one in reversed(before) if one.wanted), None)


def needed(tree: Tree) -> list[Actor]:
    """Return the actors that must serve: the permanent ones, but for those that no restart can help."""
    return [
        one for one in tree.actors.values() if one.spec.kind is RestartKind.PERMANENT and one.phase is not Phase.FATAL
    ]


def fatal(tree: Tree) -> list[str]:
    """Return the names of the actors that no restart can help."""
    return [name for name, one in tree.actors.items() if one.phase is Phase.FATAL]


def serves(one: Actor) -> bool:
    """Tell whether this actor has said READY=1 and goes on."""
    return one.phase is Phase.RUNNING


def hopeless(tree: Tree) -> bool:
    """Tell whether every actor is FATAL, so that there is nothing left to supervise."""
    return len(fatal(tree)) == len(tree.actors)
