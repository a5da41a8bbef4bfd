"""Measure the rungs: `scripts/lab rungs` plays this. Into a stuck state, one rung, one more try; then all anew.

`lab.facts["trials"]` has what each trial came to. A trial in which the state could not be made counts for nothing.
"""

import trio

from tests.lab.guest import supplicant
from tests.lab.guest.byhand import address, address_anew, find, meet, up
from tests.lab.guest.cures import cure
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import DEVICE
from tests.lab.guest.prelude import look_again, shuffled
from tests.lab.guest.stuck import STATES, renew
from tests.lab.guest.witness import Mark

HOSTS = ("alpha", "beta")
# After an activation, DHCP's first question may come before there is anybody to answer.
ADDRESS_S = 20.0


async def scenario(lab: Lab) -> None:
    """Try each rung that the job names in the state that it names."""
    trials = lab.facts["trials"] = []
    rungs = lab.random.sample(lab.parameters["rungs"], len(lab.parameters["rungs"]))
    for number, rung in enumerate(rungs):
        if number == 0:
            await lab.settle()
            await meet(lab)
        else:
            await renew(lab)
            await tell_addresses(lab)
            await look_again(lab)
        active, passive = shuffled(lab)
        lab.note(f"trial of {rung}: {active.name} calls {passive.name}")
        try:
            await STATES[lab.parameters["state"]](lab, active, passive)
        except Failed as failure:
            lab.note(f"no such state: {failure}")
        else:
            trials.append({"rung": rung, **await trial(lab, rung, active, passive)})


async def trial(lab: Lab, rung: str, active: Host, passive: Host) -> dict[str, object]:
    """Perform a rung and let both try once; return what came of it."""
    marks = {host: host.witness.mark() for host in lab.hosts}
    before = await traces(lab)
    start = trio.current_time()
    try:
        await cure(lab, rung, active, passive)
    except Failed as failure:
        lab.note(f"{rung} could not be performed to its end: {failure}")
    disturbed = sorted({word for host, mark in marks.items() for word in disturbances(host, mark)})
    if await learn_addresses(lab):
        disturbed.append("address")
    after = await traces(lab)
    linked = await try_once(lab, lab.parameters["gap_s"])
    seconds = round(trio.current_time() - start, 3)
    lab.note(f"{rung}: {'linked' if linked else 'not linked'} after {seconds:g} s; {before} {after} {disturbed}")
    return {"linked": linked, "seconds": seconds, "before": before, "after": after, "disturbed": disturbed}


async def learn_addresses(lab: Lab) -> bool:
    """Read both addresses again, and put those that have changed into the profiles; return whether any has."""
    before = [host.address for host in lab.hosts]
    for host in lab.hosts:
        await host.learn_address()
    changed = before != [host.address for host in lab.hosts]
    if changed:
        await tell_addresses(lab)
    return changed


async def tell_addresses(lab: Lab) -> None:
    """Put the address that each has now into the other's profile."""
    alpha, beta = lab.hosts
    await address_anew(alpha, beta)
    await address_anew(beta, alpha)


async def traces(lab: Lab) -> dict[str, int]:
    """Return at how many ends the other is marked as waiting, and how many group interfaces there are."""
    alpha, beta = lab.hosts
    marked = [await supplicant.is_marked(alpha, beta), await supplicant.is_marked(beta, alpha)]
    return {"marks": sum(marked), "groups": sum(len(host.groups) for host in lab.hosts)}


def disturbances(host: Host, mark: Mark) -> set[str]:
    """Return what a rung disturbed at a host beside the two who want the link."""
    seen = host.witness
    words = set()
    if seen.signals("PeerRemoved", since=mark):
        words.add("peers forgotten")
    if seen.signals("FindStopped", since=mark):
        words.add("finds ended")
    if any(m.path != host.p2p_device for m in seen.signals("StateChanged", interface=DEVICE, since=mark)):
        words.add("Wi-Fi")
    if seen.signals("NameOwnerChanged", where=lambda body: body[0] == supplicant.NAME, since=mark):
        words.add("wpa_supplicant")
    return words


async def try_once(lab: Lab, gap_s: float) -> bool:
    """Let both try once more, after a look where a peer is no longer known; return whether both have IPv4 then."""
    alpha, beta = lab.hosts
    known = [beta.address in await alpha.nm.peers(), alpha.address in await beta.nm.peers()]
    try:
        if not all(known):
            await lab.together(lambda: find(alpha, beta), lambda: find(beta, alpha))
        first, second = shuffled(lab)
        await lab.together(lambda: link(first, 0.0), lambda: link(second, gap_s))
    except Failed as failure:
        lab.note(str(failure))
        return False
    return all([await host.nm.addresses() for host in lab.hosts])


async def link(host: Host, after: float) -> None:
    """Bring the link up and wait for its address."""
    await trio.sleep(after)
    (await up(host)).check()
    await address(host, ADDRESS_S)
