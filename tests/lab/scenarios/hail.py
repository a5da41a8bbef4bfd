"""Two hosts bonded with `airhail pair` share no network; beta idles. Alpha alone asks for the link, and both link.

Nobody at beta does anything: alpha's advertisement wakes its kernel, and the hail runs over the connection of that.

Phases: `bonded` for `airhail pair` at both ends; from the command on, `linked` until the link is up at both ends, and
`authenticated` until an authenticated probe has gone each way and its answer has come back.
"""

from tests.lab.guest import Bluetooth, Lab
from tests.lab.guest.bonding import bond
from tests.lab.guest.judging import Ear, both_alive, expect_authenticated
from tests.lab.guest.steps import LINK_S, connect, exchange, until_both_up

HOSTS = ("alpha", "beta")
TIERS = True
BLUETOOTH = Bluetooth()


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=lab.user), lambda: beta.start_airhail(user=lab.user))
    async with lab.phase("bonded"):
        await bond(lab, alpha, beta, "always", lab.user)
    # Meanwhile the connection on which they bonded ends, after half a minute of silence.
    await lab.settle()
    await lab.pause(0.0, 30.0)
    ears = (Ear(alpha), Ear(beta))
    async with lab.phase("authenticated", within=LINK_S):
        async with lab.phase("linked", within=LINK_S):
            await connect(alpha, beta, lab.user)
            links = await until_both_up(alpha, beta)
        await both_alive(lab, ears)
    await expect_authenticated(alpha, beta)
    await exchange(links)
