"""What the hooks' core knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from airhail.actors.hooks.events import Facts, Moment, Standing


@dataclass(frozen=True, slots=True)
class Word:
    """What hooks are told of a link."""

    moment: Moment
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What the hooks have been told of one link, are being told, and are to be told next."""

    last: Word | None = None
    now: Word | None = None
    next: tuple[Word, ...] = ()

    @property
    def latest(self) -> Word | None:
        """The last word there will be, unless something happens."""
        return self.next[-1] if self.next else self.now or self.last

    @property
    def is_up(self) -> bool:
        """Whether the link is there, as far as they are told."""
        return self.latest is not None and self.latest.moment is not Moment.DOWN


@dataclass(frozen=True, slots=True)
class State:
    """All that the hooks' core knows; what was told before a restart is in *told* from the beginning."""

    told: Mapping[str, Told] = field(default_factory=dict)
    links: Mapping[str, Standing] | None = None
    # Until when a link that is not there may only not be there yet: connection has begun anew.
    settled: float | None = None
    # Until when an up link's first verdict is waited for.
    unjudged: Mapping[str, float] = field(default_factory=dict)

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [*self.unjudged.values(), *([] if self.settled is None else [self.settled])]
        return min(moments, default=None)
