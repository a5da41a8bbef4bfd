"""Notice that the supervisor itself did not run: suspended, stopped or starved.

What an actor did not say in that time it may have said to nobody, or did not run either. CLOCK_MONOTONIC stands
still while the machine is suspended and CLOCK_BOOTTIME does not (clock_gettime(2)), so a suspend shows where the
two part; a process that was stopped, or got no processor, wakes long after its own deadline.
"""

from dataclasses import dataclass

LATE = 1.0
"""Seconds. An idle machine wakes us within a millisecond and a busy one within tenths; every patience that a
lapse could wrong is longer."""


@dataclass(slots=True)
class Lapses:
    """What the last look at the clocks showed; all times in seconds."""

    looked: float
    """CLOCK_MONOTONIC."""
    suspended: float
    """CLOCK_BOOTTIME less CLOCK_MONOTONIC: how long the machine has been suspended since it was booted."""

    def noticed(self, due: float, now: float, boottime: float) -> bool:
        """Look at the clocks, and tell whether there was a lapse since the last look.

        `due` is when this look was to be taken at the latest.
        """
        late = now - max(due, self.looked)
        suspended = boottime - now
        lapse = late > LATE or suspended - self.suspended > LATE
        self.looked, self.suspended = now, suspended
        return lapse
