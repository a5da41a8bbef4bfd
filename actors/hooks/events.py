"""What the hooks' core takes in (past tense) and asks for (verbs)."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

Facts = Mapping[str, str]
"""What a hook finds in its environment."""


class Moment(enum.StrEnum):
    """What a hook is called for."""

    UP = "up"
    SUSPECT = "suspect"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a link stands: whether connection calls it up, and liveness' verdict ("": none yet).

    *judged* tells whether liveness is there to give one.
    """

    up: bool
    judged: bool = False
    verdict: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinksSeen:
    """The links as they stand, by peer; None while connection does not answer."""

    links: Mapping[str, Standing] | None


@dataclass(frozen=True, slots=True)
class HooksEnded:
    """All hooks that were called for the link to *peer* have ended, each by itself or at its limit."""

    peer: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline in the state has passed."""


Event = LinksSeen | HooksEnded | Tick


@dataclass(frozen=True, slots=True)
class CallHooks:
    """Call every hook, one after the other. `HooksEnded` follows."""

    peer: str
    moment: Moment
    facts: Facts


@dataclass(frozen=True, slots=True)
class Keep:
    """Write down what every link's hooks were told last, so that the next life does not tell it again."""


Effect = CallHooks | Keep
