"""Somebody switches `managed` off and on for the Wi-Fi Direct device itself, which leaves it unavailable for good.

airhail has NetworkManager take the Wi-Fi adapter anew, since nobody is online over it, and the link comes about.

Phases: `ready` from the two wishes until the device is ready again; `linked` until both links are up.
"""

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.networkmanager import DEVICE, DISCONNECTED, NAME
from tests.lab.guest.steps import exchange, see_each_other, status, until_both_up

HOSTS = ("alpha", "beta")
READY_S = 120.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    for managed in (False, True):
        await set_managed(alpha, managed)
        await lab.pause(2.0, 4.0)
    expect(await alpha.nm.state() < DISCONNECTED, "alpha: the device is not stuck: this is not the story")
    async with lab.phase("ready", within=READY_S):
        (await alpha.airhail("connect", beta.address, user=None)).check()
        (await beta.airhail("connect", alpha.address, user=None)).check()
        await alpha.witness.until(alpha.nm.usable_p2p_device, "its P2P device is ready", within=READY_S)
    async with lab.phase("linked"):
        links = await until_both_up(alpha, beta)
    await exchange(links)
    history = (await status(alpha))["connection"]["history"]
    lab.note(f"history: {history}")
    expect(any(line["outcome"] == "cured" for line in history), f"nothing is said to have cured it: {history}")


async def set_managed(host: Host, managed: bool) -> None:
    properties = "org.freedesktop.DBus.Properties"
    body = (DEVICE, "Managed", ("b", managed))
    await host.bus.call(NAME, host.p2p_device, properties, "Set", "ssv", body)
