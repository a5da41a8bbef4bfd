"""What the core of `lan` knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.inbox import Inbox

MAX_SENDS = 16
"""Deliveries under way: a hail has one or two for each peer that is called."""

MAX_LINES = 16
"""Connections to peers and strangers; the one that was quiet for longest makes room for a new one."""

CALL_FIRST_S = 0.3
CALL_LAST_S = 3.0
"""Seconds from a call to the next one, at first and at last: multicast is lost now and then over Wi-Fi, where a
sleeping station hears it at the next DTIM beacon (some 0.3 s), and a person waits."""

ANSWER_S = 2.0
"""Seconds for the other end to say that it has a body: on one network it takes milliseconds. After that its line is
taken for dead, and it is called again."""

QUIET_S = 30.0
"""Seconds of quiet after which a line is closed: a hail has all its messages within them, and the next one calls."""


@dataclass(frozen=True, slots=True)
class Line:
    """A connection to a peer, or to a stranger ("") at an address."""

    line: int
    peer: str
    address: str
    quiet_since: float


@dataclass(frozen=True, slots=True)
class Send:
    """A delivery under way: being sent over a line, or (None) waiting for one; `due` is when that is given up."""

    send: int
    to: str
    address: str
    body: bytes
    due: float
    line: int | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """All that the core knows."""

    interfaces: tuple[str, ...] = ()
    # Why no call can be heard, "" when calls can be.
    deaf: str = ""
    met: tuple[str, ...] = ()
    expecting: Mapping[int, float] = field(default_factory=dict)
    lines: Mapping[int, Line] = field(default_factory=dict)
    sends: Mapping[int, Send] = field(default_factory=dict)
    inbox: Inbox = field(default_factory=Inbox)

    @property
    def deadline(self) -> float | None:
        """When to send Tick."""
        times = [
            *self.expecting.values(),
            *(line.quiet_since + QUIET_S for line in self.lines.values()),
            *(send.due for send in self.sends.values()),
            *(message.until for message in self.inbox.messages),
        ]
        return min(times, default=None)
