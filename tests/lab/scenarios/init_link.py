"""Two installed airhails link, one under systemd with all its hardening, one under s6, with no right but our own.

Nobody is logged in and airhail is not root: what lets it do this is the D-Bus policy and the polkit rule that the
installation brings, and nothing that systemd takes away is missed. Phases `peers`, `linked`, `down`: see first-link.
"""

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.service import under_s6, under_systemd
from tests.lab.guest.steps import disconnect, exchange, link, see_each_other, status

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/lib/systemd/systemd"), "beta")


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    one, other = under_systemd(alpha), await under_s6(beta)
    async with one.installed(), other.installed():
        await lab.together(one.until_ready, other.until_ready)
        await lab.settle()
        for host in lab.hosts:
            told = await status(host)
            expect(told["discovery"]["tier"] == "netdev", f"{host.name}: wpa_supplicant does not talk to us: {told}")
            host.address = told["discovery"]["radio"]["address"]
        async with lab.phase("peers"):
            await see_each_other(lab, alpha, beta)
        async with lab.phase("linked"):
            links = await link(lab, alpha, beta)
        await exchange(links)
        async with lab.phase("down"):
            await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
        await lab.together(one.until_stopped, other.until_stopped)
