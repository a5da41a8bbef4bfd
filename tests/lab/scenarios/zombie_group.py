"""A group came late, when nobody activated any more, and was left behind: airhail clears it away, and links then.

The negotiation is begun and given up at one end in the way that leaves the other authorised there (StopFind, then
Cancel), so the other's later request completes it: at the end with the higher address, since one that has asked
before answers nobody above it (p2p_go_neg.c:904). That end then owns a group that its NetworkManager does not expect
and drops from wpa_supplicant alone: the interface stays, and on a radio with one place for a group no link could be
made any more.

Phases: `late` from the other's request until the end that gave up has the group; `cleared` from airhail's start until
neither host has the interface of a group; `linked` as in first-link.
"""

from functools import partial

from tests.lab.guest import Host, Lab, expect, supplicant
from tests.lab.guest.bus import BusError
from tests.lab.guest.byhand import find
from tests.lab.guest.steps import exchange, link, see_each_other

HOSTS = ("alpha", "beta")
SUPPLICANT = "fi.w1.wpa_supplicant1"
P2P_DEVICE = SUPPLICANT + ".Interface.P2PDevice"
LATE_S = 60.0
# Two looks at what is left, ten seconds each, and the rungs between them.
CLEARED_S = 90.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    await lab.together(lambda: find(alpha, beta), lambda: find(beta, alpha))
    caller, left = sorted(lab.hosts, key=lambda host: host.address)
    mark = left.witness.mark()
    await ask_for_group(left, caller, intent=14)
    await lab.pause(0.3, 1.0)
    await tell_engine(left, "StopFind")
    await tell_engine(left, "Cancel")
    async with lab.phase("late", within=LATE_S):
        await find(left, caller)
        await ask_for_group(caller, left, intent=1)
        await left.witness.signal("GroupStarted", interface=P2P_DEVICE, since=mark, within=LATE_S)
    expect(left.groups, f"{left.name}: its group is gone already: this is not the story")
    async with lab.phase("cleared", within=CLEARED_S):
        await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
        await lab.together(*(partial(supplicant.until_no_group, host, CLEARED_S) for host in lab.hosts))
    await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta)
    await exchange(links)


async def engine_of(host: Host) -> str:
    """Return wpa_supplicant's object of the host's adapter."""
    (path,) = await host.bus.get(SUPPLICANT, "/fi/w1/wpa_supplicant1", SUPPLICANT, "Interfaces")
    return str(path)


async def ask_for_group(host: Host, other: Host, intent: int) -> None:
    """Have the engine negotiate a group with the other host behind NetworkManager; the higher intent owns it."""
    engine = await engine_of(host)
    peer = f"{engine}/Peers/{other.address.replace(':', '')}"
    wish = {"peer": ("o", peer), "wps_method": ("s", "pbc"), "go_intent": ("i", intent)}
    await host.bus.call(SUPPLICANT, engine, P2P_DEVICE, "Connect", "a{sv}", (wish,))


async def tell_engine(host: Host, member: str) -> None:
    try:
        await host.bus.call(SUPPLICANT, await engine_of(host), P2P_DEVICE, member)
    except BusError as error:
        # Cancel after StopFind finds nothing to cancel, and says so: that is the trap.
        expect(member == "Cancel", f"{host.name}: {member}: {error}")
