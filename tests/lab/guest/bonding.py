"""Two people who bond their hosts with `airhail pair`, by which the hosts trust each other, too."""

from typing import Any

from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.pairing import Pairing, pair


async def bond(lab: Lab, caller: Host, called: Host, policy: str = "ask", user: str | None = None) -> None:
    """Have one person name the other's host, both see the same number, and both choose what is done about calls."""
    # The default agent is one for all hosts: the called one's person comes last.
    pairings = [await pair(caller, called.name, user=user), await pair(called, user=user)]
    await lab.together(*(lambda one=one: agree(one) for one in pairings))
    for host, other in ((caller, called), (called, caller)):
        if policy != "ask":
            (await host.airhail("trust", other.name, "--policy", policy, user=user)).check()


async def agree(pairing: Pairing) -> dict[str, Any]:
    """Say yes to the number; return how the host and the other one were introduced."""
    if "digits" in await pairing.until("compare"):
        await pairing.say("yes")
    told = await pairing.introduced()
    expect(told.get("trusted"), f"{pairing.host.name}: {told}")
    return told
