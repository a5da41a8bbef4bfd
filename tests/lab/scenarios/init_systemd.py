"""systemd runs airhail: installed, ready, killed, hung, badly configured, stopped and removed, with nothing left."""

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.service import Service, under_systemd

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/lib/systemd/systemd"),)
CONFIG = "etc/airhail/airhail.toml"
# What `systemd-analyze security` calls OK ends at 4.9, and most services of a stock Debian are beyond 9.
EXPOSURE = 2.0


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    service = under_systemd(alpha)
    async with service.installed():
        async with lab.phase("ready"):
            await service.until_ready()
        async with lab.phase("killed"):
            await service.kill()
        async with lab.phase("hung"):
            await hang(service)
        async with lab.phase("misconfigured"):
            await misconfigure(service)
        await score(service)
        async with lab.phase("stopped"):
            await service.until_stopped()


async def hang(service: Service) -> None:
    """Stop the supervisor in its tracks: the watchdog ends it, and systemd starts it again."""
    before = await service.pids()
    await service.run("kill", "-STOP", str(before["supervisor"]))
    after = await service.pids_again()
    expect(before["supervisor"] != after["supervisor"], f"the watchdog let {before} live")


async def misconfigure(service: Service) -> None:
    """Write nonsense into the configuration: airhail says where, and systemd tries no second time."""
    await service.run("install", "-D", "/dev/null", f"/{CONFIG}")
    (service.host.root / CONFIG).write_text("[log]\nlevel = 'loud'\n")
    refused = await service.attempt("systemctl", "restart", "airhail.service")
    expect(refused.status != 0, f"{refused}: it started")
    shown = await service.run("systemctl", "show", "airhail.service")
    expect("ExecMainStatus=78" in shown and "SubState=failed" in shown, f"78 was expected: {shown}")
    await service.run("journalctl", "--sync")
    told = await service.run("journalctl", "-u", "airhail")
    expect("airhail.toml, line 2" in told, f"the journal does not name the line: {told}")
    await service.run("rm", "-r", "/etc/airhail")
    await service.run("systemctl", "reset-failed", "airhail.service")
    await service.until_ready()


async def score(service: Service) -> None:
    """Ask systemd how much the service could do beyond its job."""
    unit = "/etc/systemd/system/airhail.service"
    verdict = (await service.run("systemd-analyze", "security", "--offline=true", unit)).splitlines()[-1]
    exposure = float(verdict.split(":")[1].split()[0])
    expect(exposure <= EXPOSURE, verdict)
