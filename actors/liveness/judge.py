"""The verdict: what the evidence of one link comes to. Pure.

Nothing but an exchange of probes makes a link alive, nothing but the lack of one makes it dead; all other evidence
tells why, and keeps a link from being called dead whose peer is there.
"""

from airhail.actors.liveness.link import (
    DEAD_ASKS,
    DEAD_S,
    DEAF_S,
    DOZE_S,
    FOREIGN_S,
    GONE_S,
    GRACE_S,
    KNOWN_S,
    LEFT_S,
    LOOKED_S,
    PAUSE_S,
    QUICK_S,
    STUCK_S,
    SUSPECT_S,
    Link,
)
from airhail.actors.verdicts import Finding, Mode, Verdict

Judgement = tuple[Verdict | None, Finding | None]


def judge(link: Link, now: float) -> Judgement:
    """Return the verdict on a link, None while nothing is known of it, and what is wrong with it."""
    if link.gone is not None and now >= link.gone + GONE_S:
        return Verdict.DEAD, Finding.OWN_RADIO_GONE
    if link.bye:
        return Verdict.DEAD, Finding.PEER_LEFT
    if link.left is not None and now >= link.left + LEFT_S:
        return Verdict.DEAD, Finding.PEER_LEFT if link.left_itself else Finding.PEER_SILENT
    if not link.session:
        return link.shown.verdict, link.shown.finding
    if link.scans(now):
        return _as_before(link) if link.met else (link.shown.verdict, link.shown.finding)
    if not link.met:
        return _judge_unmet(link, now)
    silence = link.silence(now)
    if silence < SUSPECT_S:
        return _as_before(link)
    if silence < DEAD_S or link.unanswered < DEAD_ASKS or link.shown.verdict is Verdict.DEAD:
        return (link.shown.verdict if link.shown.verdict is Verdict.DEAD else Verdict.SUSPECT), link.shown.finding
    if _one_way(link, now):
        return Verdict.DEAD, Finding.ONE_WAY
    return _judge_silent(link, silence, now)


def mode(link: Link, now: float) -> Mode:
    """Return by what a link is judged."""
    if link.keyed:
        return Mode.AUTHENTICATED
    return Mode.OPEN if link.met or not link.session or now < link.since + GRACE_S else Mode.FOREIGN


def _as_before(link: Link) -> Judgement:
    """Judge a link on which no exchange is missing; one that was in doubt needs an exchange to be alive again."""
    doubted = link.shown.verdict in (Verdict.SUSPECT, Verdict.DEAD)
    if doubted and (link.confirmed is None or link.confirmed < link.shown.since):
        return link.shown.verdict, link.shown.finding
    return Verdict.ALIVE, None


def _one_way(link: Link, now: float) -> bool:
    """Tell whether the peer's probes come, and for a while have not echoed any that was sent meanwhile."""
    deaf = link.deaf_since is not None and now - link.deaf_since >= DEAF_S
    return deaf and link.heard is not None and now - link.heard < PAUSE_S


def _judge_silent(link: Link, silence: float, now: float) -> Judgement:
    """Judge a link on which exchanges are missing for good: is the peer gone, or only its probes?"""
    heard = float("inf") if link.heard is None else now - link.heard
    answered, radio = now - link.answering, link.radio(now)
    # Its acknowledgement of the last exchange is a little younger than the exchange.
    here = radio is not None and radio < DEAD_S - QUICK_S
    known = (here or radio is None) and not link.looked.unanswered
    if answered < min(silence, KNOWN_S if known else DEAD_S):
        return Verdict.SUSPECT, Finding.FIREWALLED
    looked = link.looked_at is not None and now - link.looked_at <= LOOKED_S
    if not looked or heard < DEAF_S or (here and silence < STUCK_S):
        return Verdict.SUSPECT, None
    return Verdict.DEAD, Finding.RADIO_STUCK if here or link.elsewhere else Finding.PEER_SILENT


def _judge_unmet(link: Link, now: float) -> Judgement:
    """Judge a link on which there was no exchange yet, by the peer's radio and what the kernel knows."""
    begun = max(link.since, link.excused)
    if now < begun + GRACE_S:
        return link.shown.verdict, link.shown.finding
    patience = GRACE_S if link.keyed else FOREIGN_S
    silence = min(now - begun, now - link.answering)
    if (radio := link.radio(now)) is not None:
        # What is sent to all on the link is acknowledged by nobody.
        silence = min(silence, radio) if link.watched.address else 0.0
    elif not link.looked.unanswered:
        silence = 0.0
    if silence >= patience and link.unanswered >= DEAD_ASKS:
        return Verdict.DEAD, Finding.RADIO_STUCK if link.elsewhere else Finding.PEER_SILENT
    if link.keyed:
        return Verdict.SUSPECT, Finding.FIREWALLED
    return (Verdict.ALIVE if silence < DOZE_S else Verdict.SUSPECT), None
