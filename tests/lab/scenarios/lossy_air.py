"""The air is poor: in each direction a share of all tries is lost. Two hosts find each other and link all the same.

Then nothing gets through in one direction for a while, and the air clears up: the link is up again without anybody
asking.

Phases: `peers` and `linked` as in first-link; `carried` half a minute of pings over the poor air; `again` from the
clearing up until both ends say that the link is up and a datagram passes both ways.
"""

from tests.lab.guest import Lab, Path
from tests.lab.guest.pinging import keep_pinging
from tests.lab.guest.steps import LINK_S, exchange, link, see_each_other, until_both_up

AIR = True
HOSTS = ("alpha", "beta")
CARRIED_S = 30


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    for sender, hearer in ((alpha, beta), (beta, alpha)):
        loss = lab.random.uniform(0.1, 0.4)
        lab.air.towards(sender, hearer, Path(signal=-78, loss=loss, delay=lab.random.uniform(0.0, 0.003)))
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta)
    await exchange(links)
    async with lab.phase("carried", within=2 * CARRIED_S):
        await keep_pinging(alpha, beta, links[alpha]["peer_address"], CARRIED_S)
    deaf, heard = lab.random.sample((alpha, beta), 2)
    before = Path(signal=-78, loss=0.2)
    lab.air.towards(heard, deaf, None)
    await lab.pause(5.0, 40.0)
    lab.air.towards(heard, deaf, before)
    async with lab.phase("again", within=2 * LINK_S):
        await exchange(await until_both_up(alpha, beta))
