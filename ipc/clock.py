"""One clock for every process: CLOCK_MONOTONIC."""

import time

import trio


class MonotonicClock(trio.abc.Clock):
    """Makes trio.current_time() the same as time.monotonic().

    trio's own clock starts at a random offset in every process (trio/_core/_run.py, SystemClock), so a
    time that it gave means nothing to the process that reads it in a state document.
    """

    def start_clock(self) -> None:
        """Start: the kernel's clock already runs."""

    def current_time(self) -> float:
        """Return CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Return the seconds until *deadline*."""
        return deadline - time.monotonic()
