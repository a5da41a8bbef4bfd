"""airhail runs for somebody whom NetworkManager lets do nothing: the reason and the remedy are told.

Phases: `peers` and `connect`, each until the command has said why not.
"""

from tests.lab.guest import Lab, expect

HOSTS = ("alpha",)
STRANGER = "nobody"
PEER = "42:00:00:00:09:00"


async def scenario(lab: Lab) -> None:
    (alpha,) = lab.hosts
    await alpha.start_airhail(user=STRANGER)
    await lab.settle()
    async with lab.phase("peers"):
        peers = await alpha.airhail("peers", "--json", user=STRANGER)
    expect(peers.status == 1, f"{peers}: 1 was expected")
    expect(peers.json["problem"]["reason"] == "not-permitted", f"{peers}: {peers.stdout}")
    expect("polkit" in peers.json["problem"]["advice"], f"no advice to act on: {peers.stdout}")
    async with lab.phase("connect"):
        connect = await alpha.airhail("connect", PEER, "--wait", "10", "--json", user=STRANGER)
    expect(connect.status == 1, f"{connect}: 1 was expected")
    expect(connect.json["reason"] == "not-permitted", f"{connect}: {connect.stdout}")
