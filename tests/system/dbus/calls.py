"""How the tests call their service."""

from typing import Any

from airhail.ipc.dbus.bus import Bus

NAME = "org.example.Test"
PATH = "/org/example"
INTERFACE = "org.example.Test"

PATIENCE = 120.0
"""Seconds after which a call that should be answered fails the test instead of hanging it: 5,000 signals in one call
took more than 20 on a machine whose processors were kept from it."""


async def ask(
    bus: Bus,
    member: str,
    signature: str | None = None,
    *body: Any,
    name: str = NAME,
    within: float = PATIENCE,
) -> tuple[Any, ...]:
    return await bus.call(name, PATH, INTERFACE, member, signature, body, within=within)
