"""OpenRC runs airhail: installed, ready, killed, stopped and removed, with nothing left."""

from tests.lab.guest import HostSpec, Lab
from tests.lab.guest.service import Service

# Debian 13's openrc cannot be installed: it depends on insserv, which is gone.
RELEASE = "bookworm"
PACKAGES = ("openrc", "python3-venv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/sbin/openrc-init"),)


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    service = Service(
        host=alpha,
        options=("--init", "openrc"),
        start=("sh", "-c", "rc-update add airhail default && rc-service airhail start"),
        ready=("rc-service", "airhail", "status"),
        stop=("rc-service", "airhail", "stop"),
    )
    async with service.installed():
        async with lab.phase("ready"):
            await service.until_ready()
        async with lab.phase("killed"):
            await service.kill()
        async with lab.phase("stopped"):
            await service.until_stopped()
