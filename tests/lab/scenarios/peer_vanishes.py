"""A peer goes away twice: in the middle of the connect, and later from a link that is up.

First beta is visible but does not want the link, and its radio's daemons die just as alpha asks: alpha ends with its
own deadline, not NetworkManager's 45 s, and says why. Then beta comes back, both link, and beta dies again.

Phases: `unanswered` from the moment beta vanishes until alpha gives the attempt up; `linked` once beta is back;
`left` from the second death until alpha says that the peer is gone.
"""

import signal

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.networkmanager import DEVICE
from tests.lab.guest.steps import link, see_each_other, until_link

HOSTS = ("alpha", "beta")
CONFIG = 50
# Our own deadline for an activation is 20 s; the rest is for the reason to be told.
UNANSWERED_S = 25.0
# Liveness says so within 2 s; a link this young may be one on which it has not met the peer yet.
LEFT_S = 10.0
GONE = ("peer-left", "peer-silent")
ANSWERS = ("peer-never-answered", "negotiation-failed", "formation-failed")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    mark = alpha.witness.mark()
    (await alpha.airhail("connect", beta.address, user=None)).check()
    await alpha.witness.signal(
        "StateChanged", path=alpha.p2p_device, interface=DEVICE, since=mark, within=60.0, where=is_configuring
    )
    async with lab.phase("unanswered", within=UNANSWERED_S):
        await vanish(beta)
        failed = await until_link(alpha, beta, "phase", "failed", UNANSWERED_S)
    expect(failed["reason"] in ANSWERS, f"alpha says {failed}")
    expect(failed["advice"], f"no advice: {failed}")
    await beta.restart_network_manager()
    async with lab.phase("linked"):
        await link(lab, alpha, beta)
    async with lab.phase("left", within=LEFT_S):
        await vanish(beta)
        left = await until_link(alpha, beta, "phase", "failed", LEFT_S)
    expect(left["reason"] in GONE, f"alpha says {left}")


async def vanish(host: Host) -> None:
    """Take a host off the air at once: its daemons die and its radio falls silent."""
    host.kill("NetworkManager", signal.SIGKILL)
    host.kill("wpa_supplicant", signal.SIGKILL)
    # The parent first: its group's interface may go with it.
    for interface in sorted((await host.run("ls", "/sys/class/net")).check().stdout.split(), reverse=True):
        if interface != "lo":
            await host.run("ip", "link", "set", interface, "down")


def is_configuring(body: tuple[object, ...]) -> bool:
    return body[0] == CONFIG
