"""Durations counted by powers of two: a few additions to record one, a few bytes to keep a million."""

from airhail.ipc.inspection.documents import Timing

BUCKETS = 27
"""Bucket n counts durations below 2**n microseconds, the last one all the others: from 33.6 s on."""


class Histogram:
    """How often things took how long."""

    __slots__ = ("counts", "longest", "total")

    def __init__(self) -> None:
        self.counts = [0] * BUCKETS
        self.total = 0.0
        """Seconds, of all together."""
        self.longest = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        # The bits of a whole number say below which power of two it lies.
        bucket = int(seconds * 1e6).bit_length()
        self.counts[bucket if bucket < BUCKETS else -1] += 1
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds

    def document(self) -> Timing:
        """Return it as it goes over the wire."""
        buckets = [(bound(place), count) for place, count in enumerate(self.counts) if count]
        return Timing(sum(self.counts), self.total, self.longest, buckets)


def bound(place: int) -> float | None:
    """Return the seconds below which bucket *place* counts; None for the last one."""
    return None if place == BUCKETS - 1 else 2**place / 1e6
