"""What `stats` answers, as it goes over the wire."""

from msgspec import Struct


class Timing(Struct, frozen=True):
    """A histogram of durations; all in seconds."""

    count: int
    sum: float
    longest: float
    buckets: list[tuple[float | None, int]]
    """How many lie below a bound and not below the one before; only buckets that counted any. The last bucket of
    all has no bound."""


class ProcessStats(Struct, frozen=True):
    """What the kernel counts of a process."""

    cpu_seconds: float
    resident_bytes: int
    descriptors: int


class StatsDocument(Struct, frozen=True):
    """What a process counts and times since it began; ipc/stats.py explains each."""

    connections: int
    accepted: int
    frames_in: int
    frames_out: int
    sends: int
    calls: int
    failures: dict[str, int]
    latency: dict[str, Timing]
    steps: Timing
    queue_waits: Timing
    process: ProcessStats
