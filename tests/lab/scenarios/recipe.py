"""Two people run the README's busctl and nmcli commands by hand at both ends: the baseline without airhail.

Both start a find at the same time; once each sees the other they read the address, type, and bring the link up
with a human gap between the two sides. Both must reach activated, get IPv4, and ping the other.

Phases: `peers` from the two StartFind until both NetworkManagers list the other; `activated` from the first
`nmcli connection up` until both devices are activated; `ipv4` from then until both have an address.
"""

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.networkmanager import ACTIVATED, NAME, WIFI_P2P

HOSTS = ("alpha", "beta")
USER = "user"
FIND_S = 60
# NetworkManager gives a wifi-p2p activation up after 45 s by itself; nmcli waits 90 s for it.
NMCLI_S = 100.0
DHCP_S = 60.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    async with lab.phase("peers"):
        await lab.together(lambda: find(alpha, beta), lambda: find(beta, alpha))
    await lab.pause(0.5, 8.0)
    await lab.together(lambda: add(alpha, beta), lambda: add(beta, alpha))
    first, second = lab.random.sample((alpha, beta), 2)
    async with lab.phase("activated"):
        await lab.together(lambda: up(first), lambda: up_later(lab, second))
        for host in (alpha, beta):
            state = await host.nm.state()
            expect(state == ACTIVATED, f"{host.name}: activated, but the device is in state {state} by now")
    async with lab.phase("ipv4"):
        await lab.together(lambda: address(alpha), lambda: address(beta))
    await ping(alpha, beta)
    await ping(beta, alpha)


async def find(host: Host, other: Host) -> None:
    (
        await host.run(
            *("busctl", "call", NAME, host.p2p_device, WIFI_P2P, "StartFind", "a{sv}", "1"),
            *("timeout", "i", str(FIND_S)),
            user=USER,
        )
    ).check()

    async def sees() -> bool | None:
        return True if other.address in await host.nm.peers() else None

    await host.witness.until(sees, f"{other.name} seen", within=FIND_S)


async def add(host: Host, other: Host) -> None:
    (
        await host.run(
            *("nmcli", "connection", "add", "type", "wifi-p2p", "peer", other.address, "con-name", "conn"),
            *("connection.permissions", "user", "ipv4.method", "auto"),
            user=USER,
        )
    ).check()


async def up(host: Host) -> None:
    (await host.run("nmcli", "connection", "up", "conn", user=USER, timeout=NMCLI_S)).check()


async def up_later(lab: Lab, host: Host) -> None:
    await lab.pause(0.0, 3.0)
    await up(host)


async def address(host: Host) -> None:
    async def has_one() -> list[str] | None:
        return await host.nm.addresses() or None

    await host.witness.until(has_one, "an IPv4 address", within=DHCP_S)


async def ping(host: Host, other: Host) -> None:
    (target, *_) = await other.nm.addresses()
    (await host.run("ping", "-c", "3", target.split("/")[0], user=USER)).check()
