"""A person looks for Wi-Fi networks while two hosts are linked, at one end and then at the other: the link stays.

Both have it so configured: else airhail ends such scans.

What the scan takes of the radio is told by `facts`: whether either end had its doubts.

Phases: `scanned` for both scans.
"""

import trio

from tests.lab.guest import Host, Lab, expect, supplicant
from tests.lab.guest.bus import BusError
from tests.lab.guest.host import SUPPLICANT
from tests.lab.guest.judging import Ear, linked
from tests.lab.guest.steps import exchange

HOSTS = ("alpha", "beta")
INTERFACE = SUPPLICANT + ".Interface"
# wpa_supplicant's word for a scan beside another one (dbus_new_handlers.c).
REFUSED = INTERFACE + ".ScanError"
SCAN_S = 60.0
# By then a link that was lost would have been found dead.
AFTER_S = 5.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    for host in lab.hosts:
        host.airhail_end.configure("[discovery]\nscan_while_linked = true\n")
    links = await linked(lab, alpha, beta)
    ears = [Ear(alpha), Ear(beta)]
    async with lab.phase("scanned", within=4 * SCAN_S):
        for host in lab.random.sample(lab.hosts, 2):
            await scan(host)
            await trio.sleep(AFTER_S)
    lab.facts["verdicts"] = {ear.host.name: ear.verdicts for ear in ears}
    for ear in ears:
        expect("dead" not in ear.verdicts, f"{ear.host.name}: a scan has killed the link")
    await exchange(links)


async def scan(host: Host) -> None:
    """Have wpa_supplicant scan all channels; while it does already, for NetworkManager, that is the scan."""
    path = str(await supplicant.interface(host, "wlan0"))
    mark = host.witness.mark()
    try:
        await host.bus.call(SUPPLICANT, path, INTERFACE, "Scan", "a{sv}", ({"Type": ("s", "active")},))
    except BusError as error:
        if error.name != REFUSED:
            raise
    await host.witness.signal("ScanDone", path=path, since=mark, within=SCAN_S)
