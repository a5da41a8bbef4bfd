"""Two linked hosts do not hear each other any more, from one moment to the next; later they do again.

Both ends find the link dead within 2 s, and it comes back by itself.

Phases: `dead` from that moment until both ends have said so; `again` from the return until both are linked again.
"""

from tests.lab.guest import Lab
from tests.lab.guest.judging import expect_finding, healed, linked, lose_radio, measure
from tests.lab.guest.medium import CLEAR

AIR = True
HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await linked(lab, alpha, beta)
    for said in (await measure(lab, lose_radio, alpha, alpha, beta)).values():
        expect_finding(said, "peer-silent", "peer-left")
    await lab.pause(5.0, 40.0)
    lab.air.between(alpha, beta, CLEAR)
    await healed(lab, alpha, beta)
