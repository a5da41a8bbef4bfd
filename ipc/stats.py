"""What a process counts and times."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from airhail.ipc.inspection.histogram import Histogram


@dataclass(slots=True)
class Stats:
    """Counters and histograms since the process began; `connections` alone goes down again."""

    connections: int = 0
    """Open now."""
    accepted: int = 0
    frames_in: int = 0
    frames_out: int = 0
    sends: int = 0
    """Joined frames leave in one send, so this is below frames_out under load."""
    calls: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """By error name."""
    latency: defaultdict[str, Histogram] = field(default_factory=lambda: defaultdict(Histogram))
    """Of calls that were begun, by method, until their answer was known."""
    steps: Histogram = field(default_factory=Histogram)
    """Of the machine's steps: deciding, publishing, and setting off what was decided."""
    queue_waits: Histogram = field(default_factory=Histogram)
    """Of events, from being sent to their step."""
