"""A nursery for tasks that serve the body of an `async with`, and end with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def open_background() -> AsyncGenerator[trio.Nursery]:
    """Open a nursery whose tasks are cancelled when the body ends.

    A lone exception leaves as itself: who uses a resource need not know that tasks stand behind it.
    """
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        error = group.exceptions[0]
        context = error.__context__
        try:
            raise error
        finally:
            # Raising inside `except` hung the group on it; who reads the traceback needs the true one.
            error.__context__ = context
            del error, context
