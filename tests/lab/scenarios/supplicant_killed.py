"""wpa_supplicant dies under a link: NetworkManager starts it again, and airhail makes the link again unasked.

Phases: `noticed` from the kill until that host says that the link is gone; `linked` from then until both ends are up.
"""

import signal

from tests.lab.guest import Lab
from tests.lab.guest.steps import LINK_S, exchange, link, link_of, see_each_other, until_link, until_state

HOSTS = ("alpha", "beta")
NOTICE_S = 20.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    await link(lab, alpha, beta)
    since = (await link_of(alpha, beta))["since"]
    async with lab.phase("noticed", within=NOTICE_S):
        alpha.kill("wpa_supplicant", signal.SIGKILL)
        # It may be made again before anybody can look, and then it is another one.
        await until_state(alpha, "connection", lambda state: state["links"][beta.address]["since"] != since, NOTICE_S)
    async with lab.phase("linked", within=LINK_S):
        links = {alpha: await until_link(alpha, beta, "phase", "up", LINK_S)}
        links[beta] = await until_link(beta, alpha, "phase", "up", LINK_S)
    links[beta] = await link_of(beta, alpha)
    await exchange(links)
