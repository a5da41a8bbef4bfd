"""The D-Bus daemon, and the services on it, go and come back: no actor ends, and each sees them again.

With radios, where NetworkManager and wpa_supplicant have something to lose, it is told in the lab.
"""

import trio

from airhail.ipc.client import Client
from tests.system.faults.house import ACTORS, PEER, house_in
from tests.system.faults.seen import restarts
from tests.system.supervised.harness import WITHIN, State, Supervised

ROUNDS = 3


async def follow_until(client: Client, wanted: str) -> State:
    """Follow connection until the link's reason is as wanted."""
    with trio.fail_after(WITHIN):
        async with client.subscribe() as states:
            async for state in states:
                if state.get("links", {}).get(PEER, {}).get("reason") == wanted:
                    return state
    raise AssertionError("the states ended")


async def test_the_bus_dies_and_comes_back_and_no_actor_ends(tree: Supervised) -> None:
    async with house_in(tree) as house, house.airhail():
        before = await house.until_running()
        async with house.client("connection") as client:
            await client.call("connect", {"peer": PEER}, within=WITHIN)
            for _ in range(ROUNDS):
                await follow_until(client, "networkmanager-gone")
                await house.bus.kill()
                assert PEER in (await house.connection())["links"]
                await house.bus.start()
            await follow_until(client, "networkmanager-gone")
        after = await house.until_running()
        for name in ACTORS:
            assert restarts(after, name) == 0
            assert after["actors"][name]["pid"] == before["actors"][name]["pid"]
