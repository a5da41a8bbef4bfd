"""What happens to one actor, and what is to be done about it: events are past tense, effects are verbs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StartWanted:
    """The tree's turn has come to this actor."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The tree does not want it for now: the life that it has, if any, is to end."""

    for_good: bool
    """Whether no turn to start comes after this."""


@dataclass(frozen=True, slots=True)
class StopWanted:
    """The turn to stop has come to this actor."""


@dataclass(frozen=True, slots=True)
class TimeLost:
    """The supervisor did not run for a while, so nobody's silence in that time means anything."""


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


Event = StartWanted | Withdrawn | StopWanted | TimeLost | Spawned | SpawnFailed | Notified | Exited | Tick


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


@dataclass(frozen=True, slots=True)
class RestartCompanions:
    """Start others again along with this actor, each at its turn."""

    name: str


ProcessEffect = SpawnActor | AskActor | AbortActor | KillActor
Effect = ProcessEffect | Escalate | RestartCompanions
