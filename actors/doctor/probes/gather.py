"""All probes at once, so that one stuck service costs the others nothing."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import trio

from airhail.actors.buses import BusSection, bus_section
from airhail.actors.doctor.facts import BluetoothFacts, Facts, NetworkManagerFacts, Presence, SupplicantFacts, Unseen
from airhail.actors.doctor.probes import airhail, radios, services, system
from airhail.actors.netlink import NetlinkError
from airhail.ipc.config import Config, ConfigError

PROBE_S = 12.0
"""For one probe in all: to reach the bus (5 s at most, ipc/dbus/limits.py) and to ask one service (5 s)."""

Found = TypeVar("Found")


async def gather(config: Config | None, mistake: str) -> Facts:
    """Look at everything; *config* is None when it cannot be read, *mistake* says why."""
    section = BusSection()
    if config is not None:
        try:
            section = bus_section(config)
        except ConfigError as error:
            mistake = str(error)
    found: dict[str, Any] = {}

    async def look(
        name: str, probe: Callable[[], Awaitable[object]], missed: Callable[[str], object] = Unseen
    ) -> None:
        try:
            with trio.fail_after(PROBE_S):
                found[name] = await probe()
        except trio.TooSlowError:
            found[name] = missed(f"no answer within {PROBE_S:g} s")
        except (LookupError, NetlinkError, OSError) as error:
            found[name] = missed(str(error))

    async with trio.open_nursery() as nursery:
        start = nursery.start_soon
        start(look, "wireless", radios.look_at_radios)
        start(look, "switches", at_once(system.look_at_switches))
        start(
            look,
            "networkmanager",
            partial(services.look_at_networkmanager, section.networkmanager),
            partial(NetworkManagerFacts, Presence.SILENT),
        )
        start(
            look,
            "supplicant",
            partial(services.look_at_supplicant, section.wpa_supplicant),
            partial(SupplicantFacts, Presence.SILENT),
        )
        start(
            look,
            "bluetooth",
            partial(services.look_at_bluetooth, section.bluez),
            partial(BluetoothFacts, Presence.SILENT),
        )
        start(look, "rights", partial(services.look_at_rights, section.networkmanager))
        start(look, "supplicant_version", system.look_at_supplicant_version)
        start(look, "dnsmasq", at_once(system.look_at_dnsmasq))
        start(look, "firewall", partial(system.look_at_firewall, section.networkmanager))
        start(look, "airhail", airhail.look_at_airhail)
    return Facts(user=system.look_at_user(), mistake=mistake, **found)


def at_once(read: Callable[[], Found]) -> Callable[[], Awaitable[Found]]:
    """Return a probe of what the kernel answers at once."""

    async def probe() -> Found:
        await trio.lowlevel.checkpoint()
        return read()

    return probe
