"""Ping over a link while something happens, and judge what stayed unanswered."""

import re
import time
from collections.abc import Container, Iterable, Iterator, Sequence

from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host

EVERY_S = 0.1
# A reply is noticed within this of its request; a request sent so shortly before a scan may be lost to it.
MARGIN_S = 0.2
REPLY = re.compile(r"icmp_seq=(\d+) ttl=")
SUPPLICANT = "fi.w1.wpa_supplicant1.Interface"
# Of the pings that are judged so many may stay unanswered.
LOST = 0.1
# Of all so many have to be judged: fewer show nothing.
JUDGED = 0.1

Span = tuple[float, float]


async def keep_pinging(host: Host, other: Host, target: str, seconds: int) -> None:
    """Ping ten times a second; fail when more than one in ten goes unanswered while neither end scans.

    NetworkManager's own Wi-Fi scans take the radio away from the link, whatever airhail does: for 0.7 s as a rule,
    for 5 s when both ends happen to scan at the same moment.
    """
    count = round(seconds / EVERY_S)
    begun = time.time()
    done = await host.run("ping", "-i", str(EVERY_S), "-c", str(count), target, timeout=seconds + 60)
    scans = [*scans_of(host, time.time()), *scans_of(other, time.time())]
    answered = {int(number) for number in REPLY.findall(done.stdout)}
    expect_answered(f"{host.name}: pings to {target}", count, list(outside(count, begun, scans)), answered)


def expect_answered(pings: str, count: int, judged: Sequence[int], answered: Container[int]) -> None:
    """Raise `Failed` unless enough of *count* pings are judged, and most of these answered, by their numbers."""
    expect(len(judged) >= JUDGED * count, f"{pings}: only {len(judged)} of {count} were sent while nobody scanned")
    lost = [number for number in judged if number not in answered]
    told = f"{pings}: of {len(judged)} while nobody scanned, {len(lost)} stayed unanswered"
    expect(len(lost) <= LOST * len(judged), f"{told}: {lost[:20]}")


def outside(count: int, begun: float, scans: Sequence[Span]) -> Iterator[int]:
    """Yield the numbers of the requests, the first sent when it was *begun*, that no scan can have cost."""
    for number in range(1, count + 1):
        sent = begun + (number - 1) * EVERY_S
        if not any(start - MARGIN_S <= sent <= end + MARGIN_S for start, end in scans):
            yield number


def scans_of(host: Host, now: float) -> list[Span]:
    """Return when the host's adapter scanned, from when to when; a scan that goes on ends *now*."""
    changes = host.witness.signals("PropertiesChanged", interface="org.freedesktop.DBus.Properties")
    told = ((change.at, change.body[1]) for change in changes if change.body[0] == SUPPLICANT)
    return spans(((at, properties["Scanning"][1]) for at, properties in told if "Scanning" in properties), now)


def spans(changes: Iterable[tuple[float, bool]], now: float) -> list[Span]:
    """Return the times from each True to the next False; one that is open ends *now*."""
    found: list[Span] = []
    since: float | None = None
    for at, on in changes:
        if on and since is None:
            since = at
        elif not on and since is not None:
            found.append((since, at))
            since = None
    return found if since is None else [*found, (since, now)]


def inside(found: Iterable[Span], since: float, until: float) -> float:
    """Return how many seconds of these times lie between two moments."""
    return sum(max(0.0, min(end, until) - max(start, since)) for start, end in found)
