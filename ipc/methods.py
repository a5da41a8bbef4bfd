"""What a server offers, and to whom."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import trio
from msgspec import Struct

from airhail.ipc.access import Access
from airhail.ipc.peercred import Credentials


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """One connection, as a handler sees it.

    What is lent to a caller ends with `closed`, which is set when the connection has ended and no handler
    runs for it any more. `id` differs for every connection of the process and is never used again.
    """

    id: int
    credentials: Credentials
    access: Access
    closed: trio.Event = field(default_factory=trio.Event)


class NoArguments(Struct, frozen=True):
    """The arguments of a method that takes none."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method: the type of its arguments, what does it, and whether it changes anything.

    `handler(caller, args)` runs in a task of its own and is cancelled at the call's deadline
    (`trio.current_effective_deadline()`) or when the caller goes away. It returns a map, a Struct or
    None, or raises CallError. Anything else it raises is logged and reaches the caller as INTERNAL.
    """

    args: type[Struct]
    handler: Callable[[Caller, Any], Awaitable[Mapping[str, Any] | Struct | None]]
    change: bool = False
    untraced: bool = False
    """Whether a connection that calls it leaves the trace: what passes there is kept already."""
