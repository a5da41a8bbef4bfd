"""s6 runs airhail: installed, ready by its descriptor, killed, stopped and removed, with nothing left."""

from tests.lab.guest import Lab
from tests.lab.guest.service import under_s6

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = ("alpha",)


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    service = await under_s6(alpha)
    async with service.installed():
        async with lab.phase("ready"):
            await service.until_ready()
        async with lab.phase("killed"):
            await service.kill()
        async with lab.phase("stopped"):
            await service.until_stopped()
