"""Alpha's Wi-Fi is on an ordinary access point; whatever airhail does with beta, that network is not disturbed.

A TCP connection over the access point goes on and no default route appears or goes: while alpha looks for peers, asks
in vain, is answered, loses its link because beta's wpa_supplicant dies, has it made again, and gives it up.

Phases: `joined` until alpha is in the access point's network; `peers`; `alone` from alpha's request until its first
attempt has failed; `linked` from beta's answer; `again` from beta's death until the link is back; `down`.
"""

from tests.lab.guest import HostSpec, Lab
from tests.lab.guest.accesspoint import guard, join, serve
from tests.lab.guest.steps import LINK_S, connect, disconnect, exchange, see_each_other, until_both_up, until_link

PACKAGES = ("hostapd",)
HOSTS = ("alpha", "beta", HostSpec("home", network_manager=False))
# Of 2.4 GHz: three on which P2P devices meet, and one on which they never do. The group follows the access point.
CHANNELS = (1, 3, 6, 11)
ALONE_S = 60.0


async def scenario(lab: Lab) -> None:
    alpha, beta, home = lab.hosts
    channel = lab.random.choice(CHANNELS)
    lab.note(f"the access point is on channel {channel}")
    await serve(home, channel)
    async with lab.phase("joined"):
        await join(alpha, home)
    guarded = await guard(alpha)
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await guarded.undisturbed(lab)
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("alone", within=ALONE_S):
        (await alpha.airhail("connect", beta.address, user=None)).check()
        await until_link(alpha, beta, "phase", "failed", ALONE_S)
    await guarded.undisturbed(lab)
    async with lab.phase("linked"):
        links = {beta: await connect(beta, alpha)}
        links[alpha] = await until_link(alpha, beta, "phase", "up", LINK_S)
    await exchange(links)
    await guarded.undisturbed(lab)
    async with lab.phase("again"):
        await beta.restart_supplicant()
        await until_link(alpha, beta, "phase", "failed", LINK_S)
        links = await until_both_up(alpha, beta)
    await exchange(links)
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
    await guarded.undisturbed(lab)
