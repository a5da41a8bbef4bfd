"""What may befall two hosts in the soak, and the dice that choose what does, where, when and for how long. Pure.

Two faults may overlap, unless they are about the same part of the same host: then the second would undo the first, or
could not happen at all.
"""

import random
from dataclasses import dataclass

AIR = "air"
SUPPLICANT = "wpa_supplicant"
NETWORK_MANAGER = "NetworkManager"
SUPERVISOR = "supervisor"
# airhail's actors by the names they give themselves.
ACTORS = ("discovery", "connection")

# Somebody goes on with what they do, between the end of one round and the next fault.
PAUSE_S = (1.0, 40.0)
# How often a round's fault has a second one in the middle of it.
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    deed: str
    touches: frozenset[str]
    """The parts of a host that it is about."""
    lasts: tuple[float, float]
    """Between its beginning and its end, in virtual seconds: the least and the most."""
    victim: str = ""
    """The process that is killed, stopped or frozen."""
    blinds: bool = False
    """Whether airhail on that host cannot know, or cannot say, how the link stands while it lasts."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.deed, self.victim)))


# What starts a process again: the lab, as an init system or a person would, after some seconds; for the others
# NetworkManager (over the bus) and airhail's supervisor, at once.
_DOWN_S = {NETWORK_MANAGER: (0.5, 20.0), SUPERVISOR: (0.5, 20.0)}
_AT_ONCE_S = (1.0, 5.0)
# Shorter and longer than airhail's watchdogs (10 s) and NetworkManager's own deadlines (45 s).
_FROZEN_S = (1.0, 50.0)
# Who answers for the radio, and who speaks of links: what they last said stands while they do not move.
_SPEAKERS = (SUPPLICANT, "connection")
_TOUCHES = {
    **{name: frozenset({name}) for name in (SUPPLICANT, NETWORK_MANAGER, *ACTORS)},
    SUPERVISOR: frozenset({SUPERVISOR, *ACTORS}),
}

KINDS = (
    *(
        Kind(deed, touches, _DOWN_S.get(victim, _AT_ONCE_S), victim, blinds=victim == SUPERVISOR)
        for victim, touches in _TOUCHES.items()
        for deed in ("kill", "stop")
    ),
    *(Kind("freeze", touches, _FROZEN_S, victim, blinds=victim in _SPEAKERS) for victim, touches in _TOUCHES.items()),
    Kind("find elsewhere", frozenset({NETWORK_MANAGER}), (5.0, 30.0)),
    Kind("take over", frozenset({NETWORK_MANAGER}), (2.0, 20.0)),
    Kind("out of range", frozenset({AIR}), (5.0, 90.0)),
    Kind("wifi off", frozenset({NETWORK_MANAGER}), (2.0, 30.0)),
    Kind("disconnect", frozenset({SUPERVISOR, *ACTORS}), (1.0, 20.0)),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a round."""

    kind: Kind
    host: int
    """Which of the hosts it befalls."""
    begins: float
    """Seconds after the round's beginning."""
    lasts: float

    def __str__(self) -> str:
        return f"{self.kind} for {self.lasts:.1f} s"


@dataclass(frozen=True, slots=True)
class Round:
    """Some quiet, then one fault, and perhaps another in the middle of it."""

    pause: float
    faults: tuple[Fault, ...]


def plan(dice: random.Random, rounds: int, hosts: int = 2) -> tuple[Round, ...]:
    """Choose the faults of so many rounds."""
    return tuple(_round(dice, hosts) for _ in range(rounds))


def collide(one: Fault, other: Fault) -> bool:
    """Tell whether two faults are about the same part of the same host; the air is the same for all."""
    shared = one.kind.touches & other.kind.touches
    return AIR in shared or (bool(shared) and one.host == other.host)


def _round(dice: random.Random, hosts: int) -> Round:
    pause = dice.uniform(*PAUSE_S)
    first = _fault(dice, hosts, 0.0)
    if dice.random() >= OVERLAP:
        return Round(pause, (first,))
    second = _fault(dice, hosts, dice.uniform(0.0, first.lasts))
    while collide(first, second):  # most pairs do not
        second = _fault(dice, hosts, second.begins)
    return Round(pause, (first, second))


def _fault(dice: random.Random, hosts: int, begins: float) -> Fault:
    # The deed first: else what is done to five processes would leave little room for the rest.
    deed = dice.choice(sorted({kind.deed for kind in KINDS}))
    kind = dice.choice([kind for kind in KINDS if kind.deed == deed])
    return Fault(kind, dice.randrange(hosts), begins, dice.uniform(*kind.lasts))
