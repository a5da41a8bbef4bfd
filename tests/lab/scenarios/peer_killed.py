"""One of two linked hosts dies at once, as by a power cut; the other finds the link dead within 2 s.

Phases: `dead` from that moment until the other end has said so.
"""

from tests.lab.guest import Lab
from tests.lab.guest.judging import die, expect_finding, linked, measure

AIR = True
HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    victim, other = lab.random.sample(lab.hosts, 2)
    await linked(lab, victim, other)
    said = await measure(lab, die, victim, other)
    expect_finding(said[other.name], "peer-silent", "peer-left")
