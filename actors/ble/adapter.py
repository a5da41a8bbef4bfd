"""Which Bluetooth adapter is the right one, who it knows, and why there may be none."""

from dataclasses import dataclass

from airhail.actors.reasons import Problem, Reason

NONE = "none"
"""What stands in the configuration instead of an adapter's name when Bluetooth is not to be used."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A Bluetooth adapter as BlueZ shows it; `able` when it can advertise and serve over LE."""

    path: str
    name: str
    address: str
    powered: bool
    able: bool


@dataclass(frozen=True, slots=True)
class Device:
    """Another device that an adapter knows.

    `speaks` when it was seen to offer airhail's service; `secure` and `encrypted` are the paths of its mailboxes, ""
    while they are not known.
    """

    path: str
    adapter: str
    address: str
    name: str = ""
    speaks: bool = False
    connected: bool = False
    bonded: bool = False
    trusted: bool = False
    secure: str = ""
    encrypted: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What BlueZ shows at one moment; `life` is another one after each start of it or of the bus, "" without it."""

    life: str = ""
    adapters: tuple[Adapter, ...] = ()
    devices: tuple[Device, ...] = ()


def choose(world: World, wanted: str, current: Adapter | None) -> Adapter | None:
    """Choose the adapter that the configuration names, else one that works; keep *current* if it still does."""
    if wanted == NONE:
        return None
    kept = current.path if current else ""

    def rank(adapter: Adapter) -> tuple[bool, bool, bool, int, str]:
        # The kernel numbers adapters as they came: the lowest is the likeliest to be built in.
        return (not adapter.able, not adapter.powered, adapter.path != kept, len(adapter.name), adapter.name)

    return min((one for one in world.adapters if wanted in ("", one.name)), key=rank, default=None)


def diagnose(world: World, wanted: str, adapter: Adapter | None) -> Problem | None:
    """Say why nothing can be carried over Bluetooth on this host; None when something can."""
    if wanted == NONE:
        return Problem(Reason.BLUETOOTH_OFF, "the configuration says that it is not to be used")
    if not world.life:
        return Problem(Reason.BLUEZ_GONE)
    there = ", ".join(one.name for one in world.adapters) or "none"
    if adapter is None:
        return Problem(Reason.NO_BLUETOOTH, f"wanted: {wanted or 'any'}; there: {there}")
    if not adapter.powered:
        return Problem(Reason.BLUETOOTH_OFF, adapter.name)
    if not adapter.able:
        return Problem(Reason.NO_BLUETOOTH, f"{adapter.name} cannot advertise")
    return None
