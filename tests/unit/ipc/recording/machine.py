"""A small core, of every kind of type that cores use."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.lines import VERSION, Begin, End, Header, Recording, Step

LOW, HIGH = "02:00:00:00:00:0a", "02:00:00:00:00:0f"


class Mood(enum.Enum):
    CALM = enum.auto()
    ANGRY = enum.auto()


class Level(enum.IntEnum):
    NONE = 0
    ALL = 30


class Tier(enum.StrEnum):
    USER = "user"


class Rights(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


@dataclass(frozen=True, slots=True)
class Peer:
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class State:
    mood: Mood = Mood.CALM
    level: Level = Level.NONE
    tiers: frozenset[Tier] = frozenset()
    rights: Rights = Rights.READ
    own: str = ""
    peers: Mapping[str, Peer] = field(default_factory=dict)
    by_level: Mapping[Level, int] = field(default_factory=dict)
    by_number: Mapping[int, tuple[Peer, ...]] = field(default_factory=dict)
    chosen: Peer | None = None
    pair: tuple[str, int] = ("", 0)
    key: bytes = b""
    until: float = float("inf")

    @property
    def deadline(self) -> float | None:
        return None


@dataclass(frozen=True, slots=True)
class Met:
    peer: Peer


@dataclass(frozen=True, slots=True)
class Lost:
    address: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Broke:
    pass


Event = Met | Lost | Broke


@dataclass(frozen=True, slots=True)
class Move:
    first: str


@dataclass(frozen=True, slots=True)
class Say:
    text: str


def step(state: State, event: Event, now: float) -> tuple[State, list[Move | Say]]:
    match event:
        case Met(peer):
            return replace(state, peers={**state.peers, peer.address: peer}), [Move(min(state.own, peer.address))]
        case Lost(address, why):
            known = {one: peer for one, peer in state.peers.items() if one != address}
            return replace(state, peers=known), [Say(f"{state.peers[address].name!r} left: {why}")]
        case Broke():
            raise ZeroDivisionError(f"at {now:g}")


CORE = Core("machine", step, State, Event, names=frozenset({"name"}))


def recorded(state: State, *events: Event) -> Recording:
    """Return a recording of what the machine does."""
    lines: list[Begin | Step] = [Begin(encode(state), 0, "a")]
    for number, event in enumerate(events):
        try:
            state, effects = step(state, event, float(number))
        except ZeroDivisionError as error:
            lines.append(Step(float(number), encode(event), [], f"ZeroDivisionError: {error}"))
        else:
            lines.append(Step(float(number), encode(event), encode(effects)))
    return Recording(Header(VERSION, "0", "machine", 0.0), tuple(lines), End("the test is over"))


def edited(recording: Recording, *lines: Begin | Step) -> Recording:
    """Return the recording with other lines after its first."""
    return replace(recording, lines=(recording.lines[0], *lines))
