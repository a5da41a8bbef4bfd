"""A person looks for Wi-Fi networks while two hosts are linked, at one end and then at the other: the link stays.

What the scan takes of the radio is told by `facts`: whether either end had its doubts.

Phases: `scanned` for both scans.
"""

import trio

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.judging import Ear, linked
from tests.lab.guest.steps import exchange

HOSTS = ("alpha", "beta")
SCAN_S = 60.0
# By then a link that was lost would have been found dead.
AFTER_S = 5.0
# NetworkManager looks for networks now and then, for up to 19 s under a link; a scan beside its own is refused.
BUSY = 240
TRIES = 8


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
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
    """Scan all channels, once nobody else does."""
    for _ in range(TRIES):
        done = await host.run("iw", "dev", "wlan0", "scan", timeout=SCAN_S)
        if done.status != BUSY:
            break
        await trio.sleep(AFTER_S)
    done.check()
