"""Background tasks end with the body, and an exception leaves as what it is."""

import pytest
import trio

from airhail.ipc.dbus.background import open_background


async def test_tasks_end_with_the_body() -> None:
    ended = trio.Event()

    async def task() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.set()

    async with open_background() as nursery:
        nursery.start_soon(task)
        await trio.testing.wait_all_tasks_blocked()
    assert ended.is_set()


async def test_lone_exception_leaves_as_itself_with_its_context() -> None:
    error = ValueError("mine")
    error.__context__ = context = KeyError("first")

    async def body() -> None:
        async with open_background() as nursery:
            nursery.start_soon(trio.sleep_forever)
            raise error

    with pytest.raises(ValueError, match="mine") as caught:
        await body()
    assert caught.value is error
    assert error.__context__ is context


async def test_exception_of_a_task_leaves_too() -> None:
    async def task() -> None:
        raise ValueError("the task's")

    async def body() -> None:
        async with open_background() as nursery:
            nursery.start_soon(task)
            await trio.sleep_forever()

    with pytest.raises(ValueError, match="the task's"):
        await body()


async def test_group_of_the_body_stays_one() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        async with open_background():
            raise ExceptionGroup("mine", [ValueError()])
    assert caught.value.message == "mine"


async def test_cancellation_passes() -> None:
    with trio.move_on_after(0) as scope:
        async with open_background() as nursery:
            nursery.start_soon(trio.sleep_forever)
            await trio.sleep_forever()
    assert scope.cancelled_caught
