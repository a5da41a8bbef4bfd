"""A host without a Wi-Fi adapter: every command says so, with what to do, and nothing pretends to try.

Phases: `peers` and `connect`, each until the command has said why not.
"""

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.steps import status

HOSTS = (HostSpec("alpha", radios=()),)
NOBODY = "42:00:00:00:09:00"


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    await alpha.start_airhail(user=None)
    async with lab.phase("peers"):
        peers = await alpha.airhail("peers", "--json", user=None)
    expect(peers.status == 1, f"{peers}: 1 was expected")
    expect(peers.json["problem"]["reason"] == "no-radio", f"{peers}: {peers.stdout}")
    async with lab.phase("connect"):
        connect = await alpha.airhail("connect", NOBODY, "--wait", "10", "--json", user=None)
    expect(connect.status == 1, f"{connect}: 1 was expected")
    expect(connect.json["reason"] == "no-radio", f"{connect}: {connect.stdout}")
    expect("iw list" in connect.json["advice"], f"no advice to act on: {connect.stdout}")
    told = await status(alpha)
    expect(told["discovery"]["problem"]["reason"] == "no-radio", f"status: {told}")
