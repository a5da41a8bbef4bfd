"""runit runs airhail: installed, ready, killed, stopped and removed, with nothing left."""

from tests.lab.guest import Lab
from tests.lab.guest.service import Service

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = ("alpha",)


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    await alpha.spawn("runsvdir", "runsvdir", "-P", "/etc/service")
    service = Service(
        host=alpha,
        options=("--init", "runit"),
        start=("ln", "-s", "/etc/sv/airhail", "/etc/service/"),
        # runsvdir looks for new services every five seconds; until then sv(8) knows of none.
        ready=("sh", "-c", "airhail status --wait 60 >/dev/null && sv -w 60 check /etc/sv/airhail"),
        stop=("sv", "-w", "60", "down", "/etc/sv/airhail"),
    )
    async with service.installed():
        async with lab.phase("ready"):
            await service.until_ready()
        async with lab.phase("killed"):
            await service.kill()
        async with lab.phase("stopped"):
            await service.until_stopped()
