"""A link is up; one of the two walks out of range and, later, back: they link again without anybody asking.

Both ends say that the link is gone, by their liveness. Without it the owner would hear nothing: wpa_supplicant lets a
silent client go after 300 s (P2P_GO_MAX_INACTIVITY).

Phases: `noticed` from the end of the way out until the client says that the link is gone; `again` from the end of the
way back until both ends say that it is up and a datagram passes both ways.
"""

import trio

from tests.lab.guest import Lab, expect
from tests.lab.guest.steps import LINK_S, exchange, link, link_of, see_each_other, until_both_up

AIR = True
HOSTS = ("alpha", "beta")
NEAR_M = 3.0
FAR_M = 260.0
WALK_S = 60.0
NOTICE_S = 30.0
# By then the client may have asked for the link again in vain: unheard, or at the edge of reach, where a word gets
# through and the next one does not.
IN_VAIN = ("peer-not-found", "peer-never-answered", "negotiation-failed", "formation-failed")
GONE = ("peer-left", "peer-silent", "radio-stuck", "one-way", *IN_VAIN)


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    links = await link(lab, alpha, beta)
    client, owner = (alpha, beta) if links[alpha]["role"] == "client" else (beta, alpha)
    walker, stayer = lab.random.sample((alpha, beta), 2)
    await lab.air.walk(walker, stayer, NEAR_M, FAR_M, WALK_S)
    async with lab.phase("noticed", within=NOTICE_S):
        # It may be looking for the owner again already.
        gone = await link_of(client, owner)
        for _ in range(int(NOTICE_S)):
            if gone["phase"] != "up":
                break
            await trio.sleep(1.0)
            gone = await link_of(client, owner)
    expect(gone["reason"] in GONE, f"{client.name} says {gone}")
    await lab.pause(10.0, 60.0)
    await lab.air.walk(walker, stayer, FAR_M, NEAR_M, WALK_S)
    async with lab.phase("again", within=LINK_S):
        await exchange(await until_both_up(client, owner))
