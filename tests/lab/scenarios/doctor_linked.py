"""airhail doctor during a link: the group's interface is known for what it is, and airhail tells its tier.

Phases: `linked` until both ends say that the link is up; `examined`; `left` after the link is down again.
"""

from functools import partial

from tests.lab.guest import Host, Lab, supplicant
from tests.lab.guest.networkmanager import ACTIVATED
from tests.lab.guest.steps import disconnect, link, see_each_other
from tests.lab.scenarios.doctor import examine

HOSTS = ("alpha", "beta")
# It needs some 2 s more.
ACTIVATED_S = 10.0
# A few milliseconds in the lab.
REMOVED_S = 5.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        await link(lab, alpha, beta)
    for host in lab.hosts:
        # The link is up before NetworkManager tells of its interface.
        await host.witness.until(partial(activated, host), "NetworkManager is not done", within=ACTIVATED_S)
    async with lab.phase("examined"):
        found = await examine(alpha, 0)
        found.expect("airhail", "fine", about="supervisor", says="tier netdev")
        found.expect("p2p-device", "fine", about="p2p-dev-wlan0", says="in use")
        found.expect("leftovers", "fine", says="No group")
        other = await examine(beta, 0, user="user")
        other.expect("leftovers", "fine", says="No group")
        other.expect("airhail", "unknown", says="may not be used by this user")
    async with lab.phase("left"):
        await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
        # NetworkManager is done before wpa_supplicant has removed the group.
        await supplicant.until_no_group(alpha, REMOVED_S)
        (await examine(alpha, 0)).expect("leftovers", "fine", says="No group")


async def activated(host: Host) -> bool | None:
    """Answer once NetworkManager has the link."""
    return True if await host.nm.state() == ACTIVATED else None
