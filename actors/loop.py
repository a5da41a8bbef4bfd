"""Drive a core: events in, one at a time; effects out; the state published after every step."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import trio

from airhail.actors.runtime import Actor
from airhail.ipc.limits import EFFECTS_IN_FLIGHT, EVENT_QUEUE

# What a cancelled handler may still take to hand its ask back to the core, whose queue moves within milliseconds.
HAND_BACK_S = 1.0


class HasDeadline(Protocol):
    """A core's state: immutable, and it knows when it wants to be woken."""

    @property
    def deadline(self) -> float | None:
        """When to send Tick (trio.current_time()); None for never."""


State = TypeVar("State", bound=HasDeadline)
Event = TypeVar("Event")
Effect = TypeVar("Effect")


class Loop(Generic[State, Event, Effect]):
    """One machine and the task that alone may step it.

    `step(state, event, now)` is the core. `tick` is the event that it gets at its deadline. `document(state)`
    is what is published, `describe(state)` one line of it for the parent's STATUS=. `perform(effect)` is called
    in the deciding task, in the order of the effects: it does at once what takes no time, and hands the rest to
    `start_soon`.
    """

    def __init__(
        self,
        actor: Actor,
        state: State,
        step: Callable[[State, Event, float], tuple[State, Sequence[Effect]]],
        *,
        tick: Event,
        document: Callable[[State], Any],
        describe: Callable[[State], str],
        perform: Callable[[Effect], None],
    ) -> None:
        self._actor = actor
        self._state = state
        self._step = step
        self._tick = tick
        self._document = document
        self._describe = describe
        self._description = ""
        self._perform = perform
        self._stats = actor.inspection.stats
        self._steps = actor.inspection.steps
        self._steps.begin(state)
        # Each with the time at which it was sent.
        self._incoming, self._events = trio.open_memory_channel[tuple[float, Event]](EVENT_QUEUE)
        self._nursery: trio.Nursery | None = None
        self._in_flight = 0

    @property
    def state(self) -> State:
        """The core's state after the last step."""
        return self._state

    async def send_event(self, event: Event) -> None:
        """Queue *event* for the core, waiting while EVENT_QUEUE others do."""
        await self._incoming.send((trio.current_time(), event))

    async def hand_back(self, event: Event) -> None:
        """Tell the core, in a handler that may have been cancelled, that its caller waits no more."""
        with trio.move_on_after(HAND_BACK_S, shield=True):
            await self.send_event(event)

    def start_soon(self, work: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Start work that takes time, while `run` runs; how it ended it says by `send_event`.

        What it raises crashes the actor, so failures that the core expects must become events.
        """
        if self._nursery is None:
            raise RuntimeError("work can be started only while the loop runs")
        if self._in_flight >= EFFECTS_IN_FLIGHT:
            raise RuntimeError(f"{EFFECTS_IN_FLIGHT} effects are in flight: the core starts what it never ends")
        self._in_flight += 1
        self._nursery.start_soon(self._work, work, args)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Publish the first state, then step until cancelled; all work ends with it."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._publish()
            task_status.started()
            while True:
                self._actor.alive()
                await self._turn()

    async def _turn(self) -> None:
        """Take the next event, or only wake for a sign of life."""
        deadline = self._state.deadline
        tick_at = float("inf") if deadline is None else deadline
        if tick_at <= trio.current_time():
            # The deadline goes before the queue: a flood of events must not hold it up.
            await trio.lowlevel.checkpoint()
            self._take_tick()
            return
        with trio.move_on_at(min(tick_at, trio.current_time() + self._actor.alive_every)):
            sent, event = await self._events.receive()
            self._stats.queue_waits.observe(trio.current_time() - sent)
            self._take(event)

    def _take_tick(self) -> None:
        before = self._state
        self._take(self._tick)
        if self._state == before:
            raise RuntimeError(f"the core took {self._tick!r} and kept its deadline: it would spin for ever")

    def _take(self, event: Event) -> None:
        begun = time.perf_counter()
        try:
            self._state, effects = self._steps.take(self._step, self._state, event, trio.current_time())
        except Exception as error:
            error.add_note(f"in the step that took {event!r}")
            raise
        self._publish()
        for effect in effects:
            self._perform(effect)
        self._stats.steps.observe(time.perf_counter() - begun)

    def _publish(self) -> None:
        self._actor.published.update(self._document(self._state))
        if (description := self._describe(self._state)) != self._description:
            self._description = description
            self._actor.notifier.status(description)

    async def _work(self, work: Callable[..., Awaitable[None]], args: tuple[Any, ...]) -> None:
        try:
            await work(*args)
        finally:
            self._in_flight -= 1
