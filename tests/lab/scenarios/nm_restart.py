"""NetworkManager is restarted under a link: the group that outlived it is cleared away, and the link is made again.

A NetworkManager that starts knows nothing of the group that still runs, and since these radios have one place for a
group nothing else could run. Nobody asks for anything meanwhile.

Phases: `noticed` from its end until airhail says so; `linked` from its start until both links are up again.
"""

import signal

from tests.lab.guest import Host, HostSpec, Lab, Radio, expect
from tests.lab.guest.steps import LINK_S, exchange, link, link_of, see_each_other, until_link

NARROW = (Radio(interfaces=2),)
HOSTS = (HostSpec("alpha", radios=NARROW), HostSpec("beta", radios=NARROW))
NOTICE_S = 10.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    await link(lab, alpha, beta)
    struck, other = lab.random.sample((alpha, beta), 2)
    # Killed, it leaves its links as they are; asked to end, it takes a link of this kind down.
    number = lab.random.choice((signal.SIGKILL, signal.SIGTERM))
    async with lab.phase("noticed", within=NOTICE_S):
        struck.kill("NetworkManager", number)
        await until_link(struck, other, "reason", "networkmanager-gone", NOTICE_S)
    if number is signal.SIGKILL:
        expect(await is_full(struck), f"{struck.name} has room for another interface: nothing is in the way")
    async with lab.phase("linked", within=LINK_S):
        await struck.restart_network_manager()
        await until_link(struck, other, "phase", "up", LINK_S)
        await until_link(other, struck, "phase", "up", LINK_S)
    links = {struck: await link_of(struck, other), other: await link_of(other, struck)}
    await exchange(links)
    for host in (struck, other):
        expect(len(host.groups) == 1, f"{host.name} has {host.groups} where one group runs")


async def is_full(host: Host) -> bool:
    """Tell whether the radio lets no interface up beside those that it carries."""
    (await host.run("iw", "dev", "wlan0", "interface", "add", "more", "type", "managed")).check()
    up = await host.run("ip", "link", "set", "more", "up")
    (await host.run("iw", "dev", "more", "del")).check()
    return up.status != 0
