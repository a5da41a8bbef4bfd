"""The tree of actors: a pure state machine over the lives of `actor.py`.

Actors start in order, each after the one before is ready or had its time, and stop in reverse, each after
the one behind it is gone. `step(tree, event, now) -> (tree, effects)`.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from airhail.supervisor import actor
from airhail.supervisor.actor import AT_REST, Actor, Phase
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.specs import ActorSpec, RestartKind


class Stage(enum.Enum):
    """Where in its life the tree is."""

    STARTING = "starting"
    """Some actor has not had its turn yet, or one that must serve does not yet."""
    RUNNING = "running"
    """Every actor that must serve has served."""
    STOPPING = "stopping"
    """Actors are being stopped, the last one first."""
    STOPPED = "stopped"
    """No actor runs any more."""


@dataclass(frozen=True, slots=True)
class ActorEvent:
    """Something happened to one actor."""

    name: str
    event: actor.Event


@dataclass(frozen=True, slots=True)
class Begun:
    """The supervisor is ready to start actors."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Someone asked the supervisor to stop."""

    reason: str


Event = ActorEvent | Begun | StopRequested | actor.Tick


@dataclass(frozen=True, slots=True)
class AnnounceReady:
    """Tell whoever started the supervisor that everything serves."""


@dataclass(frozen=True, slots=True)
class AnnounceStopping:
    """Tell whoever started the supervisor that it ends."""

    reason: str


Effect = actor.ProcessEffect | AnnounceReady | AnnounceStopping


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
        if self.stage is Stage.STARTING and unstarted(self) is not None:
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
        case actor.Tick():
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


def step_actor(tree: Tree, name: str, event: actor.Event, now: float) -> Step:
    """Step one actor; its escalation stops the tree."""
    one, wanted = actor.step(tree.actors[name], event, now)
    tree = replace(tree, actors={**tree.actors, name: one})
    effects: list[Effect] = []
    for effect in wanted:
        if isinstance(effect, actor.Escalate):
            tree, more = begin_stop(tree, ExitStatus.ESCALATED, effect.reason, now)
            effects += more
        else:
            effects.append(effect)
    return tree, effects


def begin_stop(tree: Tree, outcome: ExitStatus, reason: str, now: float) -> Step:
    """Begin to stop the tree, unless it already stops: the first reason counts."""
    if tree.stage in (Stage.STOPPING, Stage.STOPPED):
        return tree, []
    effects: list[Effect] = [AnnounceStopping(reason)]
    for name in tree.actors:
        tree, more = step_actor(tree, name, actor.LastLifeBegun(), now)
        effects += more
    return replace(tree, stage=Stage.STOPPING, since=now, outcome=outcome), effects


def advance(tree: Tree, now: float) -> Step:
    """Do what the order of the actors now allows."""
    effects: list[Effect] = []
    if tree.stage is Stage.STARTING:
        tree, effects = start_next(tree, now)
    if tree.stage in (Stage.STARTING, Stage.RUNNING) and hopeless(tree):
        reason = "no actor is left that could run; the log of each says what to mend"
        tree, more = begin_stop(tree, ExitStatus.BAD_CONFIG, reason, now)
        effects += more
    if tree.stage is Stage.STARTING and unstarted(tree) is None and all(map(serves, needed(tree))):
        tree = replace(tree, stage=Stage.RUNNING, since=now)
        effects.append(AnnounceReady())
    if tree.stage is Stage.STOPPING:
        tree, more = stop_next(tree, now)
        effects += more
    return tree, effects


def start_next(tree: Tree, now: float) -> Step:
    """Start the next actor if the one before is ready, is at rest, or had its time."""
    following = unstarted(tree)
    if following is None:
        return tree, []
    before = [one for one in tree.actors.values() if one.wanted]
    if before and not serves(before[-1]) and before[-1].phase not in AT_REST and now < tree.next_by:
        return tree, []
    tree = replace(tree, next_by=now + following.spec.ready_within)
    return step_actor(tree, following.spec.name, actor.StartWanted(), now)


def stop_next(tree: Tree, now: float) -> Step:
    """Stop the last actor that is not at rest; when all are, the tree has stopped."""
    effects: list[Effect] = []
    for name in reversed(list(tree.actors)):
        tree, more = step_actor(tree, name, actor.StopWanted(), now)
        effects += more
        if tree.actors[name].phase not in AT_REST:
            return tree, effects
    return replace(tree, stage=Stage.STOPPED, since=now), effects


def unstarted(tree: Tree) -> Actor | None:
    """Return the first actor that has not had its turn to start."""
    return next((one for one in tree.actors.values() if not one.wanted), None)


def needed(tree: Tree) -> list[Actor]:
    """Return the actors that must serve: the permanent ones, but for those that no restart can help."""
    return [
        one for one in tree.actors.values() if one.spec.kind is RestartKind.PERMANENT and one.phase is not Phase.FATAL
    ]


def serves(one: Actor) -> bool:
    """Tell whether this actor has said READY=1 and goes on."""
    return one.phase is Phase.RUNNING


def hopeless(tree: Tree) -> bool:
    """Tell whether every actor is FATAL, so that there is nothing left to supervise."""
    return all(one.phase is Phase.FATAL for one in tree.actors.values())
