"""A link is up. Each daemon of a host stands still for a while and goes on, or dies and is started anew, one by one.

After each the link is up at both ends and carries a ping, with nobody asking.

Phases: one a fault, named for it, from its end until the link has proved itself.
"""

from collections.abc import Awaitable, Callable

import trio

from tests.lab.guest import Host, Lab
from tests.lab.guest.steps import LINK_S, exchange, link, link_of, see_each_other, until_both_up

HOSTS = ("alpha", "beta")
# airhail's actors by the names they give themselves. Longer than its watchdog and NetworkManager's own deadlines.
FROZEN = ("dbus-daemon", "NetworkManager", "wpa_supplicant", "discovery", "connection")
LEAST_S = 1.0
MOST_S = 50.0
# Until then both ends have noticed what they will notice, and "up" means up.
NOTICE_S = 5.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    await link(lab, alpha, beta)
    for name in lab.random.sample(FROZEN, len(FROZEN)):
        host = lab.random.choice((alpha, beta))
        lab.note(f"{host.name}: {name} is frozen")
        host.freeze(name)
        await lab.pause(LEAST_S, MOST_S)
        host.thaw(name)
        await proved(lab, f"frozen-{name}")
    for name, restart in RESTARTS.items():
        host = lab.random.choice((alpha, beta))
        lab.note(f"{host.name}: {name} is restarted")
        await restart(host)
        await proved(lab, f"restarted-{name}")
    await exchange({alpha: await link_of(alpha, beta), beta: await link_of(beta, alpha)})


RESTARTS: dict[str, Callable[[Host], Awaitable[None]]] = {
    "wpa_supplicant": Host.restart_supplicant,
    "NetworkManager": Host.restart_network_manager,
    "dbus-daemon": Host.restart_bus,
}


async def proved(lab: Lab, fault: str) -> None:
    """Wait until the link is up at both ends and carries a ping."""
    alpha, beta = lab.hosts
    async with lab.phase(fault, within=2 * LINK_S):
        await trio.sleep(NOTICE_S)
        links = await until_both_up(alpha, beta)
        (await alpha.run("ping", "-c", "3", links[alpha]["peer_address"])).check()
