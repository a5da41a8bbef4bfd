"""What a probe tells: whether it counts, that ours arrive, how long they take, and how many get lost. Pure.

A probe of the peer's session must be newer than any before it. One that echoes a probe of ours, sent a moment ago,
was made a moment ago by who hears us: it alone shows that the link works, and it alone can begin another session. So
what is replayed or overtaken changes nothing.
"""

from dataclasses import replace

from airhail.actors.liveness.events import ProbeHeard
from airhail.actors.liveness.link import (
    AWAY_MOST_S,
    CREDIT_S,
    FRESH_S,
    LEAST_LOSS,
    MARK_S,
    PAUSE_S,
    RTTS_KEPT,
    SENT_KEPT,
    SUSPECT_S,
    YOUNG_S,
    Link,
    Mark,
    Theirs,
    pace,
)
from airhail.actors.liveness.wire import AWAY, BYE, NOWHERE, Probe

MICROSECONDS = 1_000_000


def say(link: Link, flags: int, now: float) -> tuple[Link, Probe]:
    """Make the next probe, with the echo of what was heard last."""
    theirs = link.theirs
    sent_at = (*link.sent_at[-(SENT_KEPT - 1) :], now)
    link = replace(link, sent=link.sent + 1, sent_at=sent_at)
    held = int((now - theirs.at) * MICROSECONDS) if theirs.session else 0
    return link, Probe(link.session, link.sent, theirs.session, theirs.counter, theirs.received, held, flags)


def answer_stranger(link: Link, probe: Probe, now: float) -> tuple[Link, Probe]:
    """Make a probe that echoes a session which is not the peer's yet, so that it can show that it hears us."""
    link, made = say(replace(link, answered=now), 0, now)
    return link, replace(made, echo_session=probe.session, echo_counter=probe.counter, echo_received=1, held_us=0)


def take(link: Link, heard: ProbeHeard, now: float) -> tuple[Link, bool]:
    """Take a probe; tell also whether it counts, as one of the peer's session that nobody has played before."""
    probe = heard.probe
    sent = link.sent_when(probe.echo_counter) if probe.echo_session == link.session else None
    echoes = sent is not None and now - sent <= FRESH_S
    if probe.session == link.session:
        return link, False  # our own voice
    if probe.session == link.theirs.session:
        if probe.counter <= link.theirs.counter:
            return link, False
        theirs = replace(link.theirs, counter=probe.counter, received=link.theirs.received + 1, at=now)
    elif echoes:
        theirs = Theirs(probe.session, probe.counter, 1, now)
        link = replace(link, marks=(), bye=False, left=None, left_itself=False)
    else:
        return link, False
    # What comes after a pause begins anew: a peer that was stopped cannot have heard us.
    goes_on = link.heard is not None and now - link.heard <= PAUSE_S
    link = replace(
        link,
        theirs=theirs,
        heard=now,
        away_until=now + AWAY_MOST_S if probe.flags & AWAY else float("-inf"),
        bye=link.bye or (echoes and bool(probe.flags & BYE)),
    )
    if sent is None or now - sent > SUSPECT_S:
        return replace(link, deaf_since=link.deaf_since if goes_on and link.deaf_since is not None else now), True
    return _confirm(link, probe, sent, now), True


def _confirm(link: Link, probe: Probe, sent: float, now: float) -> Link:
    """Note that the peer hears us."""
    doubted = link.unanswered > 1 or not link.met
    brisk_until = now + YOUNG_S if doubted else link.brisk_until
    rtts = link.rtts
    if probe.echo_counter > link.echoed:
        trip = now - sent - probe.held_us / MICROSECONDS
        rtts = (*rtts[-(RTTS_KEPT - 1) :], max(trip, 0.0))
    link = replace(
        link,
        # What they echo may be an answer of ours from an exchange ago: that they hear us is known for that moment.
        confirmed=max(link.confirmed or 0.0, min(now, sent + CREDIT_S)),
        unanswered=0,
        brisk_until=brisk_until,
        deaf_since=None,
        left=None,
        left_itself=False,
        ipv6=probe.address if probe.address != NOWHERE else link.ipv6,
        echoed=max(link.echoed, probe.echo_counter),
        rtts=rtts,
        marks=_marked(link, probe, now),
    )
    return replace(link, next_at=now + pace(link, now))


def _marked(link: Link, probe: Probe, now: float) -> tuple[Mark, ...]:
    """Keep two marks and what is so now, for `losses`."""
    mark = Mark(now, probe.echo_counter, probe.echo_received, link.theirs.counter, link.theirs.received)
    if len(link.marks) < 2:
        return (*link.marks, mark)
    if len(link.marks) == 2 or now < link.marks[1].at + MARK_S:
        return (*link.marks[:2], mark)
    return (link.marks[1], link.marks[2], mark)


def losses(link: Link) -> tuple[float | None, float | None]:
    """Return which share of ours gets lost, and which of theirs; None while there are too few to tell."""
    if len(link.marks) < 2:
        return None, None
    first, last = link.marks[0], link.marks[-1]
    return (
        _lost(last.ours - first.ours, last.ours_heard - first.ours_heard),
        _lost(last.theirs - first.theirs, last.theirs_heard - first.theirs_heard),
    )


def _lost(sent: int, heard: int) -> float | None:
    return min(max(1.0 - heard / sent, 0.0), 1.0) if sent >= LEAST_LOSS else None


def percentiles(link: Link) -> tuple[float | None, float | None]:
    """Return the median of the last round trips and the 99th percentile, in seconds."""
    if not link.rtts:
        return None, None
    ranked = sorted(link.rtts)
    return ranked[(len(ranked) - 1) // 2], ranked[-(-len(ranked) * 99 // 100) - 1]
