"""systemd runs one actor without airhail's supervisor: its socket, READY=1, watchdog and restarts are the same.

Phases: `called` until the first caller at the socket has its answer, `killed` and `hung` until the next one has.
"""

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.service import BACK_S, Service

PACKAGES = ("libpam-systemd", "python3-venv", "runit", "s6", "systemd-sysv")
WHEELS = True
HOSTS = (HostSpec("alpha", init="/lib/systemd/systemd"),)
UNITS = "/airhail/scripts/init/systemd/actor"
SOCKET = "airhail-actor@discovery.socket"
UNIT = "airhail-actor@discovery.service"


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    service = Service(
        host=alpha,
        options=("--init", "systemd"),
        start=("systemctl", "start", SOCKET),
        ready=("systemctl", "is-active", SOCKET),
        stop=("systemctl", "stop", SOCKET, UNIT),
    )
    async with service.installed():
        await service.run("sh", "-c", f"cp {UNITS}/* /etc/systemd/system && systemctl daemon-reload")
        await service.run(*service.start)
        expect(await main_pid(service) == 0, "the socket alone started the actor")
        async with lab.phase("called"):
            state = (await service.airhail("inspect", "discovery"))["state"]
        expect(state["tier"] == "netdev", f"wpa_supplicant does not talk to it: {state}")
        expect("radio" in state, f"it sees no radio: {state}")
        shown = await service.run("systemctl", "show", UNIT)
        expect("ActiveState=active" in shown and "SubState=running" in shown, f"not taken for ready: {shown}")
        for phase, signal in (("killed", "-KILL"), ("hung", "-STOP")):
            before = await main_pid(service)
            async with lab.phase(phase, within=BACK_S):
                await service.run("kill", signal, str(before))
                # A caller waits in the socket's backlog for whoever serves it next, as long as a command waits.
                while (await service.attempt(service.command, "inspect", "discovery")).status != 0:
                    pass
            expect(await main_pid(service) not in (0, before), f"{phase}: {before} serves on")
        await service.run(*service.stop)
        left = alpha.pids("airhail.actors.discovery")
        expect(not left, f"{left} outlived their unit")
        await service.run("sh", "-c", "rm -r /etc/systemd/system/airhail-actor* /run/airhail")


async def main_pid(service: Service) -> int:
    """Return the actor's process as systemd knows it; 0 when there is none."""
    return int(await service.run("systemctl", "show", "--value", "--property=MainPID", UNIT))
