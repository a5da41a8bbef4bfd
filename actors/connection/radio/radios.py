"""The radio of the links as the kernel shows it, and whether this host runs on its battery."""

import logging
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import trio

from airhail.actors.channels import channel_of
from airhail.actors.connection.links.quick import Radio, RadiosSeen, SetPowerSave
from airhail.actors.connection.radio.capabilities import CAP_NET_ADMIN, capable
from airhail.actors.netlink import NetlinkError
from airhail.actors.nl80211 import (
    NL80211_IFTYPE_P2P_CLIENT,
    NL80211_IFTYPE_P2P_GO,
    list_interfaces,
    power_save,
    set_power_save,
)

log = logging.getLogger(__name__)

GROUPS = (NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO)
# A group may move to another channel, and a plug be pulled, without a word to us. Nobody minds so short a delay.
LOOK_EVERY_S = 10.0
SUPPLIES = Path("/sys/class/power_supply")


class RadioWatch:
    """Keeps `RadiosSeen` true while there is a group; `run` reports each change of it."""

    def __init__(
        self, changed: Callable[[], Collection[str]], report: Callable[[RadiosSeen], Awaitable[None]]
    ) -> None:
        """*changed* names the interfaces whose settings are to be given back, whatever has become of them."""
        self._changed = changed
        self._report = report
        self._poked = trio.Event()

    def look_again(self) -> None:
        """Look: something may have changed."""
        self._poked.set()

    async def run(self) -> None:
        """Look until cancelled."""
        seen = RadiosSeen({})
        while True:
            self._poked = trio.Event()
            now = await self._look()
            if now != seen:
                seen = now
                await self._report(now)
            with trio.move_on_after(LOOK_EVERY_S if seen.radios else float("inf")):
                await self._poked.wait()

    async def set_power_save(self, effect: SetPowerSave) -> None:
        """Change an interface's power save; a refusal leaves it as it is."""
        try:
            await set_power_save(effect.interface, effect.enabled)
        except NetlinkError as error:
            log.warning("%s: power save stays as it is: %s", effect.interface, error)
        self.look_again()

    async def _look(self) -> RadiosSeen:
        try:
            interfaces = await list_interfaces()
        except NetlinkError as error:
            log.info("the wireless interfaces: %s", error)
            interfaces = []
        kept = self._changed()
        radios = {
            one.name: Radio(
                one.kind == NL80211_IFTYPE_P2P_CLIENT,
                channel_of(one.frequency),
                one.frequency,
                one.width,
                await power_save(one.name),
            )
            for one in interfaces
            if one.name and (one.kind in GROUPS or one.name in kept)
        }
        # Without a group nothing here matters, and a change of it is no news.
        return RadiosSeen(radios, on_battery(), capable(CAP_NET_ADMIN)) if radios else RadiosSeen({})


def on_battery(folder: Path = SUPPLIES) -> bool:
    """Tell whether this host lives on a battery of its own (Documentation/ABI/testing/sysfs-class-power)."""
    batteries = False
    for supply in sorted(folder.iterdir()) if folder.is_dir() else ():
        match _read(supply / "type"):
            case "Mains" | "USB" if _read(supply / "online") == "1":
                return False
            # A mouse has a battery, too: its scope is Device.
            case "Battery" if _read(supply / "scope") != "Device" and _read(supply / "status") == "Discharging":
                batteries = True
    return batteries


def _read(path: Path) -> str:
    """Read one value; "" when it is not there, or its supply leaves in this moment."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
