"""Alpha is linked to a host without airhail, whose user types nmcli's commands; then that host's radio is lost.

Liveness calls the link alive, as one to a foreign peer, and a quiet minute kills nothing. `facts` tells who owned the
group: a client hears an owner's beacons, an owner nothing of a client that keeps quiet.

Phases: `linked` from the wishes until alpha's link is up; `dead` from the loss until alpha's liveness has said so.
"""

import trio

from tests.lab.guest import Host, Lab, byhand, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.judging import Ear, expect_finding, lose_radio, measure
from tests.lab.guest.steps import LINK_S, connect

AIR = True
HOSTS = ("alpha", "beta")
# A person types the command again when it fails.
TRIES = 3
AGAIN_S = 5.0
QUIET_S = 60.0
ASK_S = 10.0
# Such a peer counts as gone after 6 s without a sign of its radio, at which liveness looks once a second.
DEAD_S = 10.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await alpha.start_airhail(user=None)
    await lab.settle()
    watching = await alpha.spawn("peers", *COMMAND, "peers", "--watch", "--json")  # which makes alpha visible
    await byhand.find(beta, alpha)
    await watching.stop()
    await byhand.add(beta, alpha)
    ear = Ear(alpha)
    async with lab.phase("linked", within=LINK_S):
        await lab.together(lambda: connect(alpha, beta), lambda: bring_up(lab, beta))
    await ear.hear("alive", LINK_S)
    await trio.sleep(QUIET_S)
    expect("dead" not in ear.verdicts, f"a quiet minute has killed the link: {ear.verdicts}")
    lab.facts["said"] = ear.verdicts
    link = await watched(alpha, beta)
    expect((link["mode"], link["verdict"]) == ("foreign", "alive"), f"liveness tells {link}")
    lab.facts["role"] = await role(alpha)
    said = await measure(lab, lose_radio, beta, alpha, within=DEAD_S)
    expect_finding(said["alpha"], "peer-silent", "peer-left", "SUPPLICANT_DISCONNECT")


async def bring_up(lab: Lab, host: Host) -> None:
    """Have a host's user bring the link up."""
    for _ in range(TRIES):
        await lab.pause(0.5, AGAIN_S)
        done = await byhand.up(host)
        if done.status == 0:
            return
    done.check()


async def watched(host: Host, other: Host) -> dict[str, str]:
    """Return what the host's liveness publishes of its link."""
    told = (await host.run(*COMMAND, "inspect", "liveness", "--json", timeout=ASK_S)).check().json
    link: dict[str, str] = told["state"]["links"][other.address]
    return link


async def role(host: Host) -> str:
    """Return the host's part in the group."""
    told = (await host.run("iw", "dev")).check().stdout
    return "owner" if "type P2P-GO" in told else "client"
