"""NetworkManager is stopped under a link: airhail says so and waits; when it is back, the link is made again.

Phases: `noticed` from the stop until both the link and the host say that NetworkManager is gone; `linked` from its
start until the link is up again, with nobody asking for it.
"""

import signal

from tests.lab.guest import Lab, expect
from tests.lab.guest.steps import LINK_S, exchange, link, link_of, see_each_other, status, until_link

HOSTS = ("alpha", "beta")
NOTICE_S = 10.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    links = await link(lab, alpha, beta)
    async with lab.phase("noticed", within=NOTICE_S):
        alpha.kill("NetworkManager", signal.SIGTERM)
        gone = await until_link(alpha, beta, "reason", "networkmanager-gone", NOTICE_S)
    expect("systemctl start NetworkManager" in gone["advice"], f"no advice to act on: {gone}")
    told = await status(alpha)
    expect(told["discovery"]["problem"]["reason"] == "networkmanager-gone", f"status: {told}")
    await lab.pause(5.0, 20.0)
    async with lab.phase("linked"):
        await alpha.restart_network_manager()
        links[alpha] = await until_link(alpha, beta, "phase", "up", LINK_S)
        links[beta] = await until_link(beta, alpha, "phase", "up", LINK_S)
    links[beta] = await link_of(beta, alpha)
    await exchange(links)
