"""One link as it is watched: what was sent and heard, what else is known of it, and its limits. Pure."""

from dataclasses import dataclass, field, replace

from airhail.actors.liveness.events import Looked, Watched
from airhail.actors.verdicts import Finding, Mode, Verdict

STEADY_S = 0.5
"""Seconds between two exchanges on a link that is well. A dead one is called so DEAD_S after the last exchange, which
must leave time for many tries after the first that fails, and a lost second must not use all of it up."""
BRISK_S = 0.3
"""The same while a link is young, was in doubt a moment ago, or is in use."""
FOLLOW = 1.25
"""How much longer the end that does not lead waits: so one end asks, the other answers, each wakes once or twice."""
QUICK_S = 0.1
"""Seconds between two tries while an answer is missing, over both families: for less than 2 s."""
LAZY_S = 2.0
"""Seconds between two probes to a peer from which none ever came: it has no airhail, or something drops them. Its
radio acknowledges them all the same, and that is what it is judged by."""
SLOW_S = 1.0
"""The same while something is amiss that is not going to change in a hurry."""

ANSWER_S = 0.2
"""Seconds in which a probe is answered: a beacon interval of 0.1 s for a radio that dozes, and as much again."""
SUSPECT_S = 1.0
"""Seconds without an exchange from which on a link is suspect: more than a lost probe costs, at both ends."""
DEAD_S = 1.9
"""Seconds without an exchange after which a link is dead: 2 s is what airhail promises. mac80211 itself gives up an
owner that is not heard for little less: 7 beacons, then two tries 0.5 s apart (mlme.c: beacon_loss_count)."""
DEAD_ASKS = 6
"""Tries without an answer that a dead link has seen besides: a process that was stopped has tried nothing."""
FRESH_S = 3.0
"""Seconds for which the echo of a probe counts as hearing it: longer than any link stays in doubt."""
CREDIT_S = 0.4
"""Seconds after a probe was sent for which its echo says that the link works: a good part of what lies between two
exchanges, or the end that answers would doubt its link whenever one is missing."""
GRACE_S = 3.0
"""Seconds from the link's beginning in which nothing is expected of the peer: its end may be up that much later."""
FOREIGN_S = 6.0
"""Seconds of a foreign peer's silence, its radio's included, after which it is gone: a phone dozes for a second."""
STUCK_S = 10.0
"""Seconds without an exchange, while the peer's radio acknowledges, until its system counts as out of reach: the
kernel asks for its hardware address afresh 5 s after it was last needed, and then three times (arp(7))."""
CLEARLY_S = 0.001
"""Seconds past a limit at which it is certain, whatever a clock rounds."""
DEAF_S = 1.0
"""Seconds for which probes must have come that echo none of ours, to be called one-way; and for which one that came
keeps a link from being dead, for by then the peer has said whether it hears us."""
PAUSE_S = 0.5
"""Seconds without any after which they begin anew: a peer that was stopped for a while answers first what waited."""
KNOWN_S = 60.0
"""Seconds for which an answer to the kernel proves that the peer's system is there, while its radio is: the kernel
asks afresh after 15 to 45 s (base_reachable_time_ms, arp(7)), and 5 s after the next need."""
DOZE_S = 3.0
"""Seconds of a foreign peer's silence, its radio's included, from which on its link is suspect."""
GONE_S = 1.0
"""Seconds without the interface after which that is what is wrong: who took it down is heard of before."""
LEFT_S = 0.1
"""Seconds from the end of an association until it counts: by then the kernel has said who ended it, or the peer has
come back at once."""

SCAN_MOST_S = 8.0
"""Seconds of this host's own scan that do not count; one of all channels takes 7 s in the lab."""
AWAY_MOST_S = 5.0
"""The same for a scan that the peer told of: no wish of its can keep a link from being dead for longer."""
SHARED_S = 1.0
"""Seconds into an own scan from which on an exchange shows that the radio comes back in between, as mac80211 has a
client do each 0.125 s (scan.c: ieee80211_scan_state_decision): then silence counts."""
BACK_ASKS = 3
"""Tries without an answer that a link has seen after an own scan before it is dead: those before may have been made
while nobody could hear them."""
LATE_S = 0.5
"""Seconds by which this process woke late and could have heard nobody: the machine slept, or had no time for it."""

OPEN_AGAIN_S = 0.5
"""Seconds until the sockets of a link are tried for again that could not be had; twice as long after each further
failure. The first is often nothing: the interface is being made, or gone and connection is about to say so."""
OPEN_LATEST_S = 30.0
"""What that doubles up to: costs nothing, and whoever ends the program that had the port need not wait for longer."""

LOOK_S = 0.3
"""Seconds between two looks at the kernel while a link is in doubt; once it may be dead, each try goes with one."""
LOOKED_S = 0.15
"""Seconds for which a look counts as now: no link is dead on old news."""
WATCH_S = 5.0
"""The same while it is well: whether it is in use, and what a foreign peer is judged by."""
BUSY_PPS = 20.0
"""Packets a second, both ways, from which on a link is in use; the probes are two to seven of them."""
YOUNG_S = 10.0
"""Seconds for which a link is young."""
TELL_S = 5.0
"""Seconds for which published figures stay: they change with every probe, and nobody reads so fast."""

SENT_KEPT = 64
"""Probes of which it is known when they were sent: as many as FRESH_S can have, and twice that."""
RTTS_KEPT = 64
"""Round trips of which the percentiles are told."""
MARK_S = 15.0
"""Seconds between two marks; losses are told since the one before the last, so over 15 to 30 s."""
LEAST_LOSS = 10
"""Probes below which no loss is told."""
FAREWELLS = 3
FAREWELL_S = 0.03
"""A goodbye is said three times, 30 ms apart: it must be heard, and the caller waits for it."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The peer's session: its number (0: none yet), the highest counter, how many came, and when the last one did."""

    session: int = 0
    counter: int = 0
    received: int = 0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """How many probes each end had sent, as far as the other knows, and how many of those it had heard."""

    at: float = 0.0
    ours: int = 0
    ours_heard: int = 0
    theirs: int = 0
    theirs_heard: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What is published of a link besides who it is; None or "" for what is not known."""

    verdict: Verdict | None = None
    since: float = 0.0
    finding: Finding | None = None
    mode: Mode = Mode.OPEN
    interval: float = BRISK_S
    rtt_p50: float | None = None
    rtt_p99: float | None = None
    samples: int = 0
    to_peer: float | None = None
    from_peer: float | None = None
    told: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Link:
    """One link; times are monotonic seconds, None for never."""

    watched: Watched
    since: float
    keyed: bool
    # Tries for its sockets that failed, and why they still do after the first, in the system's words.
    failures: int = 0
    trouble: str = ""
    # Ours: the session (0: not open yet), how many probes were sent, and when the last SENT_KEPT of them were.
    session: int = 0
    sent: int = 0
    sent_at: tuple[float, ...] = ()
    theirs: Theirs = field(default_factory=Theirs)
    # The highest of ours that was echoed; when a probe came, and when one that showed that ours arrive.
    echoed: int = 0
    heard: float | None = None
    confirmed: float | None = None
    # Since when probes come that show that ours do not arrive.
    deaf_since: float | None = None
    # Tries since then, and when the next is due.
    unanswered: int = 0
    next_at: float = 0.0
    brisk_until: float = 0.0
    # When a stranger's session was last answered.
    answered: float = float("-inf")
    # Silence before this moment proves nothing.
    excused: float = float("-inf")
    # When this host's scan began, and until when the peer is away.
    scanning: float | None = None
    away_until: float = float("-inf")
    # What else is known: when the peer's system last answered, the last look at the kernel, and what it showed.
    answering: float = float("-inf")
    asked_kernel: float = float("-inf")
    looked_at: float | None = None
    looked: Looked = field(default_factory=Looked)
    busy: bool = False
    gone: float | None = None
    left: float | None = None
    # Whether it was the peer who ended the association.
    left_itself: bool = False
    bye: bool = False
    elsewhere: bool = False
    # The peer's own link-local address, by its word.
    ipv6: str = ""
    farewells: int = 0
    rtts: tuple[float, ...] = ()
    marks: tuple[Mark, ...] = ()
    shown: Shown = field(default_factory=Shown)

    @property
    def timed(self) -> bool:
        """Whether something is to be done at `next_at`: probe it, or try for its sockets again."""
        return bool(self.session or self.failures)

    @property
    def leads(self) -> bool:
        """Whether this end asks and the other answers, as long as all is well."""
        return self.session < self.theirs.session

    @property
    def met(self) -> bool:
        """Whether there was ever an exchange with the peer's airhail."""
        return self.confirmed is not None

    def sent_when(self, counter: int) -> float | None:
        """Return when a probe of ours was sent; None when that is not known (any more), or it was not."""
        place = counter - 1 - (self.sent - len(self.sent_at))
        return self.sent_at[place] if 0 <= place < len(self.sent_at) else None

    def radio(self, now: float) -> float | None:
        """Return for how long the peer's radio has given no sign; None when the kernel does not know."""
        if self.looked_at is None or self.looked.radio is None:
            return None
        return self.looked.radio + now - self.looked_at

    def scans(self, now: float) -> bool:
        """Tell whether this host's radio is away to scan, so that nothing it fails to hear means anything."""
        if self.scanning is None or now >= self.scanning + SCAN_MOST_S:
            return False
        return self.confirmed is None or self.confirmed < self.scanning + SHARED_S

    def silence(self, now: float) -> float:
        """Return for how long there was no exchange, as far as that proves something."""
        if now < self.away_until:
            return 0.0
        until = self.scanning if self.scanning is not None and self.scans(now) else now
        return max(until - max(self.since if self.confirmed is None else self.confirmed, self.excused), 0.0)


def pace(link: Link, now: float) -> float:
    """Return how many seconds after an exchange this end asks for the next."""
    if not link.met:
        return BRISK_S if now < link.since + GRACE_S else LAZY_S
    steady = BRISK_S if link.busy or now < link.brisk_until else STEADY_S
    return steady if link.leads else steady * FOLLOW


def retry(link: Link, now: float) -> float:
    """Return how many seconds after a try the next one follows if it is not answered."""
    if not link.met:
        doubtful = link.shown.verdict is Verdict.SUSPECT
        return BRISK_S if now < link.since + GRACE_S else SLOW_S if doubtful else LAZY_S
    if link.shown.verdict is Verdict.DEAD:
        return SLOW_S
    if link.scans(now):
        return BRISK_S
    if link.shown.finding is Finding.FIREWALLED or link.silence(now) > STUCK_S:
        return STEADY_S
    return _quick(link, now)


def _quick(link: Link, now: float) -> float:
    """Return when to try again while an answer is missing; never past the moment at which the link is dead."""
    wait = ANSWER_S if link.unanswered <= 1 else QUICK_S
    left = DEAD_S - link.silence(now) + CLEARLY_S
    return left if CLEARLY_S < left < wait else wait


def excuse(link: Link, now: float) -> Link:
    """Let the silence so far prove nothing."""
    return replace(link, excused=now, unanswered=0)


def come_back(link: Link, now: float) -> Link:
    """Let the time of this host's scan prove nothing, and ask at once; the silence before it goes on."""
    # Of a peer that never answered only its radio tells, which could not be heard meanwhile.
    excused = now - link.silence(now) if link.met else now
    unanswered = min(link.unanswered, DEAD_ASKS - BACK_ASKS)
    return replace(link, scanning=None, excused=excused, unanswered=unanswered, next_at=now)
