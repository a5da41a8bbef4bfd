"""A link is wanted, and the user has NetworkManager let the Wi-Fi adapter go: it stays let go until given back.

airhail says why there is no link, and uses no rung: the one that would take the adapter again is not for this.

Phases: `linked` from the return of the adapter until both links are up.
"""

import trio

from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.steps import exchange, link_of, until_both_up

HOSTS = ("alpha", "beta")
# Longer than the ladder waits for any symptom, and then for a link to have failed before it takes the adapter.
LET_GO_S = 240.0
READY_S = 30.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await let_go(alpha, True)
    (await alpha.airhail("connect", beta.address, user=None)).check()
    await trio.sleep(LET_GO_S)
    link = await link_of(alpha, beta)
    expect(link["reason"] == "radio-unmanaged", f"alpha says {link}")
    expect(not alpha.airhail_end.rungs(), f"alpha used {alpha.airhail_end.rungs()}")
    devices = (await alpha.run("nmcli", "--terse", "--fields", "DEVICE,STATE", "device")).stdout
    expect("wlan0:unmanaged" in devices.splitlines(), f"alpha took the adapter back: {devices}")
    await let_go(alpha, False)
    await alpha.witness.until(alpha.nm.usable_p2p_device, "its P2P device is ready", within=READY_S)
    # The kernel may have given it another one (docs/recovery.md).
    await alpha.learn_address()
    (await beta.airhail("connect", alpha.address, user=None)).check()
    async with lab.phase("linked"):
        links = await until_both_up(alpha, beta)
    await exchange(links)


async def let_go(host: Host, gone: bool) -> None:
    (await host.run("nmcli", "device", "set", "wlan0", "managed", "no" if gone else "yes")).check()
