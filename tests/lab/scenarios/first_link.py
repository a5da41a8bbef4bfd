"""Two hosts run airhail; two people look who is near, ask for the link, use it both ways, and end it.

Phases: `peers` from the two `airhail peers` until each sees the other; `linked` from the first `airhail connect`
until both say that the link is up, with IPv4; `down` from the two `airhail disconnect` until both links are gone.
"""

from tests.lab.guest import Lab
from tests.lab.guest.steps import disconnect, exchange, link, see_each_other

HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    await story(lab, user=None)


async def story(lab: Lab, user: str | None) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=user), lambda: beta.start_airhail(user=user))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta, user)
    await lab.pause(0.5, 8.0)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta, user)
    await exchange(links)
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta, user), lambda: disconnect(beta, alpha, user))
