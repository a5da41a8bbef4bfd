"""A program on each host scans for Wi-Fi networks most of the time; the two find each other and link all the same.

A scan of all channels takes the radio for 9 s, in which a host neither hears its peer nor is heard.

Phases: `peers`, `linked` and `down` as in first-link, under the storm.
"""

from tests.lab.guest import Lab
from tests.lab.guest.others import scan
from tests.lab.scenarios.first_link import story

HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    for host in lab.hosts:
        await scan(host, pause=lab.random.uniform(10.0, 20.0))
    await story(lab, user=None)
