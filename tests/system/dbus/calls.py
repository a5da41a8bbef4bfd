"""How the tests call their service."""

from typing import Any

from airhail.ipc.dbus.bus import Bus

NAME = "org.example.Test"
PATH = "/org/example"
INTERFACE = "org.example.Test"

PATIENCE = 20.0
"""Seconds after which a call that should be answered fails the test instead of hanging it."""


async def ask(
    bus: Bus,
    member: str,
    signature: str | None = None,
    *body: Any,
    name: str = NAME,
    within: float = PATIENCE,
) -> tuple[Any, ...]:
    return await bus.call(name, PATH, INTERFACE, member, signature, body, within=within)
