"""What the core of `liveness` knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.liveness.link import Link


@dataclass(frozen=True, slots=True)
class State:
    """All that the core knows; None for keys that nobody has told yet, without which no link is probed."""

    links: Mapping[str, Link] = field(default_factory=dict)
    keys: frozenset[str] | None = None
    scanning: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()

    @property
    def deadline(self) -> float | None:
        """When to send Tick."""
        return min((link.next_at for link in self.links.values() if link.timed), default=None)
