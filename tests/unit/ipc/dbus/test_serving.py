"""Handlers are bounded in number and time, and none of their mistakes reaches further than their caller."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from airhail.ipc.dbus.answers import Given, Invoked, Written
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import FAILED, LIMITS_EXCEEDED, TIMED_OUT, Refusal
from airhail.ipc.dbus.interfaces import Interface, Method, Property
from airhail.ipc.dbus.limits import CALL_SERVED, CALLS_SERVED
from airhail.ipc.dbus.reception import Outcome
from airhail.ipc.dbus.serving import ServedObjects


async def outcome_of(handler: Callable[..., Awaitable[tuple[Any, ...]]]) -> Outcome:
    outcomes: list[Outcome] = []

    async def respond(outcome: Outcome) -> None:
        outcomes.append(outcome)

    async with trio.open_nursery() as nursery:
        served = ServedObjects(Bus("unix:path=/nowhere", nursery), "/", nursery)
        served.carry_out(Invoked(Method("Do", handler, gives="s"), ()), respond)
    (outcome,) = outcomes
    return outcome


async def test_what_a_handler_returns_is_the_answer() -> None:
    async def handler() -> tuple[Any, ...]:
        return ("yes",)

    assert await outcome_of(handler) == Given("s", ("yes",))


async def test_a_refusal_is_the_answer_too() -> None:
    async def handler() -> tuple[Any, ...]:
        raise Refusal("x.No", "not today")

    outcome = await outcome_of(handler)
    assert isinstance(outcome, Refusal)
    assert (outcome.name, outcome.sentence) == ("x.No", "not today")


async def test_a_mistake_is_told_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    async def handler() -> tuple[Any, ...]:
        raise KeyError("secret")

    with caplog.at_level(logging.CRITICAL + 1, "airhail.ipc.dbus.serving"):
        outcome = await outcome_of(handler)
    assert isinstance(outcome, Refusal)
    assert outcome.name == FAILED
    assert "secret" not in outcome.sentence


async def test_a_handler_that_hangs_is_ended(autojump_clock: MockClock) -> None:
    begun = trio.current_time()
    outcome = await outcome_of(trio.sleep_forever)
    assert isinstance(outcome, Refusal)
    assert outcome.name == TIMED_OUT
    assert trio.current_time() == begun + CALL_SERVED


async def test_no_more_than_so_many_run_at_once() -> None:
    answered: list[Outcome] = []
    go_on = trio.Event()

    async def handler() -> tuple[Any, ...]:
        await go_on.wait()
        return ("done",)

    async def respond(outcome: Outcome) -> None:
        answered.append(outcome)

    task = Invoked(Method("Do", handler, gives="s"), ())
    async with trio.open_nursery() as nursery:
        served = ServedObjects(Bus("unix:path=/nowhere", nursery), "/", nursery)
        for _ in range(CALLS_SERVED):
            served.carry_out(task, respond)
        with pytest.raises(Refusal) as caught:
            served.carry_out(task, respond)
        assert caught.value.name == LIMITS_EXCEEDED
        go_on.set()
        await wait_all_tasks_blocked()
        served.carry_out(task, respond)
    assert len(answered) == CALLS_SERVED + 1


async def test_a_property_changes_once_its_handler_agreed() -> None:
    wishes = []

    async def write(value: str) -> None:
        wishes.append(value)
        if value == "black":
            raise Refusal("x.No", "too dark")

    thing = Interface("x.Thing", properties=(Property("Colour", "s", "red", write),))

    async def respond(outcome: Outcome) -> None:
        pass

    for wish, colour in (("black", "red"), ("blue", "blue")):
        async with trio.open_nursery() as nursery:
            served = ServedObjects(Bus("unix:path=/nowhere", nursery), "/", nursery)
            await served.add("/thing", thing)
            served.carry_out(Written("/thing", thing, thing.properties["Colour"], wish), respond)
        assert thing.get("Colour") == ("s", colour)
    assert wishes == ["black", "blue"]


async def test_paths_are_taken_once_and_only_below_the_root(nursery: trio.Nursery) -> None:
    served = ServedObjects(Bus("unix:path=/nowhere", nursery), "/a", nursery)
    await served.add("/a/b")
    for path in ("/a/b", "/b"):
        with pytest.raises(ValueError, match="is taken, or not below /a"):
            await served.add(path)
    await served.remove("/a/b")
    await served.add("/a/b")
