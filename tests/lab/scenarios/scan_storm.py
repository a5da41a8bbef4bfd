"""A program on each host scans for Wi-Fi networks most of the time; the two find each other and link all the same.

A scan of all channels takes the radio for 9 s, in which a host neither hears its peer nor is heard.

Phases: `peers`, `linked` and `down` as in first-link, under the storm.
Facts: how many requests of each program were taken, and for how many seconds its host has scanned.
"""

import time

from tests.lab.guest import Lab
from tests.lab.guest.others import TAKEN, expect_scanned, scan
from tests.lab.guest.pinging import inside, scans_of
from tests.lab.scenarios.first_link import story

HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    scanners = {host: await scan(host, pause=lab.random.uniform(10.0, 20.0)) for host in lab.hosts}
    await story(lab, user=None)
    for host, scanner in scanners.items():
        found = scans_of(host, time.time())
        lab.facts[f"{host.name} scanned"] = [scanner.lines.count(TAKEN), round(inside(found, 0.0, time.time()), 1)]
        expect_scanned(scanner, found)
