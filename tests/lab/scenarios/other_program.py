"""Another program on alpha uses the radio too: it ends finds, begins its own, announces a display, takes the device.

Airhail finds its peer and links in spite of it, says who has the radio while it is taken, and has its link back by
itself when that program is done.

Phases: `peers` while the program ends the find every few seconds; `linked` although it ends one in the middle of the
negotiation, and changes the Wi-Fi Display elements; `taken` from its own activation until airhail says that the radio
is taken; `back` from the end of its connection until the link is up again, unasked.
"""

import trio

from tests.lab.guest import Host, Lab
from tests.lab.guest.networkmanager import DEVICE
from tests.lab.guest.others import announce_display, give_back, start_find, stop_find, take_over
from tests.lab.guest.steps import LINK_S, exchange, link, see_each_other, until_both_up, until_link

HOSTS = ("alpha", "beta")
NOBODY = "02:00:00:00:99:00"
MEDDLINGS = 6
CONFIG = 50
TAKEN_S = 20.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("peers"):
        await lab.together(lambda: see_each_other(lab, alpha, beta), lambda: meddle(lab, alpha))
    await announce_display(alpha)
    async with lab.phase("linked"):
        await lab.together(lambda: link(lab, alpha, beta), lambda: stop_find_while_negotiating(lab, alpha))
    async with lab.phase("taken", within=TAKEN_S):
        await take_over(alpha, NOBODY)
        await until_link(alpha, beta, "reason", "taken-over", TAKEN_S)
    await lab.pause(0.0, 10.0)
    await give_back(alpha)
    async with lab.phase("back", within=2 * LINK_S):
        await exchange(await until_both_up(alpha, beta))


async def meddle(lab: Lab, host: Host) -> None:
    """End the find, and begin one of one's own, as a program does that looks for displays."""
    for _ in range(MEDDLINGS):
        await lab.pause(1.0, 5.0)
        await stop_find(host)
        if lab.random.random() < 0.5:
            await start_find(host, seconds=10)


async def stop_find_while_negotiating(lab: Lab, host: Host) -> None:
    await host.witness.signal(
        "StateChanged", path=host.p2p_device, interface=DEVICE, within=LINK_S, where=lambda body: body[0] == CONFIG
    )
    await trio.sleep(lab.random.uniform(0.0, 1.0))
    await stop_find(host)
