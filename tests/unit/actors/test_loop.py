"""The loop with a small machine of its own; time jumps."""

import enum
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from airhail.actors.loop import Loop
from airhail.actors.runtime import Actor
from airhail.ipc.config import Config
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.limits import EFFECTS_IN_FLIGHT, EVENT_QUEUE
from airhail.ipc.notify import Notifier


class Event(enum.Enum):
    TICK = enum.auto()
    WOUND = enum.auto()
    ASKED = enum.auto()
    WORKED = enum.auto()
    BROKE = enum.auto()
    STUCK = enum.auto()


class Effect(enum.Enum):
    WORK = enum.auto()
    NOTE = enum.auto()


@dataclass(frozen=True, slots=True)
class State:
    ticks: int = 0
    worked: int = 0
    deadline: float | None = None


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    match event:
        case Event.TICK if state.worked < 0:
            return state, []
        case Event.TICK:
            return replace(state, ticks=state.ticks + 1, deadline=None), []
        case Event.WOUND:
            return replace(state, deadline=now + 10), []
        case Event.ASKED:
            return state, [Effect.NOTE, Effect.WORK, Effect.NOTE]
        case Event.WORKED:
            return replace(state, worked=state.worked + 1), []
        case Event.STUCK:
            return replace(state, worked=-1, deadline=now), []
        case Event.BROKE:
            raise ValueError("a bug")


class Rig:
    """The shell: it notes in which order things were done."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.loop: Loop[State, Event, Effect] = Loop(
            actor,
            State(),
            step,
            tick=Event.TICK,
            document=self.document,
            describe=lambda state: f"worked {state.worked} times",
            perform=self.perform,
        )
        self.done: list[str] = []
        self.may_work = trio.Event()

    def document(self, state: State) -> dict[str, object]:
        return {"ticks": state.ticks, "worked": state.worked, "deadline": state.deadline}

    def perform(self, effect: Effect) -> None:
        match effect:
            case Effect.NOTE:
                self.done.append("note")
            case Effect.WORK:
                self.done.append("work")
                self.loop.start_soon(self.work)

    async def work(self) -> None:
        await self.may_work.wait()
        await self.loop.send_event(Event.WORKED)


class CountingNotifier(Notifier):
    """Keeps what it would send."""

    def __init__(self, watchdog: float | None) -> None:
        super().__init__(None, watchdog)
        self.signs: list[float] = []
        self.statuses: list[str] = []

    def status(self, text: str) -> None:
        self.statuses.append(text)

    def watchdog(self) -> None:
        self.signs.append(trio.current_time())


@asynccontextmanager
async def running(notifier: Notifier | None = None) -> AsyncIterator[Rig]:
    async with trio.open_nursery() as nursery:
        config = Config(Path("none"), "", {})
        rig = Rig(Actor("probe", config, notifier or Notifier(None, None), {}, nursery, Inspection()))
        await nursery.start(rig.loop.run)
        yield rig
        nursery.cancel_scope.cancel()


async def test_first_state_is_published_before_any_event() -> None:
    async with running() as rig:
        assert rig.actor.published.state == {"ticks": 0, "worked": 0}


async def test_tick_comes_at_the_deadline(autojump_clock: MockClock) -> None:
    async with running() as rig:
        await trio.sleep(1)
        await rig.loop.send_event(Event.WOUND)
        await trio.sleep(9.9)
        assert rig.actor.published.state == {"ticks": 0, "worked": 0, "deadline": 11.0}
        await trio.sleep(0.2)
        assert rig.actor.published.state == {"ticks": 1, "worked": 0}
        await trio.sleep(1000)
        assert rig.loop.state.ticks == 1


async def test_effects_are_performed_in_order_and_work_does_not_hold_up_the_core() -> None:
    async with running() as rig:
        for _ in range(3):
            await rig.loop.send_event(Event.ASKED)
        await wait_all_tasks_blocked()
        assert rig.done == ["note", "work", "note"] * 3
        assert rig.loop.state.worked == 0
        rig.may_work.set()
        await wait_all_tasks_blocked()
        assert rig.actor.published.state["worked"] == 3


async def test_flood_of_events_does_not_hold_up_the_deadline(autojump_clock: MockClock) -> None:
    async with running() as rig:
        await rig.loop.send_event(Event.WOUND)
        await wait_all_tasks_blocked()
        autojump_clock.jump(10)
        for _ in range(EVENT_QUEUE):
            await rig.loop.send_event(Event.WORKED)
        await wait_all_tasks_blocked()
        assert rig.loop.state == State(ticks=1, worked=EVENT_QUEUE)


async def test_parent_is_told_in_words_when_they_change(autojump_clock: MockClock) -> None:
    notifier = CountingNotifier(None)
    async with running(notifier) as rig:
        for event in (Event.WOUND, Event.WORKED, Event.WOUND):
            await rig.loop.send_event(event)
        await trio.sleep(100)
        assert rig.loop.state.ticks == 1
    assert notifier.statuses == ["worked 0 times", "worked 1 times"]


async def test_full_queue_makes_senders_wait() -> None:
    async with trio.open_nursery() as nursery:
        config = Config(Path("none"), "", {})
        rig = Rig(Actor("probe", config, Notifier(None, None), {}, nursery, Inspection()))
        for _ in range(EVENT_QUEUE):
            await rig.loop.send_event(Event.WORKED)
        sent = trio.Event()

        async def one_more() -> None:
            await rig.loop.send_event(Event.WORKED)
            sent.set()

        nursery.start_soon(one_more)
        await wait_all_tasks_blocked()
        assert not sent.is_set()
        nursery.start_soon(rig.loop.run)
        await sent.wait()
        nursery.cancel_scope.cancel()


async def test_sign_of_life_at_least_every_half_of_the_watchdog(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The kernel's timer runs in real time and would end the test process.
    monkeypatch.setattr("signal.setitimer", lambda *_: None)
    notifier = CountingNotifier(3.0)
    async with running(notifier) as rig:
        for _ in range(1000):
            await rig.loop.send_event(Event.WORKED)
        await wait_all_tasks_blocked()
        assert len(notifier.signs) == 1, "a busy core does not flood its parent"
        await trio.sleep(31)
    gaps = [later - earlier for earlier, later in pairwise(notifier.signs)]
    assert len(gaps) >= 20
    assert max(gaps) <= 1.5


async def test_bug_in_the_core_ends_the_actor_and_names_the_event() -> None:
    with pytest.RaisesGroup(pytest.RaisesGroup(ValueError)) as caught:
        async with running() as rig:
            await rig.loop.send_event(Event.BROKE)
            await trio.sleep_forever()
    (inner,) = caught.value.exceptions
    assert inner.exceptions[0].__notes__ == ["in the step that took <Event.BROKE: 5>"]


async def test_deadline_that_tick_leaves_in_the_past_is_a_bug() -> None:
    with pytest.RaisesGroup(pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="spin for ever"))):
        async with running() as rig:
            await rig.loop.send_event(Event.STUCK)
            await trio.sleep_forever()


async def test_core_that_starts_what_it_never_ends_is_a_bug() -> None:
    with pytest.RaisesGroup(pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="are in flight"))):
        async with running() as rig:
            for _ in range(EFFECTS_IN_FLIGHT + 1):
                await rig.loop.send_event(Event.ASKED)
            await trio.sleep_forever()


async def test_failed_work_ends_the_actor() -> None:
    async def fail() -> None:
        raise OSError("unexpected")

    with pytest.RaisesGroup(pytest.RaisesGroup(OSError)):
        async with running() as rig:
            rig.loop.start_soon(fail)
            await trio.sleep_forever()
