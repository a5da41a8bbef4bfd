"""Two people run the busctl and nmcli commands of `guest/byhand.py` at both ends: the baseline without airhail.

Both start a find at the same time; once each sees the other they read the address, type, and bring the link up
with a human gap between the two sides. Both must reach activated, get IPv4, and ping the other.

Phases: `peers` from the two StartFind until both NetworkManagers list the other; `activated` from the first
`nmcli connection up` until both devices are activated; `ipv4` from then until both have an address.
"""

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.byhand import address, meet, ping, up
from tests.lab.guest.networkmanager import ACTIVATED

HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    await meet(lab)
    first, second = lab.random.sample((alpha, beta), 2)
    async with lab.phase("activated"):
        await lab.together(lambda: must_link(first), lambda: must_link_later(lab, second))
        for host in (alpha, beta):
            state = await host.nm.state()
            expect(state == ACTIVATED, f"{host.name}: activated, but the device is in state {state} by now")
    async with lab.phase("ipv4"):
        await lab.together(lambda: address(alpha), lambda: address(beta))
    await ping(alpha, beta)
    await ping(beta, alpha)


async def must_link(host: Host) -> None:
    (await up(host)).check()


async def must_link_later(lab: Lab, host: Host) -> None:
    await lab.pause(0.0, 3.0)
    await must_link(host)
