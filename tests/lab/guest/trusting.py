"""Two people who make their hosts trust each other."""

from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab

# Both compare the codes as soon as they are there; the rest is the introduction's own time.
TRUST_S = 60.0


async def introduce(lab: Lab, first: Host, second: Host, policy: str) -> None:
    """Have both run `airhail trust` with the other's name, and find the codes to be the same."""
    await lab.together(lambda: trust(first, second, policy), lambda: trust(second, first, policy))


async def trust(host: Host, other: Host, policy: str) -> None:
    command = " ".join((*COMMAND, "trust", other.name, "--policy", policy))
    (await host.run("sh", "-c", f"echo yes | {command}", timeout=TRUST_S)).check()
