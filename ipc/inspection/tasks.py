"""The live tree of trio's tasks: what each is, where it waits, and for how long."""

import time
from collections.abc import Iterable, Iterator
from types import FrameType

import trio
from msgspec import Struct

from airhail.ipc.errors import shorten
from airhail.ipc.limits import PAGE, PAGE_ITEMS, TASK_FRAMES


class TaskWatch(trio.abc.Instrument):
    """Remembers when each task last ran; for `trio.run(instruments=...)`."""

    def __init__(self) -> None:
        self._ran: dict[trio.lowlevel.Task, float] = {}

    # Before and not after the step: trio reports the end of a task before the end of its last step.
    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note the time."""
        self._ran[task] = time.monotonic()

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """Forget the task."""
        self._ran.pop(task, None)

    def last_ran(self, task: trio.lowlevel.Task) -> float | None:
        """Return when the task last ran (CLOCK_MONOTONIC); None when that was not seen."""
        return self._ran.get(task)


class TaskRow(Struct, frozen=True, omit_defaults=True):
    """One task; the tree is a list, each task behind its parent and one level deeper."""

    depth: int
    name: str
    where: list[str]
    """Where it waits, the innermost place last: module, function and line."""
    waited: float | None = None
    """Seconds since it last ran; None when that is not known."""


class TaskTree(Struct, frozen=True):
    """The tasks that fit into one answer, and how many did not."""

    tasks: list[TaskRow]
    left_out: int = 0


def task_tree(watch: TaskWatch) -> TaskTree:
    """Return the tasks of the running trio.run; call it in its thread."""
    rows: list[TaskRow] = []
    room = PAGE
    left_out = 0
    now = time.monotonic()
    for depth, task in walk(trio.lowlevel.current_root_task(), 0):
        if left_out or room <= 0 or len(rows) >= PAGE_ITEMS:
            left_out += 1
            continue
        ran = watch.last_ran(task)
        row = TaskRow(depth, shorten(task.name), places(task), None if ran is None else max(now - ran, 0.0))
        rows.append(row)
        room -= len(row.name) + sum(len(place) + 8 for place in row.where) + 64
    return TaskTree(rows, left_out)


def walk(task: trio.lowlevel.Task | None, depth: int) -> Iterator[tuple[int, trio.lowlevel.Task]]:
    """Yield a task and all below it, parents first."""
    if task is None:
        return
    yield depth, task
    for nursery in task.child_nurseries:
        # By name and not as the set lies, so that two looks at the same tree agree.
        for child in sorted(nursery.child_tasks, key=lambda one: one.name):
            yield from walk(child, depth + 1)


def places(task: trio.lowlevel.Task) -> list[str]:
    """Return where a task waits: the innermost calls, and of trio's own the one that all of these came to."""
    frames = list(task.iter_await_frames())
    ours = [number for number, (frame, _) in enumerate(frames) if not in_trio(frame)]
    begin, end = (ours[0], ours[-1] + 2) if ours else (0, 1)
    return [place(frame, line) for frame, line in frames[begin:end]][-TASK_FRAMES:]


def place(frame: FrameType, line: int) -> str:
    """Name a place in the code."""
    return shorten(f"{frame.f_globals.get('__name__', '?')}:{frame.f_code.co_qualname}:{line}")


def in_trio(frame: FrameType) -> bool:
    """Tell whether this is trio's own code."""
    return str(frame.f_globals.get("__name__", "")).startswith("trio.")


def tree_lines(rows: Iterable[TaskRow]) -> Iterator[str]:
    """Return the tree for a person: a line for each task, and one for each place where it waits."""
    for row in rows:
        indent = "  " * row.depth
        waited = "" if row.waited is None else f", waiting for {row.waited:.3f} s"
        yield f"{indent}{row.name}{waited}"
        for one in row.where:
            yield f"{indent}    at {one}"
