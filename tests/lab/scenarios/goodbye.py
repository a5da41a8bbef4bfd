"""Two hosts that trust each other are linked; one takes the link down, and the other knows at once that it has left.

It stays down, although the one that was left would have taken every call.

Phases: `dead` from the command until the other end's liveness has said so.
"""

import trio

from tests.lab.guest import Host, Lab
from tests.lab.guest.cable import lay_cable
from tests.lab.guest.failure import expect
from tests.lab.guest.judging import Ear, both_alive, expect_authenticated, expect_finding, measure
from tests.lab.guest.steps import connect, link_of, until_both_up
from tests.lab.guest.trusting import introduce

HOSTS = ("alpha", "beta")
STEADY_S = 12.0
LEFT_ALONE_S = 60.0


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
    # Longer than the stayer waits before it asks for the link again, and is told that it is not wanted any more.
    await trio.sleep(LEFT_ALONE_S)
    await expect_left_alone(alpha, beta, leaver)


async def expect_left_alone(caller: Host, called: Host, leaver: Host) -> None:
    """Expect the link down at both ends, and gone the wish of who left: with the caller's goes the called one's."""
    for host, other in ((caller, called), (called, caller)):
        left = await link_of(host, other) or {"wanted": False, "phase": "down"}
        expect(left["phase"] in ("down", "failed"), f"{host.name}: the link that was ended came back: {left}")
        goes = leaver in (caller, host)
        expect(left["wanted"] is not goes, f"{host.name}: the wish should {'be gone' if goes else 'stay'}: {left}")
        expect(goes or left["reason"] == "peer-withdrew", f"{host.name}: it was not told why: {left}")


async def leave(lab: Lab, leaver: Host, other: Host) -> None:
    """Withdraw the wish."""
    (await leaver.airhail("disconnect", other.address, user=None)).check()
