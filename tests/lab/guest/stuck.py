"""Put two hosts into a stuck state by hand, and out of any by starting their radio daemons anew."""

import signal
from collections.abc import Awaitable, Callable

import trio

from tests.lab.guest import supplicant
from tests.lab.guest.byhand import start_find, up
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import DISCONNECTED
from tests.lab.guest.prelude import SHRUG_S, alone, look_again

# What comes this long after a call meets the negotiation in its middle.
MIDDLE_S = 0.2
STOP_S = 20.0


async def one_alone(lab: Lab, active: Host, passive: Host) -> None:
    await alone(lab, active)


async def both_alone(lab: Lab, active: Host, passive: Host) -> None:
    await alone(lab, passive)
    await look_again(lab)
    await alone(lab, active)


async def one_alone_twice(lab: Lab, active: Host, passive: Host) -> None:
    await alone(lab, active)
    await look_again(lab)
    await alone(lab, active)


async def find_during(lab: Lab, active: Host, passive: Host) -> None:
    """Both call; a find at both ends in the middle of it. It is no stuck state when they link all the same."""

    async def meddle() -> None:
        await trio.sleep(MIDDLE_S)
        await lab.together(lambda: start_find(active), lambda: start_find(passive))

    failed = []

    async def calls(host: Host) -> None:
        failed.append((await up(host)).status != 0)

    await lab.together(lambda: calls(active), lambda: calls(passive), meddle)
    expect(all(failed), "the two were linked in spite of the finds")
    await lab.pause(*SHRUG_S)


async def late_group(lab: Lab, active: Host, passive: Host) -> None:
    """Make a group at the passive end without NetworkManager: it treats one that comes late no differently."""
    await supplicant.add_group(passive)
    await lab.pause(*SHRUG_S)
    await look_again(lab)


STATES: dict[str, Callable[[Lab, Host, Host], Awaitable[None]]] = {
    "one-alone": one_alone,
    "both-alone": both_alone,
    "one-alone-twice": one_alone_twice,
    "find-during": find_during,
    "late-group": late_group,
}


async def renew(lab: Lab) -> None:
    """Start NetworkManager and wpa_supplicant anew at every host, with nothing left of what was; then settle."""
    for host in lab.hosts:
        await host.daemons["nm"].stop()
        await stop_supplicant(host)
        for name in host.groups:
            await host.run("iw", "dev", name, "del")
        await host.restart_network_manager()
        state = await host.nm.state()
        expect(state == DISCONNECTED, f"{host.name}: started anew, but the device is in state {state}")
    await lab.settle()


async def stop_supplicant(host: Host) -> None:
    """End wpa_supplicant in an orderly way: it removes its interfaces."""
    mark = host.witness.mark()
    try:
        host.kill("wpa_supplicant", signal.SIGTERM)
    except Failed:
        return  # it ended with NetworkManager
    await host.witness.signal(
        "NameOwnerChanged", where=lambda body: body[0] == supplicant.NAME and body[2] == "", since=mark, within=STOP_S
    )
