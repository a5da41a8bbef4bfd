"""What the ladder takes in of its rungs and its question (past tense), and asks for (verbs)."""

from collections.abc import Mapping
from dataclasses import dataclass

from airhail.actors.connection.ladder.case import Entry, Line
from airhail.actors.connection.ladder.ladder import Rung


@dataclass(frozen=True, slots=True)
class RungAnswered:
    """The work of a rung was done; *problem* says why not, or nothing."""

    rung: Rung
    problem: str = ""


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """A person answered the question whether the Wi-Fi may be dropped for a rung."""

    allow: bool


@dataclass(frozen=True, slots=True)
class Remembered:
    """The history was written; *latest* are its last lines."""

    latest: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class UsesRead:
    """The history of an earlier life was read: when each rung was used on this host (monotonic, the newest last)."""

    used: Mapping[Rung, tuple[float, ...]]


LadderEvent = RungAnswered | QuestionAnswered | Remembered | UsesRead


@dataclass(frozen=True, slots=True)
class ResetEngine:
    """Have discovery reset the P2P engine for *rung*: stop its find, or flush it. Answered by `RungAnswered`."""

    rung: Rung
    flush: bool = False


@dataclass(frozen=True, slots=True)
class RemoveGroups:
    """Remove the interfaces *names* of groups, by wpa_supplicant or else by the kernel. Answered."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DisconnectDevice:
    """Have NetworkManager end whatever *device* does. Answered."""

    device: str


@dataclass(frozen=True, slots=True)
class Remanage:
    """Have NetworkManager let the Wi-Fi interface *adapter* go, and take it again. Answered."""

    adapter: str


@dataclass(frozen=True, slots=True)
class RestartSupplicant:
    """End wpa_supplicant, which NetworkManager then starts again. Answered."""


@dataclass(frozen=True, slots=True)
class Remember:
    """Write a line into the history."""

    entry: Entry


LadderEffect = ResetEngine | RemoveGroups | DisconnectDevice | Remanage | RestartSupplicant | Remember
