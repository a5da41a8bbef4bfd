"""Which P2P device is the right one, and why there may be none.

wpa_supplicant runs one P2P engine a process, on the first adapter it took; NetworkManager still shows a P2P
device for every adapter. A find may be started on any of them, but only the engine's own device ever gets a
peer and a group (wpa_supplicant 2.10, p2p_supplicant.c:4788 and dbus_new_handlers_p2p.c:171). So the device
from whose parent the engine speaks, or that has peers, is the right one; until one shows, the first that is ready.
"""

import enum
from dataclasses import dataclass

from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


class Tier(enum.StrEnum):
    """How far this process's privileges reach."""

    USER = "user"
    NETDEV = "netdev"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A Wi-Fi Direct device as NetworkManager shows it.

    *managed*: whether the Wi-Fi adapter that it belongs to is. It is not shown at the device itself, which is merely
    unavailable without.
    """

    path: str
    interface: str
    parent: str
    state: DeviceState
    managed: bool = True

    @property
    def usable(self) -> bool:
        """Whether a find can be started here."""
        return self.state >= DeviceState.DISCONNECTED

    @property
    def busy(self) -> bool:
        """Whether an activation or a link has the radio: a find would kill the one and stall the other."""
        return self.state > DeviceState.DISCONNECTED


@dataclass(frozen=True, slots=True)
class Sighting:
    """A peer in the list of one P2P device of NetworkManager."""

    address: str
    device: str
    path: str
    name: str = ""
    manufacturer: str = ""
    signal: int | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What NetworkManager and the bus tell of this host's radios, at one moment."""

    networkmanager: str = ""
    supplicant: bool = False
    # Which life of wpa_supplicant it is, by its name on the bus; the Wi-Fi interface from which its engine speaks,
    # and the peers it knows: these only in the netdev tier.
    life: str = ""
    home: str = ""
    known: frozenset[str] = frozenset()
    # Whether wpa_supplicant talks to us (the netdev tier) or only NetworkManager does (the user tier).
    tier: Tier = Tier.USER
    wireless_on: bool = True
    wlans: tuple[str, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def choose(world: World, current: Adapter | None) -> Adapter | None:
    """Choose the P2P device whose engine is alive; keep *current* while nothing speaks against it."""
    with_peers = {sighting.device for sighting in world.sightings}
    kept = current.path if current else ""

    def rank(adapter: Adapter) -> tuple[bool, bool, bool, bool, int, str]:
        return (
            adapter.parent != world.home,
            adapter.path not in with_peers,
            not adapter.usable,
            adapter.path != kept,
            # NetworkManager numbers devices as they came: the lowest is the likeliest first adapter.
            len(adapter.path),
            adapter.path,
        )

    return min(world.adapters, key=rank, default=None)


def diagnose(world: World, radio: Adapter | None) -> Problem | None:
    """Say why this host cannot look for peers at all; None when it can."""
    if not world.networkmanager:
        return Problem(Reason.NETWORKMANAGER_GONE)
    if not world.wireless_on:
        return Problem(Reason.RADIO_OFF)
    if radio is None:
        # NetworkManager makes a P2P device only after wpa_supplicant told it what the adapter can do.
        if world.wlans and not world.supplicant:
            return Problem(Reason.SUPPLICANT_GONE)
        return Problem(Reason.NO_RADIO, f"Wi-Fi adapters: {', '.join(world.wlans) or 'none'}")
    if radio.state <= DeviceState.UNMANAGED or not radio.managed:
        return Problem(Reason.RADIO_UNMANAGED, radio.interface)
    if not radio.usable:
        return Problem(Reason.RADIO_UNAVAILABLE if world.supplicant else Reason.SUPPLICANT_GONE, radio.interface)
    return None
