"""Prometheus' text exposition of a tree of actors.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4); names and units as in
https://prometheus.io/docs/practices/naming/.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from airhail.ipc.inspection.documents import StatsDocument, Timing
from airhail.ipc.inspection.histogram import BUCKETS, bound

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Every label value is a name of ours, or escaped as the format says.
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Supervised(Struct, frozen=True):
    """One actor, as the supervisor publishes it."""

    state: str
    restarts: int = 0


class Tree(Struct, frozen=True):
    """The supervisor's document, as far as it is told here."""

    version: str
    actors: dict[str, Supervised]


@dataclass(frozen=True, slots=True)
class Scrape:
    """What was found: the tree, and what those processes counted that answered, the supervisor's own too."""

    tree: Tree
    stats: Mapping[str, StatsDocument] = field(default_factory=dict)


def exposition(scrape: Scrape) -> str:
    """Return the metrics as text, each family with its help and type."""
    return "".join(f"{line}\n" for line in families(scrape))


def families(scrape: Scrape) -> Iterator[str]:
    """Yield the lines of every family."""
    actors = scrape.tree.actors
    yield from head("airhail_info", "gauge", "The version that runs.")
    yield sample("airhail_info", 1, version=scrape.tree.version)
    yield from head("airhail_up", "gauge", "Whether the process answered when it was asked for its counters.")
    for name in sorted({*actors, *scrape.stats}):
        yield sample("airhail_up", int(name in scrape.stats), actor=name)
    yield from head("airhail_actor_state", "gauge", "The state in which the supervisor has the actor.")
    for name, actor in sorted(actors.items()):
        yield sample("airhail_actor_state", 1, actor=name, state=actor.state)
    yield from head("airhail_actor_restarts_total", "counter", "Restarts of the actor since the supervisor began.")
    for name, actor in sorted(actors.items()):
        yield sample("airhail_actor_restarts_total", actor.restarts, actor=name)
    for family, (kind, what, read) in PLAIN.items():
        yield from head(family, kind, what)
        for name, stats in sorted(scrape.stats.items()):
            yield sample(family, read(stats), actor=name)
    yield from head("airhail_failures_total", "counter", "Failures answered, by their name.")
    for name, stats in sorted(scrape.stats.items()):
        for failure, count in sorted(stats.failures.items()):
            yield sample("airhail_failures_total", count, actor=name, name=failure)
    for family, (what, timings) in TIMED.items():
        yield from head(family, "histogram", what)
        for name, stats in sorted(scrape.stats.items()):
            for labels, timing in timings(stats):
                yield from histogram(family, timing, actor=name, **labels)


PLAIN: dict[str, tuple[str, str, Callable[[StatsDocument], float]]] = {
    "airhail_connections": ("gauge", "Connections open now.", lambda stats: stats.connections),
    "airhail_connections_accepted_total": ("counter", "Connections accepted.", lambda stats: stats.accepted),
    "airhail_frames_received_total": ("counter", "Frames received.", lambda stats: stats.frames_in),
    "airhail_frames_sent_total": ("counter", "Frames sent.", lambda stats: stats.frames_out),
    "airhail_sends_total": ("counter", "Sends, each of which may join frames.", lambda stats: stats.sends),
    "airhail_calls_total": ("counter", "Calls received.", lambda stats: stats.calls),
    "airhail_process_cpu_seconds_total": (
        "counter",
        "Processor time, user and system.",
        lambda stats: stats.process.cpu_seconds,
    ),
    "airhail_process_resident_memory_bytes": (
        "gauge",
        "Resident memory, shared pages included.",
        lambda stats: stats.process.resident_bytes,
    ),
    "airhail_process_open_fds": ("gauge", "Open descriptors.", lambda stats: stats.process.descriptors),
}
"""The families with one number for each process: kind, help, and where the number is."""

Labelled = Iterator[tuple[dict[str, str], Timing]]

TIMED: dict[str, tuple[str, Callable[[StatsDocument], Labelled]]] = {
    "airhail_call_duration_seconds": (
        "From a call's begin until its answer was known.",
        lambda stats: (({"method": method}, timing) for method, timing in sorted(stats.latency.items())),
    ),
    "airhail_step_duration_seconds": (
        "Steps of the machine that decides.",
        lambda stats: iter([({}, stats.steps)]),
    ),
    "airhail_event_wait_seconds": (
        "From an event's sending to its step.",
        lambda stats: iter([({}, stats.queue_waits)]),
    ),
}
"""The families of histograms: help, and where they are."""


def histogram(family: str, timing: Timing, /, **labels: str) -> Iterator[str]:
    """Yield one histogram: every bound there is, each with the count of all that lie below it."""
    counted = dict(timing.buckets)
    below = 0
    for place in range(BUCKETS):
        limit = bound(place)
        below += counted.get(limit, 0)
        yield sample(f"{family}_bucket", below, **labels, le="+Inf" if limit is None else f"{limit:g}")
    yield sample(f"{family}_sum", timing.sum, **labels)
    yield sample(f"{family}_count", timing.count, **labels)


def head(family: str, kind: str, what: str) -> Iterator[str]:
    """Yield the two lines before a family."""
    yield f"# HELP {family} {what}"
    yield f"# TYPE {family} {kind}"


def sample(name: str, value: float, /, **labels: str) -> str:
    """Return one line."""
    said = ",".join(f'{key}="{text.translate(ESCAPES)}"' for key, text in labels.items())
    return f"{name}{{{said}}} {value!r}"
