"""Two linked hosts, a fault, and how long it takes until each end's liveness, or else NetworkManager, has noticed."""

import re
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import trio

from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.medium import CLEAR
from tests.lab.guest.networkmanager import ACTIVATED, DEVICE
from tests.lab.guest.pinging import Span, inside, scans_of
from tests.lab.guest.steps import LINK_S, Links, exchange, link, see_each_other, until_both_up

# airhail promises 2 s for a peer that is gone; a run of the lab is one world of many, and fails well beyond that.
DEAD_S = 4.0
# An end that scans finds out afterwards; a scan of all channels takes 7 s.
SCAN_S = 8.0
# For a scan that its peer told it of, an end waits so long (docs/liveness.md).
AWAY_S = 5.0
# Which both ends have before anything happens: longer than a link is young.
STEADY_S = (12.0, 20.0)
ASK_S = 10.0
# NetworkManager is waited for this long, and then counts as never noticing.
NEVER_S = 60.0
PROCESSES = ("python3", "NetworkManager", "wpa_supplicant")
SAID = re.compile(r"liveness: [0-9a-f:]{17} is (?P<verdict>\w+)(?: \((?P<finding>[a-z-]+)\))?")
# What NetworkManager says sooner counts as well: a peer that takes its link down is heard by both. What airhail has
# asked it for does not: liveness may be late in writing down its verdict.
FELL = re.compile(r"connection: device \S+: ACTIVATED to \w+, (?P<finding>(?!USER_REQUESTED)\w+)")

Fault = Callable[[Lab, Host, Host], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Said:
    """What liveness said of a link, and how many seconds after the ear was there."""

    verdict: str
    finding: str
    after: float


class Ear:
    """Hears what a host's liveness says from now on."""

    def __init__(self, host: Host) -> None:
        if host.airhail_end.daemon is None:
            raise Failed(f"{host.name}: airhail was never started here")
        self.host = host
        self._daemon = host.airhail_end.daemon
        self._from = len(self._daemon.lines)
        self._begun = trio.current_time()

    @property
    def verdicts(self) -> list[str]:
        """All verdicts so far."""
        found = (SAID.search(line) for line in self._daemon.lines[self._from :])
        return [match["verdict"] for match in found if match]

    async def hear(self, verdict: str, within: float) -> Said:
        """Wait for a verdict."""
        place = 0

        def tells(line: str) -> bool:
            nonlocal place
            place += 1
            said = SAID.search(line)
            told = (said is not None and said["verdict"] == verdict) or (verdict == "dead" and FELL.search(line))
            return place > self._from and bool(told)

        line = await self._daemon.line(tells, within)
        found = SAID.search(line) or FELL.search(line)
        finding = (found["finding"] or "") if found else ""
        return Said(verdict, finding, round(trio.current_time() - self._begun, 3))


async def linked(lab: Lab, first: Host, second: Host) -> Links:
    """Have two people link their hosts, and let both ends be steady."""
    await lab.together(lambda: first.start_airhail(user=None), lambda: second.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, first, second)
    ears = (Ear(first), Ear(second))
    links = await link(lab, first, second)
    await both_alive(lab, ears)
    await lab.pause(*STEADY_S)
    return links


async def both_alive(lab: Lab, ears: tuple[Ear, Ear]) -> None:
    """Wait until liveness has called the link alive at both ends, since their ears are there."""
    await lab.together(*(lambda ear=ear: ear.hear("alive", LINK_S) for ear in ears))


async def expect_authenticated(first: Host, second: Host) -> None:
    """Raise `Failed` unless both ends judge the link by authenticated probes."""
    for host, other in ((first, second), (second, first)):
        argv = (*COMMAND, "inspect", "liveness", "--json")
        told = (await host.run(*argv, user=host.airhail_end.user, timeout=ASK_S)).check().json
        link = told["state"]["links"].get(other.address, {})
        expect(link.get("mode") == "authenticated", f"{host.name}: {told}")


async def link_quietly(lab: Lab, first: Host, second: Host) -> None:
    """Do the same without liveness."""
    for host in (first, second):
        host.airhail_end.configure("[liveness]\nenabled = false\n")
    await lab.together(lambda: first.start_airhail(user=None), lambda: second.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, first, second)
    await link(lab, first, second)
    await lab.pause(*STEADY_S)


async def measure(lab: Lab, fault: Fault, victim: Host, *others: Host, within: float = DEAD_S) -> dict[str, Said]:
    """Let a fault befall *victim*; return what each of the *others* said, and put it into the facts.

    *within* so many seconds, to which for each of them the time is added that scans excuse.
    """
    said: dict[str, Said] = {}
    heard = {host: Ear(host) for host in others}

    async def hear(host: Host) -> None:
        said[host.name] = await heard[host].hear("dead", within + SCAN_S)

    begun = time.time()
    async with lab.phase("dead", within=within + SCAN_S):
        other = next(host for host in lab.hosts if host is not victim)
        await fault(lab, victim, other)
        await lab.together(*(lambda host=host: hear(host) for host in others))
    lab.facts["verdicts"] = {name: [one.finding, one.after] for name, one in said.items()}
    scans = {host.name: scans_of(host, time.time()) for host in lab.hosts}
    lab.facts["scanned_s"] = {name: excused(name, one.after, scans, begun) for name, one in said.items()}
    expect_in_time(said, lab.facts["scanned_s"], within)
    return said


def excused(name: str, after: float, scans: Mapping[str, Sequence[Span]], begun: float) -> float:
    """Return how many seconds the *scans*, by host, excuse the one that found a link dead *after* so many.

    Its own do for as long as its radio is away; its peer's, of which it was told before, for so long from its start.
    """
    peers = (span for host, found in scans.items() if host != name for span in found)
    told = [start + AWAY_S - begun for start, end in peers if start <= begun < end]
    return round(inside(scans[name], begun, begun + after) + max([0.0, *told]), 3)


def expect_in_time(said: Mapping[str, Said], excuses: Mapping[str, float], within: float) -> None:
    """Raise `Failed` when a host took longer to find the link dead than it may, and than it is excused."""
    late = {name: one for name, one in said.items() if one.after > within + excuses[name]}
    expect(not late, f"found after more than {within:g} s, to which scans add {dict(excuses)}: {late}")


async def healed(lab: Lab, first: Host, second: Host) -> None:
    """Wait until both ends are linked again by themselves."""
    async with lab.phase("again", within=2 * LINK_S):
        await exchange(await until_both_up(first, second))


async def networkmanager_notices(lab: Lab, fault: Fault, victim: Host, *others: Host) -> None:
    """Let the fault happen, and put how long NetworkManager takes at each of *others* into the facts."""
    marks = {host: host.witness.mark() for host in others}
    begun = trio.current_time()
    notices: dict[str, float | str] = {}

    async def see(host: Host) -> None:
        try:
            await host.witness.signal(
                "StateChanged", interface=DEVICE, since=marks[host], within=NEVER_S, where=leaves_activated
            )
            notices[host.name] = round(trio.current_time() - begun, 3)
        except Failed:
            notices[host.name] = "never"

    async with lab.phase("noticed", within=2 * NEVER_S):
        other = next(host for host in lab.hosts if host is not victim)
        await fault(lab, victim, other)
        await lab.together(*(lambda host=host: see(host) for host in others))
    lab.facts["noticed"] = notices


def leaves_activated(body: tuple[int, ...]) -> bool:
    return body[1] == ACTIVATED and body[0] != ACTIVATED


async def lose_radio(lab: Lab, victim: Host, other: Host) -> None:
    """Let the two not hear each other any more."""
    lab.air.between(victim, other, None)


async def lose_one_way(lab: Lab, victim: Host, other: Host) -> None:
    """Let the victim not hear the other any more, which goes on hearing it."""
    lab.air.towards(other, victim, None)


async def die(lab: Lab, victim: Host, other: Host) -> None:
    """Kill all that runs on the victim, and what is left of its radio."""
    lab.air.between(victim, other, None)
    # Stopped first: at one and the same moment, so that none sees another die.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for name in PROCESSES:
            victim.kill(name, number)


async def suspend(lab: Lab, victim: Host, other: Host) -> None:
    """Have all processes of the victim stand still, and its radio silent, as a suspended laptop's is."""
    for name in PROCESSES:
        victim.freeze(name)
    lab.air.between(victim, other, None)


async def resume(lab: Lab, victim: Host, other: Host) -> None:
    """Wake the victim."""
    lab.air.between(victim, other, CLEAR)
    for name in reversed(PROCESSES):
        victim.thaw(name)


def expect_finding(said: Said, *findings: str) -> None:
    """Raise `Failed` when the link was found dead for another cause."""
    expect(said.finding in findings, f"found {said}")
