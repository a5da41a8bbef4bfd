"""What happens before two people want a link, by case of the hunt: all by hand, whatever makes the link afterwards.

So the recipe and airhail play the very same world up to there, to the byte.
"""

import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import trio

from tests.lab.guest.byhand import TYPING_S, find, meet, start_find, up
from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import DEVICE, DISCONNECTED
from tests.lab.guest.witness import Mark

# A person who saw an attempt fail waits, asks across the table, and shrugs.
SHRUG_S = (1.0, 30.0)
# Two people who agree on "now" still press the key this far apart.
GAP_S = (0.0, 3.0)
# How often another program looks again. GNOME's settings and its network displays do so every few seconds.
OTHER_FIND_S = (4.0, 12.0)
# NetworkManager starts a wpa_supplicant that died at once; its device is back within seconds.
BACK_S = 60.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Both people want the link from now on."""

    first: Host
    """Who moves first."""
    second: Host
    gap_s: float
    """How much later the second moves."""
    blind: tuple[Host, ...] = ()
    """Who looks for the other again before asking for the link: their last look ended in failure, or is lost."""

    @property
    def ends(self) -> tuple[tuple[Host, Host, float], ...]:
        """Each end with the other, and how long it waits before it moves."""
        return (self.first, self.second, 0.0), (self.second, self.first, self.gap_s)


async def prelude(lab: Lab, case: str) -> Wish:
    """Play what happens before; return the wish that both have then.

    `lab.facts["wished_s"]` is the moment, in virtual seconds of uptime. Two runs of a seed that came to it at the
    same one, to the microsecond, played the same world up to there.
    """
    lab.note(f"prelude {case}")
    wish = await PRELUDES[case](lab)
    lab.facts["wished_s"] = round(time.monotonic(), 6)
    return wish


async def both_at_once(lab: Lab) -> Wish:
    await acquainted(lab)
    return Wish(*shuffled(lab), gap_s=0.0)


async def one_alone(lab: Lab) -> Wish:
    await acquainted(lab)
    one, _ = shuffled(lab)
    await alone(lab, one)
    return human(lab, blind=lab.hosts)


async def both_alone(lab: Lab) -> Wish:
    await acquainted(lab)
    one, other = shuffled(lab)
    await alone(lab, one)
    await look_again(lab)
    await alone(lab, other)
    return human(lab, blind=lab.hosts)


async def one_alone_twice(lab: Lab) -> Wish:
    await acquainted(lab)
    one, _ = shuffled(lab)
    await alone(lab, one)
    await look_again(lab)
    await alone(lab, one)
    return human(lab, blind=lab.hosts)


async def find_elsewhere(lab: Lab) -> Wish:
    await acquainted(lab)
    one, _ = shuffled(lab)
    one.nursery.start_soon(keep_finding, lab, one)
    await lab.pause(*TYPING_S)
    return human(lab)


async def after_start(lab: Lab) -> Wish:
    await meet(lab)
    return human(lab)


async def supplicant_restart(lab: Lab) -> Wish:
    await acquainted(lab)
    one, _ = shuffled(lab)
    await restart_supplicant(one)
    await lab.pause(*TYPING_S)
    return human(lab, blind=(one,))


async def two_channels(lab: Lab) -> Wish:
    await acquainted(lab)
    return human(lab)


async def higher_first(lab: Lab) -> Wish:
    await acquainted(lab)
    lower, higher = sorted(lab.hosts, key=lambda host: host.address)
    return Wish(higher, lower, gap_s=lab.random.uniform(*GAP_S))


PRELUDES: dict[str, Callable[[Lab], Awaitable[Wish]]] = {
    "both-at-once": both_at_once,
    "one-alone": one_alone,
    "both-alone": both_alone,
    "one-alone-twice": one_alone_twice,
    "find-elsewhere": find_elsewhere,
    "after-start": after_start,
    "supplicant-restart": supplicant_restart,
    "two-channels": two_channels,
    "higher-first": higher_first,
}


async def acquainted(lab: Lab) -> None:
    """Let NetworkManager's first scans pass, then let the two see each other and make their profiles."""
    await lab.settle()
    await meet(lab)


def shuffled(lab: Lab) -> tuple[Host, Host]:
    """Return the two hosts in the order that the seed says: roles swap."""
    one, other = lab.random.sample(lab.hosts, 2)
    return one, other


def human(lab: Lab, blind: tuple[Host, ...] = ()) -> Wish:
    """Return the wish of two people who move a human moment apart."""
    return Wish(*shuffled(lab), gap_s=lab.random.uniform(*GAP_S), blind=blind)


async def alone(lab: Lab, host: Host) -> None:
    """Let one end try while the other does not: NetworkManager gives up by itself."""
    done = await up(host)
    expect(done.status != 0, f"{host.name} was linked though the other end never asked for it")
    await lab.pause(*SHRUG_S)


async def look_again(lab: Lab) -> None:
    """Let both start a find and see each other."""
    alpha, beta = lab.hosts
    await lab.together(lambda: find(alpha, beta), lambda: find(beta, alpha))
    await lab.pause(*TYPING_S)


async def keep_finding(lab: Lab, host: Host) -> None:
    """Be another program: start a find every few seconds until the run ends, whatever the answer."""
    while True:
        await start_find(host)
        await trio.sleep(lab.random.uniform(*OTHER_FIND_S))


async def restart_supplicant(host: Host) -> None:
    """Kill wpa_supplicant; return when NetworkManager has started it again and the Wi-Fi Direct device is back."""
    mark = host.witness.mark()
    host.kill("wpa_supplicant", signal.SIGKILL)
    await until_back(host, mark)


async def until_back(host: Host, mark: Mark) -> None:
    """Wait until the Wi-Fi Direct device has gone since a mark, and is there again, perhaps as another object."""
    await host.witness.signal(
        "StateChanged", path=host.p2p_device, interface=DEVICE, where=is_gone, since=mark, within=BACK_S
    )
    what = "a Wi-Fi Direct device again"
    host.p2p_device = await host.witness.until(host.nm.usable_p2p_device, what, within=BACK_S)


def is_gone(body: tuple[int, ...]) -> bool:
    return body[0] < DISCONNECTED
