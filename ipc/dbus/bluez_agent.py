"""BlueZ's pairing agent: the object that it asks when two devices want to bond, and the calls around it.

Names and types: BlueZ, doc/org.bluez.Agent.rst and doc/org.bluez.AgentManager.rst, the same in 5.66 and 5.82.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from airhail.ipc.dbus.bluez import Bluez
from airhail.ipc.dbus.errors import Refusal
from airhail.ipc.dbus.interfaces import Interface, Method

AGENT: Final = "org.bluez.Agent1"
AGENT_MANAGER: Final = "org.bluez.AgentManager1"
MANAGER_PATH: Final = "/org/bluez"

KEYBOARD_DISPLAY: Final = "KeyboardDisplay"
"""The best capability: with LE Secure Connections a number is shown at both ends and compared, with older controllers
it is shown at one and typed at the other (Core Specification, Vol 3, Part H, 2.3.5.1, table 2.8)."""

REJECTED: Final = "org.bluez.Error.Rejected"

ANSWERED_WITHIN: Final = 40.0
"""Seconds for an answer of ours: the two ends have 30 s in all (Core Specification, Vol 3, Part H, 3.4), and BlueZ
waits 60 (src/agent.c, REQUEST_TIMEOUT)."""

Compare = Callable[[str, str], Awaitable[bool]]
"""Takes the path of a device and six digits; tells whether the other end shows the same."""

Show = Callable[[str, str], None]
"""Takes the path of a device, and six digits that are to be typed there."""

Type = Callable[[str], Awaitable[int | None]]
"""Takes the path of a device; gives the number that it shows, None for a refusal."""

Allow = Callable[[str], Awaitable[bool]]
"""Takes the path of a device that would bond without any comparison; tells whether it may."""


def agent(compare: Compare, show: Show, type_: Type, allow: Allow, cancel: Callable[[], None]) -> Interface:
    """Return an agent; `cancel` is called when what was asked has become void.

    Codes of Bluetooth before 2.1 and the use of services are refused: neither belongs to a bond of ours.
    """

    async def request_confirmation(device: str, number: int) -> tuple[Any, ...]:
        return granted(await compare(device, digits(number)))

    async def display_passkey(device: str, number: int, entered: int) -> tuple[Any, ...]:
        show(device, digits(number))
        return ()

    async def request_passkey(device: str) -> tuple[Any, ...]:
        number = await type_(device)
        granted(number is not None)
        return (number,)

    async def request_authorization(device: str) -> tuple[Any, ...]:
        return granted(await allow(device))

    async def cancelled() -> tuple[Any, ...]:
        cancel()
        return ()

    async def refuse(*arguments: Any) -> tuple[Any, ...]:
        return granted(False)

    return Interface(
        AGENT,
        methods=(
            Method("RequestConfirmation", request_confirmation, "ou", within=ANSWERED_WITHIN),
            Method("DisplayPasskey", display_passkey, "ouq"),
            Method("RequestPasskey", request_passkey, "o", "u", within=ANSWERED_WITHIN),
            Method("RequestAuthorization", request_authorization, "o", within=ANSWERED_WITHIN),
            Method("AuthorizeService", refuse, "os"),
            Method("RequestPinCode", refuse, "o", "s"),
            Method("DisplayPinCode", refuse, "os"),
            Method("Cancel", cancelled),
            Method("Release", cancelled),
        ),
    )


def digits(number: int) -> str:
    """Return a number as both ends show it: six digits (doc/org.bluez.Agent.rst)."""
    return f"{number:06}"


def granted(yes: bool) -> tuple[Any, ...]:
    """Return the empty answer that means yes; raises Refusal for no."""
    if not yes:
        raise Refusal(REJECTED, "it was refused")
    return ()


async def register_agent(bluez: Bluez, path: str) -> None:
    """Have BlueZ ask the agent at `path` about pairings that this bus connection begins."""
    await bluez.call(MANAGER_PATH, AGENT_MANAGER, "RegisterAgent", "os", path, KEYBOARD_DISPLAY)


async def request_default_agent(bluez: Bluez, path: str) -> None:
    """Have BlueZ ask our agent about pairings that begin elsewhere, too, until it is unregistered."""
    await bluez.call(MANAGER_PATH, AGENT_MANAGER, "RequestDefaultAgent", "o", path)


async def unregister_agent(bluez: Bluez, path: str) -> None:
    """Have BlueZ ask whom it asked before."""
    await bluez.call(MANAGER_PATH, AGENT_MANAGER, "UnregisterAgent", "o", path)
