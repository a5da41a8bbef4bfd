"""Alpha asks for the link; beta notices the call and answers only a minute later: the link is made all the same.

By then alpha's lone attempts have failed and both ends carry their marks (wpa_supplicant forgets nothing by itself).

Phases: `called` from alpha's connect until beta's status tells of the call; `linked` from beta's connect until both
ends say that the link is up.
"""

import trio

from tests.lab.guest import Failed, Host, Lab
from tests.lab.guest.steps import LINK_S, connect, exchange, see_each_other, status, until_link

HOSTS = ("alpha", "beta")
CALL_S = 60.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    caller, answerer = lab.random.sample((alpha, beta), 2)
    async with lab.phase("called", within=CALL_S):
        (await caller.airhail("connect", answerer.address, user=None)).check()
        await until_called(answerer, caller)
    await lab.pause(25.0, 90.0)
    async with lab.phase("linked", within=LINK_S):
        links = {answerer: await connect(answerer, caller)}
        links[caller] = await until_link(caller, answerer, "phase", "up", LINK_S)
    await exchange(links)


async def until_called(host: Host, caller: Host) -> None:
    for _ in range(int(CALL_S / 5)):
        if caller.address in (await status(host))["connection"].get("callers", {}):
            return
        await trio.sleep(5.0)
    raise Failed(f"{host.name} was never told that {caller.name} calls")
