"""Two ends of a link in simulated time: the cores as they are, and an air that loses, delays, and goes away."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from airhail.actors.liveness.core import step
from airhail.actors.liveness.events import (
    Event,
    KeysKnown,
    LinkLooked,
    LinkOpened,
    LinksSeen,
    Look,
    Looked,
    OpenLink,
    PeerAnswered,
    ProbeHeard,
    ScanSeen,
    SendProbe,
    TellVerdict,
    Tick,
    Watched,
)
from airhail.actors.liveness.link import Link
from airhail.actors.liveness.state import State
from airhail.actors.liveness.wire import Probe
from airhail.actors.verdicts import Finding, Verdict

NAMES = ("alpha", "beta")


@dataclass
class Air:
    """How frames pass in one direction: the share that is lost, and how long the rest takes, least and most."""

    loss: float = 0.0
    delay: tuple[float, float] = (0.001, 0.004)
    blocked: bool = False


@dataclass
class End:
    """One host: its core, whether its process runs, its system answers, and its radio is on the channel."""

    name: str
    clock: float
    state: State = field(default_factory=State)
    runs: bool = True
    system: bool = True
    radio: bool = True
    acked: float = 0.0
    waiting: list[Event] = field(default_factory=list)
    said: list[tuple[float, Verdict, Finding | None]] = field(default_factory=list)
    sent: int = 0


class World:
    """Both ends and the air between them; each end's clock has an offset of its own."""

    def __init__(self, seed: int, *, keyed: bool = True) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.ends = {name: End(name, self.random.uniform(0.0, 1e6)) for name in NAMES}
        self.air = {("alpha", "beta"): Air(), ("beta", "alpha"): Air()}
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self.probes: list[tuple[str, Probe]] = []
        for end in self.ends.values():
            self.take(end, KeysKnown(frozenset({self.other(end).name} if keyed else ())))
            self.take(end, LinksSeen((Watched(self.other(end).name, "p2p0", "10.0.0.1"),)))

    def other(self, end: End) -> End:
        return self.ends["beta" if end.name == "alpha" else "alpha"]

    def link(self, name: str) -> Link:
        end = self.ends[name]
        return end.state.links[self.other(end).name]

    def verdict(self, name: str) -> tuple[Verdict | None, Finding | None]:
        shown = self.link(name).shown
        return shown.verdict, shown.finding

    def at(self, when: float, do: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (when, next(self._numbers), do))

    def take(self, end: End, event: Event) -> None:
        """Let an end's core take an event, now or when its process runs again."""
        if not end.runs:
            end.waiting.append(event)
            return
        end.state, effects = step(end.state, event, end.clock + self.now)
        for effect in effects:
            match effect:
                case OpenLink(link):
                    self.take(end, LinkOpened(link.peer, self.random.getrandbits(63) + 1))
                case SendProbe(_, probe, family):
                    self.send(end, probe, 2 if family == 0 else 1)
                case Look(peer, knock):
                    self.look(end, peer, knock=knock)
                case TellVerdict(_, verdict, finding):
                    end.said.append((self.now, verdict, finding))

    def passes(self, end: End) -> float | None:
        """Let the dice fall for a frame: how long it takes to the other end, None when it does not get there."""
        air, other = self.air[end.name, self.other(end).name], self.other(end)
        back = self.air[other.name, end.name]
        if air.blocked or not end.radio or not other.radio or self.random.random() < air.loss:
            return None
        if not back.blocked:
            end.acked = self.now
        other.acked = self.now
        return self.random.uniform(*air.delay)

    def send(self, end: End, probe: Probe, copies: int) -> None:
        end.sent += copies
        self.probes.append((end.name, probe))
        for _ in range(copies):
            if (delay := self.passes(end)) is not None:
                heard = ProbeHeard(end.name, probe)
                self.at(self.now + delay, partial(self.arrive, self.other(end), heard))

    def arrive(self, end: End, heard: ProbeHeard) -> None:
        if end.system:
            self.take(end, heard)

    def look(self, end: End, peer: str, *, knock: bool) -> None:
        other = self.other(end)
        there = self.passes(end) if knock else None
        back = self.passes(other) if there is not None and other.system else None
        if there is not None and back is not None:
            self.at(self.now + there + back, partial(self.take, end, PeerAnswered(peer)))
        looked = Looked(radio=self.now - end.acked)
        self.at(self.now + 0.002, partial(self.take, end, LinkLooked(peer, looked)))

    def run(self, until: float) -> None:
        """Let time pass."""
        while True:
            due = [
                (end.state.deadline - end.clock, end)
                for end in self.ends.values()
                if end.runs and end.state.deadline is not None
            ]
            tick = min(due, key=lambda one: one[0], default=(until, None))
            queued = self._queue[0][0] if self._queue else until
            if min(tick[0], queued) >= until:
                break
            if queued <= tick[0]:
                self.now, _, do = heapq.heappop(self._queue)
                do()
            else:
                self.now = max(self.now, tick[0])
                assert tick[1] is not None
                self.take(tick[1], Tick())
        self.now = until

    def vanish(self, name: str) -> None:
        """Take a host off the air for good, as a power cut does."""
        end = self.ends[name]
        end.runs = end.system = end.radio = False

    def stop(self, name: str) -> None:
        """Stop a host's processes."""
        self.ends[name].runs = False

    def go_on(self, name: str) -> None:
        """Let them go on: the timer comes first, as in `Loop`, then what has waited."""
        end = self.ends[name]
        end.runs = True
        if end.state.deadline is not None and end.state.deadline <= end.clock + self.now:
            self.take(end, Tick())
        waiting, end.waiting = end.waiting, []
        for event in waiting[-200:]:  # a socket's queue is bounded
            self.take(end, event)

    def scan(self, name: str, seconds: float, *, told: bool = True) -> None:
        """Have a host's radio leave the channel for a while; it knows of its own scan."""
        end = self.ends[name]
        if told:
            self.take(end, ScanSeen(frozenset({self.other(end).name})))
        end.radio = False

        def back() -> None:
            end.radio = True
            if told:
                self.take(end, ScanSeen(frozenset()))

        self.at(self.now + seconds, back)
