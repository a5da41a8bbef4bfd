"""The rungs as people and programs would perform them: see `tests/lab/rungs.py` for what each does."""

from collections.abc import Awaitable, Callable

import trio

from tests.lab.guest import supplicant
from tests.lab.guest.byhand import USER, call, down, start_find, stop_find
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import DEVICE, NAME, TYPE_WIFI
from tests.lab.guest.prelude import restart_supplicant, until_back
from tests.lab.guest.stuck import MIDDLE_S

# A find begins with a scan of all channels, during which nobody listens: 4 s.
SCAN_S = 5.0
# wpa_supplicant forgets a peer that it has not heard for 60 s, and looks every 10 s.
QUIET_S = 75.0

Act = Callable[[Host], Awaitable[object]]


async def deactivate(host: Host) -> None:
    await host.run("busctl", "call", NAME, host.p2p_device, DEVICE, "Disconnect", user=USER)


async def find_anew(host: Host) -> None:
    await stop_find(host)
    await start_find(host)
    await trio.sleep(SCAN_S)


async def dance(host: Host) -> None:
    await stop_find(host)
    await trio.sleep(SCAN_S)
    await call(host)
    await trio.sleep(MIDDLE_S)
    await stop_find(host)
    await down(host)


async def quiet(host: Host) -> None:
    await stop_find(host)
    await trio.sleep(QUIET_S)


async def manage_anew(host: Host) -> None:
    """Give the Wi-Fi device away and take it back; its Wi-Fi Direct device goes and comes with it."""
    (wlan,) = await wifi_devices(host)
    mark = host.witness.mark()
    for managed in ("false", "true"):
        (await host.run("busctl", "set-property", NAME, wlan, DEVICE, "Managed", "b", managed, user=USER)).check()
    await until_back(host, mark)


async def wifi_devices(host: Host) -> list[str]:
    """Return NetworkManager's ordinary Wi-Fi devices."""
    return [path for path, kind in (await host.nm.devices()).items() if kind == TYPE_WIFI]


async def nothing(host: Host) -> None:
    """Do nothing."""


# What is done, and at which ends.
BOTH, ACTIVE, PASSIVE = (True, True), (True, False), (False, True)
CURES: dict[str, tuple[Act, tuple[bool, bool]]] = {
    "none": (nothing, BOTH),
    "deactivate": (deactivate, BOTH),
    "find-both": (find_anew, BOTH),
    "find-passive": (find_anew, PASSIVE),
    "find-active": (find_anew, ACTIVE),
    "dance": (dance, BOTH),
    "quiet": (quiet, BOTH),
    "flush-both": (supplicant.flush, BOTH),
    "flush-passive": (supplicant.flush, PASSIVE),
    "flush-active": (supplicant.flush, ACTIVE),
    "remove-groups": (supplicant.remove_groups, BOTH),
    "managed": (manage_anew, BOTH),
    "supplicant-both": (restart_supplicant, BOTH),
    "supplicant-passive": (restart_supplicant, PASSIVE),
}


async def cure(lab: Lab, rung: str, active: Host, passive: Host) -> None:
    """Perform a rung at its ends."""
    act, (at_active, at_passive) = CURES[rung]
    hosts = [host for host, wanted in ((active, at_active), (passive, at_passive)) if wanted]
    await lab.together(*(lambda host=host: act(host) for host in hosts))
