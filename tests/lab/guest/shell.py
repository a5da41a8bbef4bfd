"""A shell in a host, on the kernel's console: `scripts/lab shell` plays this as its scenario."""

from pathlib import Path

import trio

from tests.lab.guest.failure import expect
from tests.lab.guest.lab import Lab
from tests.lab.guest.processes import enter, environment

HOSTS = ("alpha", "beta")
# The kernel's first console, which it joins to the terminal outside.
CONSOLE = Path("/dev/tty0")


async def scenario(lab: Lab) -> None:
    """Run bash in that host until the person leaves it."""
    wanted = lab.parameters["host"]
    hosts = {host.name: host for host in lab.hosts}
    expect(wanted in hosts, f"no host {wanted!r}; there are: {', '.join(hosts)}")
    others = " ".join(f"{host.name}={host.address}" for host in lab.hosts)
    shell = ["setsid", "--ctty", "--wait", "bash", "-c", f'echo "{wanted}: {others}"; exec bash -i']
    command = enter(hosts[wanted].anchor, shell, None, (), hosts[wanted].booted)
    env = environment(None, {"TERM": "xterm"})
    async with await trio.open_file(CONSOLE, "r+b", buffering=0) as console:
        await trio.run_process(
            command, stdin=console.fileno(), stdout=console.fileno(), stderr=console.fileno(), check=False, env=env
        )
