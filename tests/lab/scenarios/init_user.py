"""A person installs airhail for themselves: their own systemd runs it, with no word from root."""

from tests.lab.guest import HostSpec, Lab
from tests.lab.guest.service import under_systemd

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/lib/systemd/systemd"),)


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    # What logging in does; the lab has no login. It also runs while nobody is, as after `loginctl enable-linger`.
    (await alpha.run("systemctl", "start", "user@1000.service")).check()
    service = under_systemd(alpha, "user")
    async with service.installed():
        async with lab.phase("ready"):
            await service.until_ready()
        async with lab.phase("killed"):
            await service.kill()
        async with lab.phase("stopped"):
            await service.until_stopped()
