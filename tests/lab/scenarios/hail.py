"""Two hosts bonded with `airhail pair` share no network; beta idles. Alpha alone asks for the link, and both link.

Nobody at beta does anything: alpha's advertisement wakes its kernel, and the hail runs over the connection of that.

Phases: `bonded` for `airhail pair` at both ends; `linked` from alpha's command until the link is up at both ends.
"""

from tests.lab.guest import Bluetooth, Lab
from tests.lab.guest.bonding import bond
from tests.lab.guest.steps import LINK_S, connect, exchange, until_both_up

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    async with lab.phase("bonded"):
        await bond(lab, alpha, beta, "always")
    # Meanwhile the connection on which they bonded ends, after half a minute of silence.
    await lab.settle()
    await lab.pause(0.0, 30.0)
    async with lab.phase("linked", within=LINK_S):
        await connect(alpha, beta)
        links = await until_both_up(alpha, beta)
    await exchange(links)
