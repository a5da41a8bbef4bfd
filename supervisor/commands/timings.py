"""What an actor counts and times, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from airhail.supervisor.commands.text import table


class Timing(Struct, frozen=True):
    """A histogram, as an actor tells it: pairs of an upper bound in seconds, or none, and a count."""

    count: int
    sum: float
    longest: float
    buckets: list[tuple[float | None, int]]


def stats_lines(stats: Mapping[str, Any]) -> Iterator[str]:
    """Return the counters a line each, and the timings as a table."""
    for name, value in counters(stats):
        yield f"{name}: {value}"
    timings = {
        **{f"call {method}": told for method, told in sorted(stats["latency"].items())},
        "step": stats["steps"],
        "event waits for its step": stats["queue_waits"],
    }
    rows = [timing_row(what, msgspec.convert(told, Timing)) for what, told in timings.items()]
    yield ""
    yield from table(("TIMED", "COUNT", "MEAN", "HALF BELOW", "99 % BELOW", "LONGEST"), rows)


def counters(stats: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the plain numbers, and those of a group under its name."""
    for name, value in stats.items():
        if name in ("failures", "process"):
            yield from ((f"{name} {inner}", number) for inner, number in value.items())
        elif not isinstance(value, Mapping):
            yield name, value


def timing_row(what: str, timing: Timing) -> tuple[str, ...]:
    """Return one line of the table."""
    if not timing.count:
        return (what, "0", "", "", "", "")
    mean = duration(timing.sum / timing.count)
    return (
        what,
        str(timing.count),
        mean,
        duration(below(timing, 0.5)),
        duration(below(timing, 0.99)),
        duration(timing.longest),
    )


def below(timing: Timing, share: float) -> float:
    """Return the seconds below which at least this share of the durations lies."""
    counted = 0
    for limit, count in timing.buckets:
        counted += count
        if counted >= share * timing.count:
            return timing.longest if limit is None else min(limit, timing.longest)
    return timing.longest


def duration(seconds: float) -> str:
    """Return a short time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.0f} us"
