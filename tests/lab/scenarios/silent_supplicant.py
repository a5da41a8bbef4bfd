"""wpa_supplicant stands still while airhail starts: once it goes on, it is asked again, and tells of peers' calls.

Phases: `netdev` from when it goes on until airhail knows that it is talked to.
"""

import trio

from tests.lab.guest import Lab
from tests.lab.guest.steps import exchange, link, see_each_other, until_state

HOSTS = ("alpha", "beta")
# Longer than a question to wpa_supplicant may take, so that the first one is in vain.
STILL_S = 40.0
# airhail asks again after 10, 20 and 40 s.
ASKED_S = 100.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    alpha.freeze("wpa_supplicant")
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await trio.sleep(STILL_S)
    await until_state(alpha, "discovery", lambda state: state.get("tier") == "user", STILL_S)
    alpha.thaw("wpa_supplicant")
    async with lab.phase("netdev", within=ASKED_S):
        await until_state(alpha, "discovery", lambda state: state.get("tier") == "netdev", ASKED_S)
    await see_each_other(lab, alpha, beta)
    await exchange(await link(lab, alpha, beta))
