"""wpa_supplicant is started anew twice on one host: while nobody wants anything, and in the middle of an activation.

The first time only the find goes on there; the second time both want the link, and get it all the same.

Phases: `found` from the first end of wpa_supplicant until discovery there finds again, in the new engine; `peers`
until both see each other once more; `linked` from the two wishes, over the second end, until both links are up.
"""

import json
import signal
from typing import Any

from airhail.ipc.patch import apply
from tests.lab.guest import Host, Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.networkmanager import DEVICE
from tests.lab.guest.steps import LINK_S, exchange, link_of, see_each_other, status, until_link

HOSTS = ("alpha", "beta")
DISCONNECTED = 30
CONFIG = 50
# NetworkManager has wpa_supplicant started again within 8 s, and discovery's call follows at once.
FOUND_S = 30.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    struck = lab.random.choice((alpha, beta))
    # Somebody looks on all the time, so that there is a find to lose.
    looking = [await host.spawn("looking", *COMMAND, "peers", "--watch", "--json") for host in (alpha, beta)]
    async with lab.phase("found", within=FOUND_S):
        struck.kill("wpa_supplicant", signal.SIGTERM)
        await until_found_again(struck)
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    for watching in looking:
        await watching.stop()
    await lab.pause(0.5, 8.0)
    mark = struck.witness.mark()
    async with lab.phase("linked", within=LINK_S):
        await lab.together(lambda: want(alpha, beta), lambda: want(beta, alpha))
        # NetworkManager has made its device anew, at another path.
        await struck.witness.signal("StateChanged", interface=DEVICE, since=mark, within=60.0, where=is_configuring)
        await lab.pause(0.0, 1.0)
        mark = struck.witness.mark()
        struck.kill("wpa_supplicant", signal.SIGTERM)
        other = beta if struck is alpha else alpha
        # From NetworkManager: airhail may be on its way again in the moment in which it says that it has failed.
        await struck.witness.signal("StateChanged", interface=DEVICE, since=mark, within=LINK_S, where=has_fallen)
        await until_link(struck, other, "phase", "up", LINK_S)
        await until_link(other, struck, "phase", "up", LINK_S)
    await exchange({alpha: await link_of(alpha, beta), beta: await link_of(beta, alpha)})


async def want(host: Host, other: Host) -> None:
    (await host.airhail("connect", other.address, user=None)).check()


async def until_found_again(host: Host) -> None:
    """Watch discovery until it says that the engine was replaced, and that it finds."""
    watching = await host.spawn("watch", *COMMAND, "inspect", "discovery", "--watch", "--json")
    state: dict[str, Any] = {}

    def tells(line: str) -> bool:
        nonlocal state
        told = json.loads(line) if line.startswith("{") else {}
        state = told["state"] if "state" in told else apply(state, told.get("patch", {}))
        replaced = "engine-replaced" in state.get("restored", {})
        return replaced and bool(state.get("find", {}).get("state") == "running")

    await watching.line(tells, FOUND_S)
    await watching.stop()
    told = (await status(host))["discovery"]
    expect("problem" not in told, f"{host.name}: {told}")


def is_configuring(body: tuple[object, ...]) -> bool:
    return body[0] == CONFIG


def has_fallen(body: tuple[object, ...]) -> bool:
    return isinstance(body[0], int) and body[0] <= DISCONNECTED
