"""What a subscriber reads: signals, and a Gap wherever some may be missing."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import trio

from airhail.ipc.dbus.limits import SIGNAL_QUEUE
from airhail.ipc.dbus.match import Pattern
from airhail.ipc.dbus.wire import Incoming


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal; `body` holds plain values, variants taken off.

    `number` grows with every message that arrived on the Bus: a signal with a smaller number than a
    reply was sent before it.
    """

    sender: str
    path: str
    interface: str
    member: str
    body: tuple[Any, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Say that signals may be missing here, and why: read the state again.

    The service, or the bus, may be away just now, so the reading can fail; another Gap follows when
    they are back.
    """

    why: str


class Signals:
    """The bounded queue of one subscription; iterate over it, one reader only."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self.waiting: deque[Signal | Gap] = deque()
        self.arrived = trio.Event()

    def wants(self, message: Incoming, owner_of: Callable[[str], str | None]) -> bool:
        """Tell whether the signal belongs in this subscription."""
        return any(pattern.matches(message, owner_of) for pattern in self.patterns)

    def put(self, item: Signal | Gap) -> bool:
        """Queue without waiting; tell whether the queue overflowed, and so became one Gap."""
        overflow = len(self.waiting) >= SIGNAL_QUEUE
        if overflow:
            item = Gap(f"more than {SIGNAL_QUEUE} signals waited to be read")
            self.waiting.clear()
        # A Gap not read yet already says all that a second one could.
        if not (isinstance(item, Gap) and self.waiting and isinstance(self.waiting[-1], Gap)):
            self.waiting.append(item)
        self.arrived.set()
        return overflow

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Signal | Gap:
        while not self.waiting:
            self.arrived = trio.Event()
            await self.arrived.wait()
        # No turn is given away between signals that wait already: one turn brings hundreds more, so a
        # reader that gave one for each could never keep up. The queue's bound is the turn's length.
        await trio.lowlevel.checkpoint_if_cancelled()
        return self.waiting.popleft()


Event = TypeVar("Event")


class Translated(Generic[Event]):
    """Iterate over a subscription's signals as events of a service's own.

    `translate` returns None for a signal that means nothing here; a signal it cannot read (ValueError)
    becomes a Gap.
    """

    def __init__(self, signals: Signals, translate: Callable[[Signal], Event | None]) -> None:
        self.signals = signals
        self.translate = translate

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event | Gap:
        while True:
            item = await anext(self.signals)
            if isinstance(item, Gap):
                return item
            try:
                event = self.translate(item)
            except ValueError as error:
                return Gap(f"the signal {item.interface}.{item.member} could not be read: {error}")
            if event is not None:
                return event
