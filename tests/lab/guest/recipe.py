"""The recipe after a prelude: two people with nmcli and busctl who want a link and have a minute's patience."""

import math

import trio

from tests.lab.cases import End, way_of
from tests.lab.guest.byhand import address, find, loss, ping, up
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import ACTIVATED, DEVICE, FAILED, REASONS
from tests.lab.guest.prelude import Wish
from tests.lab.guest.witness import Mark

# To read what a failed attempt said, and to press the arrow key.
RETRY_S = (0.5, 4.0)


async def fulfil(lab: Lab, wish: Wish, within: float) -> None:
    """Let both people try for so many virtual seconds; `lab.facts` tell when they got no link.

    Phases: `linked` until both ends have IPv4 and a ping passes, when that happens in time.
    """
    attempt = Attempt(lab, wish)
    if not await attempt.links(within):
        lab.facts["how"] = way_of([await attempt.end(host) for host in lab.hosts])
        for host in lab.hosts:
            lab.facts[host.name] = attempt.reasons(host)


class Attempt:
    """Two people with one wish and NetworkManager's own means."""

    def __init__(self, lab: Lab, wish: Wish) -> None:
        self.lab = lab
        self.wish = wish
        self.since: dict[Host, Mark] = {host: host.witness.mark() for host in lab.hosts}
        self.asked = dict.fromkeys(lab.hosts, 0)

    async def links(self, within: float) -> bool:
        """Let both try, and try again, until the link is usable; return whether it was in time."""
        with trio.move_on_after(within):
            async with trio.open_nursery() as nursery:
                for host, other, after in self.wish.ends:
                    nursery.start_soon(self.persist, host, other, after)
                await self.until_usable()
                nursery.cancel_scope.cancel()
            return True
        return False

    async def persist(self, host: Host, other: Host, after: float) -> None:
        """Ask for the link; after a failure or a loss look again and ask again."""
        await trio.sleep(after)
        blind = host in self.wish.blind
        while True:
            if blind:
                await self.look(host, other)
                await self.lab.pause(*RETRY_S)
            self.asked[host] += 1
            if (await up(host)).status == 0:
                await loss(host)
            blind = True

    async def look(self, host: Host, other: Host) -> None:
        """Look for the other end, and look again when a find ends without it."""
        while True:
            try:
                return await find(host, other)
            except Failed as failure:
                self.lab.note(str(failure))
                await self.lab.pause(*RETRY_S)

    async def until_usable(self) -> None:
        """Return when both ends have IPv4 and one reaches the other; the phase ends before the ping."""
        first, second = self.wish.first, self.wish.second
        start = trio.current_time()
        while True:
            await address(first, within=math.inf)
            await address(second, within=math.inf)
            elapsed = trio.current_time() - start
            try:
                await ping(first, second)
            except Failed as failure:  # an address that is left from a link just lost
                self.lab.note(f"not usable: {failure}")
                await trio.sleep(1.0)
            else:
                self.lab.phases_ms["linked"] = round(elapsed * 1000, 3)
                return

    def changes(self, host: Host) -> list[tuple[int, int, int]]:
        """Return what one end's device came to since: the new state, the old one, NetworkManager's reason."""
        seen = host.witness.signals("StateChanged", path=host.p2p_device, interface=DEVICE, since=self.since[host])
        return [(new, old, reason) for new, old, reason in (change.body for change in seen)]

    def reasons(self, host: Host) -> list[str]:
        """Return why each activation failed at one end."""
        return [REASONS.get(reason, str(reason)) for new, _, reason in self.changes(host) if new == FAILED]

    async def end(self, host: Host) -> End:
        """Return what became of one end's tries."""
        lost = any(old == ACTIVATED for _, old, _ in self.changes(host))
        activated = await host.nm.state() == ACTIVATED
        return End(self.asked[host], tuple(self.reasons(host)), activated, lost)
