"""Carries out the rungs that are `connection`'s own to use.

What takes the user's Wi-Fi away for a moment gives it back whatever happens: within this process by a shield, after a
crash by a note on disk that the next life reads, and where NetworkManager is away or refuses, as soon as it does not.
"""

import logging
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import trio
from trio_util import AsyncValue

from airhail.actors.connection.ladder.events import (
    DisconnectDevice,
    Remanage,
    RemoveGroups,
    RestartSupplicant,
    RungAnswered,
)
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.world import GROUP_INTERFACE
from airhail.actors.connection.radio.stack import group_interfaces
from airhail.actors.files import read_bounded, write_whole
from airhail.actors.netlink import NetlinkError
from airhail.actors.nl80211 import delete_interface
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceState
from airhail.ipc.dbus.wpa_supplicant import SERVICE, Supplicant

log = logging.getLogger(__name__)

# wpa_supplicant removes the interface that it kept ready within milliseconds of StopFind.
SETTLE_S = 0.5
# NetworkManager lets an adapter go within 2 s; it is taken again even if it was not seen to.
LET_GO_S = 8.0
# NetworkManager's own answer takes 10 s at most.
GIVE_BACK_S = 15.0
# Until NetworkManager is asked again that did not take an adapter it lists: it is the user's Wi-Fi, and one call.
GIVE_BACK_AGAIN_S = 30.0
# wpa_supplicant leaves all its networks in order when it is asked to end.
END_S = 4.0
# An interface's name has 15 bytes at most (IFNAMSIZ, linux/if.h); a note that is longer is not ours.
MAX_NAME_BYTES = 64


Work = RemoveGroups | DisconnectDevice | Remanage | RestartSupplicant
RUNGS: Mapping[type[Work], Rung] = {
    RemoveGroups: Rung.REMOVE_GROUP,
    DisconnectDevice: Rung.DEACTIVATE,
    Remanage: Rung.REMANAGE,
    RestartSupplicant: Rung.RESTART_SUPPLICANT,
}


class RungFailed(Exception):
    """A rung could not be used; the sentence says why."""


async def remove_groups(supplicant: Supplicant, names: tuple[str, ...]) -> None:
    """Remove interfaces of groups that are left over: by wpa_supplicant those it knows, by the kernel the rest.

    Raises RungFailed when one can be removed by neither.
    """
    await trio.sleep(SETTLE_S)
    try:
        known = {interface.name: interface.path for interface in await supplicant.interfaces()}
    except BusFailure:
        known = {}
    here = {interface.name for interface in group_interfaces()} | set(known)
    for name in sorted(here.intersection(names)):
        if not GROUP_INTERFACE.match(name):
            raise RungFailed(f"{name} is no interface of a group")
        try:
            if name in known:
                await supplicant.remove_group(known[name])
            else:
                await delete_interface(name)
        except (BusFailure, NetlinkError) as error:
            raise RungFailed(f"{name}: {error}") from error
        log.warning("removed %s, which was left of a group", name)


async def restart_supplicant(supplicant: Supplicant) -> None:
    """End wpa_supplicant, gently and then not; NetworkManager starts it again by itself.

    Raises RungFailed when it cannot be ended.
    """
    async with supplicant.bus.watch_owner(SERVICE) as owner:
        before = owner.value
        try:
            pid = await supplicant.pid()
            for number in (signal.SIGTERM, signal.SIGKILL):
                log.warning("ending wpa_supplicant (process %d) by %s", pid, number.name)
                os.kill(pid, number)
                with trio.move_on_after(END_S):
                    await owner.wait_value(lambda now: now != before)
                    return
        except (BusFailure, OSError) as error:
            raise RungFailed(f"wpa_supplicant could not be ended: {error}") from error
    raise RungFailed(f"wpa_supplicant (process {pid}) did not end")


class Toolbox:
    """Carries out what a rung asks for; *folder* is where the note on an adapter that was let go is kept."""

    def __init__(self, networkmanager: NetworkManager, supplicant: Supplicant, folder: Path) -> None:
        self._networkmanager = networkmanager
        self._supplicant = supplicant
        self._remanaging = Remanaging(networkmanager, folder)

    async def use(self, effect: Work) -> RungAnswered:
        """Do the work, and return how it went."""
        try:
            match effect:
                case RemoveGroups(names):
                    await remove_groups(self._supplicant, names)
                case DisconnectDevice(device):
                    await self._networkmanager.disconnect(device)
                case Remanage(adapter):
                    await self._remanaging.remanage(adapter)
                case RestartSupplicant():
                    await restart_supplicant(self._supplicant)
        except (BusFailure, RungFailed) as error:
            log.warning("%s: %s", RUNGS[type(effect)], error)
            return RungAnswered(RUNGS[type(effect)], str(error))
        return RungAnswered(RUNGS[type(effect)])

    async def give_back(self) -> None:
        """See to it until cancelled that NetworkManager takes again what it was made to let go, in any life."""
        await self._remanaging.see_given_back()


def _noted(note: Path) -> str:
    """Return which adapter a note names, "" without one; one that cannot be read is named in the log."""
    try:
        return read_bounded(note, MAX_NAME_BYTES).decode()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        log.error("%s cannot be read (%s): `nmcli device` shows whether an adapter is unmanaged", note, error)
        return ""


class Remanaging:
    """Lets a Wi-Fi adapter go and takes it again."""

    def __init__(self, networkmanager: NetworkManager, folder: Path) -> None:
        self._networkmanager = networkmanager
        self._note = folder / "remanaged"
        # What the note names, "" without one.
        self._owed = AsyncValue(_noted(self._note))
        # Held while an adapter is away on purpose.
        self._lock = trio.Lock()

    async def remanage(self, adapter: str) -> None:
        """Have NetworkManager let *adapter* go and take it again, cancelled in the middle or not.

        Raises RungFailed.
        """
        async with self._lock:
            device = self._device(adapter)
            try:
                await trio.to_thread.run_sync(write_whole, self._note, adapter.encode())
            except OSError as error:
                raise RungFailed(f"no note could be made that {adapter} must be given back: {error}") from error
            self._owed.value = adapter
            try:
                await self._networkmanager.set_managed(device, False)
                with trio.move_on_after(LET_GO_S):
                    await self._networkmanager.changed.wait_value(lambda _: self._let_go(adapter))
            except BusFailure as error:
                raise RungFailed(str(error)) from error
            finally:
                with trio.move_on_after(GIVE_BACK_S, shield=True):
                    await self._give_back()

    async def see_given_back(self) -> None:
        """Try until cancelled, whenever NetworkManager lists an adapter that is owed to it."""
        while True:
            await self._owed.wait_value(bool)
            await self._networkmanager.changed.wait_value(lambda _: not self._owed.value or self._lists_owed())
            async with self._lock:
                await self._give_back()
            if self._owed.value:
                await trio.sleep(GIVE_BACK_AGAIN_S)

    async def _give_back(self) -> None:
        adapter = self._owed.value
        if not adapter:
            return
        try:
            await self._networkmanager.set_managed(self._device(adapter), True)
        except (BusFailure, RungFailed) as error:
            log.error("%s could not be given back (%s): `nmcli device set %s managed yes`", adapter, error, adapter)
        else:
            self._owed.value = ""
            try:
                self._note.unlink(missing_ok=True)
            except OSError as error:
                # At worst what nobody holds is given back once more.
                log.warning("the note %s stays, though %s was given back: %s", self._note, adapter, error)

    def _device(self, adapter: str) -> str:
        for device in self._networkmanager.wifi_devices():
            if device.interface == adapter:
                return device.path
        raise RungFailed(f"NetworkManager knows no Wi-Fi adapter {adapter or '(none is named)'}")

    def _lists_owed(self) -> bool:
        return any(device.interface == self._owed.value for device in self._networkmanager.wifi_devices())

    def _let_go(self, adapter: str) -> bool:
        devices = self._networkmanager.wifi_devices()
        return not any(one.interface == adapter and one.state > DeviceState.UNMANAGED for one in devices)
