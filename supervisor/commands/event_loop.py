"""The event loop of a command: real time, and a Ctrl-C that is never lost."""

from collections.abc import Awaitable, Callable
from typing import TypeVar, TypeVarTuple

import trio

from airhail.ipc.clock import MonotonicClock

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


def run_async(work: Callable[[*Arguments], Awaitable[Result]], *arguments: *Arguments) -> Result:
    """Run the work of a command to its end.

    Ctrl-C raises KeyboardInterrupt at the next checkpoint of the main task. Elsewhere, which is trio's default, it
    could strike where an exception is thrown away (a `__del__`, a callback of the garbage collector), and the command
    would go on.
    """
    return trio.run(work, *arguments, clock=MonotonicClock(), restrict_keyboard_interrupt_to_checkpoints=True)
