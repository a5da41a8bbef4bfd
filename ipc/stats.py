"""What a server counts."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stats:
    """Counters since the process began; `connections` alone goes down again."""

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
