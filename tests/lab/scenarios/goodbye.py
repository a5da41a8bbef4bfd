"""Two hosts that trust each other are linked; one takes the link down, and the other knows at once that it has left.

Phases: `dead` from the command until the other end's liveness has said so.
"""

import trio

from tests.lab.guest import Host, Lab
from tests.lab.guest.cable import lay_cable
from tests.lab.guest.judging import Ear, both_alive, expect_authenticated, expect_finding, measure
from tests.lab.guest.steps import connect, until_both_up
from tests.lab.guest.trusting import introduce

HOSTS = ("alpha", "beta")
STEADY_S = 12.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lay_cable(alpha, beta)
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await introduce(lab, alpha, beta, "always")
    ears = (Ear(alpha), Ear(beta))
    await connect(alpha, beta)
    await until_both_up(alpha, beta)
    await both_alive(lab, ears)
    await trio.sleep(STEADY_S)
    await expect_authenticated(alpha, beta)
    leaver, stayer = lab.random.sample(lab.hosts, 2)
    said = await measure(lab, leave, leaver, stayer)
    expect_finding(said[stayer.name], "peer-left")


async def leave(lab: Lab, leaver: Host, other: Host) -> None:
    """Withdraw the wish."""
    (await leaver.airhail("disconnect", other.address, user=None)).check()
