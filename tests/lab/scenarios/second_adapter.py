"""Alpha has two Wi-Fi adapters, of which one alone has a P2P engine: airhail uses that one, and follows it.

NetworkManager shows a Wi-Fi Direct device for each, and takes a find on either, but only the engine's own will ever
see a peer: that of the adapter that wpa_supplicant took first. At first it is wlan0's; then wlan0 is away while
wpa_supplicant starts anew, and comes back.

Phases: `peers`, `linked` and `down` as in first-link; `moved` from wlan0's return until each sees the other again,
`linked-again` until they are linked by way of wlan1.
"""

from tests.lab.guest import Host, HostSpec, Lab, Radio, expect
from tests.lab.guest.steps import disconnect, exchange, link, see_each_other

HOSTS = (HostSpec("alpha", radios=(Radio(), Radio())), "beta")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        await exchange(await link(lab, alpha, beta))
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
    await move_engine(alpha)
    async with lab.phase("moved"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("linked-again"):
        await exchange(await link(lab, alpha, beta))


async def move_engine(host: Host) -> None:
    """Let wpa_supplicant take wlan1 first."""
    before = host.address
    (await host.run("nmcli", "device", "set", "wlan0", "managed", "no")).check()
    await host.restart_supplicant()
    (await host.run("nmcli", "device", "set", "wlan0", "managed", "yes")).check()
    expect(host.address != before, f"{host.name}: the engine is still that of {before}")
