"""Two hosts that share an ordinary network and trust each other: one asks for the link, and both link.

Nobody at beta does anything, and airhail there finds nobody by itself: the hail wakes it.

Phases: `trusted` for the introduction; `linked` from alpha's command until the link is up at both ends.
"""

from tests.lab.guest import Lab
from tests.lab.guest.cable import lay_cable
from tests.lab.guest.steps import LINK_S, connect, exchange, until_both_up
from tests.lab.guest.trusting import introduce

HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lay_cable(alpha, beta)
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("trusted"):
        await introduce(lab, alpha, beta, "always")
    await lab.pause(0.0, 30.0)
    async with lab.phase("linked", within=LINK_S):
        await connect(alpha, beta)
        links = await until_both_up(alpha, beta)
    await exchange(links)
