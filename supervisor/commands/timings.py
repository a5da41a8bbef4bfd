"""What an actor counts and times, in words."""

from collections.abc import Iterator

from airhail.ipc.inspection.documents import StatsDocument, Timing
from airhail.supervisor.commands.text import table


def stats_lines(stats: StatsDocument) -> Iterator[str]:
    """Return the counters a line each, and the timings as a table."""
    for name in ("connections", "accepted", "frames_in", "frames_out", "sends", "calls"):
        yield f"{name}: {getattr(stats, name)}"
    for name, count in sorted(stats.failures.items()):
        yield f"failures {name}: {count}"
    yield f"cpu time: {stats.process.cpu_seconds:.2f} s"
    yield f"memory: {stats.process.resident_bytes / 2**20:.1f} MiB"
    yield f"descriptors: {stats.process.descriptors}"
    timings = {
        **{f"call {method}": timing for method, timing in sorted(stats.latency.items())},
        "step": stats.steps,
        "event waits for its step": stats.queue_waits,
    }
    yield ""
    yield from table(
        ("TIMED", "COUNT", "MEAN", "HALF BELOW", "99 % BELOW", "LONGEST"),
        [timing_row(what, timing) for what, timing in timings.items()],
    )


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
