"""Two bonded hosts ask for the link in the same instant: two calls at once become one session, and both link.

Phases: `linked` from the two commands until the link is up at both ends.
"""

from tests.lab.guest import Bluetooth, Lab
from tests.lab.guest.bonding import bond
from tests.lab.guest.steps import LINK_S, connect, exchange, until_both_up

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await bond(lab, alpha, beta)
    await lab.settle()
    await lab.pause(0.0, 30.0)
    async with lab.phase("linked", within=LINK_S):
        await lab.together(lambda: connect(alpha, beta), lambda: connect(beta, alpha))
        links = await until_both_up(alpha, beta)
    await exchange(links)
