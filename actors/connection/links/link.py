"""One link: its phases, its limits, and what each phase does when its time is up."""

import enum
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.backoff import pause
from airhail.actors.connection.hail.events import Plan
from airhail.actors.connection.ladder.case import Case, failed
from airhail.actors.reasons import Problem, Reason


class Phase(enum.StrEnum):
    """Where a link stands on its way from wish to working IP."""

    WANTED = "wanted"
    FINDING = "finding"
    ACTIVATING = "activating"
    ADDRESSING = "addressing"
    UP = "up"
    FAILED = "failed"
    LEAVING = "leaving"
    DOWN = "down"


class Rendezvous(enum.StrEnum):
    """How far a link that is being worked for has come with the hail."""

    # No hail: each end moves as the addresses, and what it hears, tell it.
    NONE = "none"
    TO_CALL = "to-call"
    CALLED = "called"
    # The peer called an end that was on its way without a hail: its own move is put off while the plan may come.
    ACCEPTED = "accepted"
    # There is a plan: the rung is performed, and the peer looked for.
    PREPARING = "preparing"
    # The air is ours, and the other end was told.
    READY = "ready"


# Which phase may follow which. A restart may find a link at any stage of its life, hence the way to ACTIVATING
# from phases that only wish for it; and NetworkManager may keep what nobody wants any more, hence the way to LEAVING.
MAY_FOLLOW: Mapping[Phase, frozenset[Phase]] = {
    Phase.DOWN: frozenset({Phase.WANTED, Phase.LEAVING}),
    Phase.WANTED: frozenset({Phase.FINDING, Phase.ACTIVATING, Phase.FAILED, Phase.DOWN}),
    Phase.FINDING: frozenset({Phase.ACTIVATING, Phase.FAILED, Phase.DOWN}),
    Phase.ACTIVATING: frozenset({Phase.ADDRESSING, Phase.FAILED, Phase.LEAVING}),
    Phase.ADDRESSING: frozenset({Phase.UP, Phase.FAILED, Phase.LEAVING}),
    Phase.UP: frozenset({Phase.FAILED, Phase.LEAVING}),
    Phase.LEAVING: frozenset({Phase.DOWN}),
    Phase.FAILED: frozenset({Phase.WANTED, Phase.FINDING, Phase.ACTIVATING, Phase.DOWN}),
}

# Discovery answers within milliseconds unless it is being restarted, which takes well under this.
WANTED_S = 5.0
# A find sees a peer that listens within 26 s at worst in the lab (first find after NetworkManager's start: 40 s).
FINDING_S = 60.0
# A negotiation that succeeds has done so within 13 s in the lab. NetworkManager would wait 45 s
# (nm-device-wifi-p2p.c:463), and by then both ends carry marks that spoil the next attempt.
ACTIVATING_S = 20.0
# An airhail peer answers at once. Any other needs DHCP, whose first request comes before the owner's server runs
# and then backs off: 8 to 13 s are usual.
ADDRESSING_S = 30.0
# NetworkManager takes an activation or a link down within 2 s; after this long it is asked again, and then ever more
# seldom: what does not end cannot be left alone, since nobody wants it.
LEAVING_S = 10.0
# NetworkManager says that a link is over within milliseconds of the kernel, unless it stands still itself.
GONE_S = 3.0
# How long a withdrawn link stays visible as "down".
DOWN_S = 30.0

# Retries: fast at first, since most failures are a matter of timing, then at a pace that costs little, and after a
# quarter of an hour or more in vain at one that a battery does not feel. An intent never ends by itself.
PAUSE_FIRST_S = 4.0
PAUSE_MOST_S = 60.0
SLOW_AFTER = 20
PAUSE_SLOW_S = 600.0
# A link that lived for less is one more failure in a row, so that one which forms and dies again and again is tried
# ever more seldom.
HEALTHY_S = 60.0

# Two ends that activate in the same instant fail one time in eight; 1 or 2 s apart, never in 40. So the lower
# address moves first, and the higher one follows the first one's request a moment later: a follower's request
# in the very instant of the ring can be dropped together with the answer that is still being sent.
FIRST_MOVE_S = 0.2
FOLLOW_S = 0.3
# Without wpa_supplicant's word there is no ring to hear: the higher address moves blindly, one stagger later. After a
# failure the ring is followed as late: with what it left behind at both ends, 0.3 s apart failed 3 times in 3 in the
# lab, 2 s apart never in 5.
STAGGER_S = 2.0
# With it, the higher address still moves by itself at last: the other end may not have seen it yet, and its own
# request makes it seen.
FOLLOW_PATIENCE_S = 8.0


# What says something about the stack when an attempt ends so; all else is an outside cause.
ATTEMPT_FAILED = frozenset(
    {
        Reason.PEER_NOT_FOUND,
        Reason.PEER_NEVER_ANSWERED,
        Reason.NEGOTIATION_FAILED,
        Reason.FORMATION_FAILED,
        Reason.NO_ADDRESS,
        Reason.ACTIVATION_REFUSED,
        Reason.RADIO_STUCK,
    }
)


@dataclass(frozen=True, slots=True)
class Link:
    """One peer that is, was or should be linked; times are monotonic seconds."""

    peer: str
    since: float
    name: str = ""
    wanted: bool = True
    phase: Phase = Phase.DOWN
    # When this phase's time is up.
    deadline: float | None = None
    # The wish is the other end's, and was accepted here.
    invited: bool = False
    rendezvous: Rendezvous = Rendezvous.NONE
    plan: Plan | None = None
    # Where this host forms the group by the last plan, in MHz; it holds for the attempts that follow without one.
    frequency: int = 0
    # The other end, which moves first, sees this host already.
    been_seen: bool = False
    # While finding: when to move, once the peer was seen or has called.
    move_at: float | None = None
    failures: int = 0
    # How often in a row it was up, and over before it was well.
    lapses: int = 0
    # Failed for a cause on this host that is still there: it goes on when the cause does, not by the clock.
    blocked: bool = False
    problem: Problem | None = None
    # NetworkManager's active connection, and whether it has been seen on the device.
    active: str = ""
    seen: bool = False
    # Both ends agreed who owns the group: silence from here on is not "never answered".
    agreed: bool = False
    interface: str = ""
    role: str = ""
    addresses: tuple[str, ...] = ()
    # Where the peer answered on this link.
    peer_address: str = ""
    # What has gone wrong since the link was last up, and whether the last failure was looked into.
    case: Case = field(default_factory=Case)
    judged: bool = True
    # The user's word, given with the wish: the Wi-Fi may be dropped for this link.
    allow_wifi_drop: bool = False

    @property
    def holds_radio(self) -> bool:
        """Whether this link's activation or group occupies the radio."""
        return self.phase in (Phase.ACTIVATING, Phase.ADDRESSING, Phase.UP)


PHASE_S: Mapping[Phase, float | None] = {
    Phase.WANTED: WANTED_S,
    Phase.FINDING: FINDING_S,
    Phase.ACTIVATING: ACTIVATING_S,
    Phase.ADDRESSING: ADDRESSING_S,
    Phase.UP: None,
    Phase.FAILED: None,
    Phase.LEAVING: LEAVING_S,
    Phase.DOWN: DOWN_S,
}


def enter(link: Link, phase: Phase, now: float) -> Link:
    """Begin a phase: its own deadline, and nothing left over from an attempt before it.

    Raises ValueError when *phase* may not follow the link's own: a fault of ours, never of the world's.
    """
    if phase not in MAY_FOLLOW[link.phase]:
        raise ValueError(f"a link that is {link.phase} cannot become {phase}")
    limit = PHASE_S[phase]
    deadline = None if limit is None else now + limit
    before = link
    if phase not in (Phase.ADDRESSING, Phase.UP):
        link = _cleared(link)
    if link.plan is None or phase not in (Phase.ACTIVATING, Phase.ADDRESSING, Phase.UP):
        # A link that is adopted while its peer is called, too: nothing was agreed on for what is on the air.
        link = replace(link, rendezvous=Rendezvous.NONE, plan=None, been_seen=False)
    if phase is Phase.LEAVING:
        link = replace(link, active=before.active, seen=before.seen)
    if phase is Phase.UP:
        link = replace(link, failures=0, problem=None)
    return replace(link, phase=phase, since=now, move_at=None, deadline=deadline, blocked=False)


def begin_finding(link: Link, now: float) -> Link:
    """Look for the peer at once, whatever the link was waiting for; one that is past that stays as it is."""
    return enter(link, Phase.FINDING, now) if link.phase in (Phase.WANTED, Phase.FAILED) else link


def fail(link: Link, problem: Problem, now: float, *, counts: bool = True) -> Link:
    """End an attempt, or what was up; the next one follows by itself, later for every failure that *counts*."""
    if link.phase is Phase.UP and counts:
        lapses = 1 if now - link.since >= HEALTHY_S else link.lapses + 1
        link = replace(link, lapses=lapses, failures=lapses - 1)
    failures = link.failures + counts
    wait = pause(PAUSE_FIRST_S, PAUSE_MOST_S, failures) if failures < SLOW_AFTER else PAUSE_SLOW_S
    # The ends must not fall into step: each stretches its pause by a share of its own.
    wait *= 1 + spread(f"{link.peer} {failures}") / 2
    case = link.case
    if problem.reason in ATTEMPT_FAILED:
        case = failed(case, problem.reason, now)
    elif link.phase is Phase.ACTIVATING:
        case = replace(case, broken_off=problem.reason)
    ended = enter(link, Phase.FAILED, now)
    return replace(ended, failures=failures, problem=problem, deadline=now + wait, case=case, judged=False)


def block(link: Link, problem: Problem, now: float) -> Link:
    """Let the link wait until *problem*, which lies with this host, is gone."""
    waiting = link if link.phase is Phase.FAILED else enter(link, Phase.FAILED, now)
    return replace(waiting, problem=problem, blocked=True, deadline=None)


def _cleared(link: Link) -> Link:
    return replace(link, active="", seen=False, agreed=False, interface="", role="", addresses=(), peer_address="")


def overdue(link: Link) -> Problem:
    """Say what it means that the phase ended, by its deadline or without a word, and the next did not begin."""
    match link.phase:
        case Phase.WANTED:
            return Problem(Reason.DISCOVERY_GONE)
        case Phase.FINDING:
            return Problem(Reason.PEER_NOT_FOUND, f"looked for {FINDING_S:.0f} s")
        case Phase.ACTIVATING if link.agreed:
            return Problem(Reason.FORMATION_FAILED)
        case Phase.ACTIVATING:
            return Problem(Reason.PEER_NEVER_ANSWERED)
        case Phase.ADDRESSING:
            return Problem(Reason.NO_ADDRESS, f"waited {ADDRESSING_S:.0f} s")
        case Phase.UP:
            return Problem(Reason.PEER_LEFT, f"{link.interface} is gone, and NetworkManager says nothing of it")
        case Phase.FAILED | Phase.LEAVING | Phase.DOWN:
            raise ValueError(f"a link that is {link.phase} cannot be overdue")


def spread(seed: str) -> float:
    """Give a number from 0 to 1 that differs from host to host and from try to try, yet is repeatable."""
    return zlib.crc32(seed.encode()) / 0xFFFFFFFF
