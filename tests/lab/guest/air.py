"""What lies between the radios, as a scenario tells it: who hears whom, how well, and what is lost.

The shell of `medium`: it takes each frame from the kernel, lets the dice fall, delivers, and tells the sender. Frames
wait in one queue, by the time at which they are heard, so that a steady delay keeps them in order.
"""

import heapq
import math
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import trio

from tests.lab.guest.hwsim import AddressDropped, AddressTaken, Event, Hwsim, Sent
from tests.lab.guest.medium import Heard, Medium, Path, dropped, heard_by, path_over, routed, taken, told

# A walker's path changes by a few decibels a second at most.
STEP_S = 1.0


class HasRadios(Protocol):
    """A host, as far as the air is concerned."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def radios(self) -> list[str]:
        """The names of its radios in the air."""


@dataclass(order=True, slots=True)
class Due:
    """One thing to be done at a time; those of one time in the order in which they came."""

    at: float
    number: int
    do: Callable[[], None] = field(compare=False)


class Air:
    """The radios' medium, from the lab's start to its end; all paths are clear until a scenario says otherwise."""

    def __init__(self, dice: random.Random, note: Callable[[str], None]) -> None:
        self.medium = Medium()
        self._hwsim = Hwsim()
        self._dice = dice
        self._note = note
        self._due: list[Due] = []
        self._numbers = 0

    def between(self, one: HasRadios, other: HasRadios, path: Path | None) -> None:
        """Let two hosts hear each other along *path* from now on; None: not at all."""
        self.towards(one, other, path)
        self.towards(other, one, path)

    def towards(self, sender: HasRadios, hearer: HasRadios, path: Path | None) -> None:
        """Let *hearer* hear *sender* along *path* from now on."""
        self._note(f"air: {hearer.name} hears {sender.name}: {path or 'nothing'}")
        for source in sender.radios:
            for ear in hearer.radios:
                self.medium = routed(self.medium, source, ear, path)

    async def walk(self, walker: HasRadios, other: HasRadios, start: float, end: float, seconds: float) -> None:
        """Move one host from *start* to *end* metres away from the other within so many seconds."""
        self._note(f"air: {walker.name} walks from {start:g} m to {end:g} m away from {other.name}")
        steps = max(1, round(seconds / STEP_S))
        for step in range(steps + 1):
            path = path_over(start + (end - start) * step / steps)
            if path != self.medium.path(walker.radios[0], other.radios[0]):
                self.between(walker, other, path)
            if step < steps:
                await trio.sleep(seconds / steps)

    async def carry(self, task_status: trio.TaskStatus[None]) -> None:
        """Carry frames until cancelled (in the lab's nursery); then the kernel's own medium does."""
        with closing(self._hwsim):
            self._hwsim.register()
            task_status.started()
            while True:
                with trio.move_on_at(self._due[0].at if self._due else math.inf):
                    await self._hwsim.wait()
                for event in self._hwsim.events():
                    self._take(event)
                while self._due and self._due[0].at <= trio.current_time():
                    heapq.heappop(self._due).do()

    def _take(self, event: Event) -> None:
        match event:
            case Sent():
                self._send(event)
            case AddressTaken(radio, address):
                self.medium = taken(self.medium, radio, address)
            case AddressDropped(radio, address):
                self.medium = dropped(self.medium, radio, address)

    def _send(self, sent: Sent) -> None:
        heard = heard_by(self.medium, sent.frame, self._dice.random)
        accepted: list[str] = []

        def deliver(share: Heard) -> None:
            if self._hwsim.deliver(sent, share.radio, share.rate, share.path.signal):
                accepted.append(share.radio)

        for share in heard:
            self._later(share.path.delay, partial(deliver, share))
        answered = max((share.path.delay for share in heard if share.ack), default=0.0)
        self._later(answered, lambda: self._hwsim.tell(sent, told(sent.frame, heard, accepted)))

    def _later(self, delay: float, do: Callable[[], None]) -> None:
        self._numbers += 1
        heapq.heappush(self._due, Due(trio.current_time() + delay, self._numbers, do))
