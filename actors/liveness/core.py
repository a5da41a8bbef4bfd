"""The core of `liveness`: when to probe, what comes of what is heard, and what is said of each link."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from airhail.actors.backoff import pause
from airhail.actors.liveness import echo
from airhail.actors.liveness.events import (
    AimLink,
    CloseLink,
    Effect,
    Event,
    GoodbyeWanted,
    HeardElsewhere,
    InterfaceSeen,
    KeysKnown,
    LinkLooked,
    LinkNotOpened,
    LinkOpened,
    LinksSeen,
    Look,
    OpenLink,
    PeerAnswered,
    PeerLeft,
    ProbeHeard,
    ScanSeen,
    SendProbe,
    TellTrouble,
    TellVerdict,
    Tick,
    Watched,
)
from airhail.actors.liveness.judge import judge, mode
from airhail.actors.liveness.link import (
    BUSY_PPS,
    DEAD_S,
    FAREWELL_S,
    FAREWELLS,
    GONE_S,
    LATE_S,
    LEFT_S,
    LOOK_S,
    OPEN_AGAIN_S,
    OPEN_LATEST_S,
    SLOW_S,
    SUSPECT_S,
    TELL_S,
    WATCH_S,
    YOUNG_S,
    Link,
    Shown,
    come_back,
    excuse,
    pace,
    retry,
)
from airhail.actors.liveness.state import State
from airhail.actors.liveness.wire import ASK, AWAY, BYE

SLACK_S = 0.03
"""Links whose time comes within so many seconds are seen to together: one waking instead of several."""

STRANGER_EVERY_S = 0.2
"""Seconds between two answers to a session that is not the peer's: a new life of it asks more often than that, and
who plays old ones again gets no more."""

Effects = list[Effect]
Change = Callable[[Link], tuple[Link, Effects]]


def step(state: State, event: Event, now: float) -> tuple[State, Effects]:
    """Take one event."""
    match event:
        case LinksSeen(links):
            return _watch(state, links, now)
        case KeysKnown(peers):
            return _know(state, peers, now)
        case ScanSeen(peers):
            changed = state.scanning ^ peers
            state = replace(state, scanning=peers)
            return _each(state, changed, lambda link: _scan(link, link.watched.peer in peers, now), now)
        case HeardElsewhere(peers):
            changed = state.elsewhere ^ peers
            state = replace(state, elsewhere=peers)
            return _each(state, changed, lambda link: (replace(link, elsewhere=link.watched.peer in peers), []), now)
        case Tick():
            return _tick(state, now)
        case _:
            return _each(state, [event.peer], lambda link: _take(link, event, now), now)


Concerning = (
    LinkOpened | LinkNotOpened | ProbeHeard | PeerAnswered | LinkLooked | InterfaceSeen | PeerLeft | GoodbyeWanted
)


def _take(link: Link, event: Concerning, now: float) -> tuple[Link, Effects]:
    """Take an event that concerns one link."""
    match event:
        case LinkOpened(_, session):
            link = replace(link, failures=0, trouble="", session=session)
            return replace(link, since=now, next_at=now, brisk_until=now + YOUNG_S), []
        case LinkNotOpened(_, why):
            return _fail(link, why, now)
        case ProbeHeard():
            return _hear(link, event, now)
        case PeerAnswered():
            return replace(link, answering=now), []
        case LinkLooked(_, looked):
            answering = link.answering if looked.neighbour is None else max(link.answering, now - looked.neighbour)
            passed, since = looked.packets - link.looked.packets, now - (link.looked_at or now)
            # Of a look that follows another at once nothing can be told.
            busy = passed / since > BUSY_PPS if since > 1.0 else link.busy
            return replace(link, looked=looked, looked_at=now, answering=answering, busy=busy), []
        case InterfaceSeen(_, there):
            gone = None if there else now if link.gone is None else link.gone
            return replace(link, gone=gone, next_at=link.next_at if there else _soon(link, now + GONE_S)), []
        case PeerLeft(_, itself):
            left = now if link.left is None else link.left
            itself = itself or link.left_itself
            return replace(link, left=left, left_itself=itself, next_at=_soon(link, left + LEFT_S)), []
        case GoodbyeWanted():
            return _part(replace(link, farewells=FAREWELLS), now) if link.session else (link, [])


def _watch(state: State, links: Iterable[Watched], now: float) -> tuple[State, Effects]:
    """Watch these links, and no others; one is the same for as long as its peer and its interface are."""
    effects: Effects = []
    watched: dict[str, Link] = {}
    for one in links:
        link = state.links.get(one.peer)
        if link is None or link.watched.interface != one.interface:
            watched[one.peer] = _begin(state, one, now)
            effects += [CloseLink(one.peer)] if link else []
            effects += [OpenLink(one)] if state.keys is not None else []
            continue
        watched[one.peer] = replace(link, watched=one)
        effects += [AimLink(one.peer, one.address, link.ipv6)] if one != link.watched else []
    effects = [CloseLink(peer) for peer in state.links if peer not in watched] + effects
    return replace(state, links=watched), effects


def _begin(state: State, watched: Watched, now: float) -> Link:
    peer = watched.peer
    scanning = now if peer in state.scanning else None
    keyed = peer in (state.keys or ())
    return Link(watched, now, keyed, scanning=scanning, elsewhere=peer in state.elsewhere)


def _know(state: State, peers: frozenset[str], now: float) -> tuple[State, Effects]:
    """Take note of whose probes are authenticated; what was heard of one that changes means nothing any more."""
    first = state.keys is None
    state = replace(state, keys=peers)
    effects: Effects = []
    links = dict(state.links)
    for peer, link in state.links.items():
        if first or link.keyed != (peer in peers):
            links[peer] = _begin(state, link.watched, now)
            effects += [OpenLink(link.watched)] if first else [CloseLink(peer), OpenLink(link.watched)]
    return replace(state, links=links), effects


def _fail(link: Link, why: str, now: float) -> tuple[Link, Effects]:
    """Try for the sockets of a link again later, and tell why there are none when that is new."""
    failures = link.failures + 1
    trouble = why if failures > 1 else ""
    told: Effects = [TellTrouble(link.watched, trouble)] if trouble and trouble != link.trouble else []
    next_at = now + pause(OPEN_AGAIN_S, OPEN_LATEST_S, failures)
    return replace(link, failures=failures, trouble=trouble, next_at=next_at), told


def _hear(link: Link, heard: ProbeHeard, now: float) -> tuple[Link, Effects]:
    """Take a probe, and answer it if it asks for that."""
    probe, before = heard.probe, link.ipv6
    asks = bool(probe.flags & ASK) and bool(link.session)
    link, counts = echo.take(link, heard, now)
    peer = link.watched.peer
    effects: Effects = [AimLink(peer, link.watched.address, link.ipv6)] if link.ipv6 != before else []
    if counts and asks:
        link, answer = echo.say(link, 0, now)
        return link, [*effects, SendProbe(peer, answer, heard.family)]
    is_stranger = probe.session not in (link.session, link.theirs.session)
    if is_stranger and asks and now >= link.answered + STRANGER_EVERY_S:
        link, answer = echo.answer_stranger(link, probe, now)
        return link, [*effects, SendProbe(peer, answer, heard.family)]
    return link, effects


def _scan(link: Link, begun: bool, now: float) -> tuple[Link, Effects]:
    """Tell the peer that this host's radio goes away, if there is still time, or ask for it when it is back."""
    if not link.session:
        return replace(link, scanning=now if begun else None), []
    if not begun:
        return come_back(link, now), []
    link, probe = echo.say(replace(link, scanning=now), AWAY, now)
    return link, [SendProbe(link.watched.peer, probe)]


def _part(link: Link, now: float) -> tuple[Link, Effects]:
    """Say goodbye once more."""
    left = link.farewells - 1
    link, probe = echo.say(link, BYE, now)
    next_at = now + (FAREWELL_S if left else SLOW_S)
    return replace(link, farewells=left, next_at=next_at), [SendProbe(link.watched.peer, probe)]


def _tick(state: State, now: float) -> tuple[State, Effects]:
    """Probe the links whose time has come, or try for their sockets."""
    if state.deadline is not None and now > state.deadline + LATE_S:
        # This process has slept, and heard nobody meanwhile.
        state = replace(state, links={peer: excuse(link, now) for peer, link in state.links.items()})
    due = [peer for peer, link in state.links.items() if link.timed and link.next_at <= now + SLACK_S]
    return _each(state, due, lambda link: _ask(link, now) if link.session else _reopen(link), now)


def _reopen(link: Link) -> tuple[Link, Effects]:
    """Try for the sockets of a link again; there is nothing to do until it is known how that went."""
    return replace(link, next_at=float("inf")), [OpenLink(link.watched)]


def _ask(link: Link, now: float) -> tuple[Link, Effects]:
    """Ask the peer for an answer, and the kernel for what it knows when that is wanted."""
    if link.farewells:
        return _part(link, now)
    peer = link.watched.peer
    link, probe = echo.say(replace(link, unanswered=link.unanswered + 1), ASK, now)
    # One family after the other while all is well, both when it matters.
    family = 0 if link.unanswered > 1 or not link.met else 4 if link.sent % 2 else 6
    effects: Effects = [SendProbe(peer, probe, family)]
    link = replace(link, next_at=now + retry(link, now))
    # A look that is a little old when it is needed is as good as none, so the first comes before that.
    silence = link.silence(now)
    doubtful = link.unanswered > 1 and silence > SUSPECT_S / 2
    every = 0.0 if silence >= DEAD_S else LOOK_S if doubtful else WATCH_S if link.met else SLOW_S
    if now >= link.asked_kernel + every:
        link = replace(link, asked_kernel=now)
        effects.append(Look(peer, knock=doubtful or not link.met))
    return link, effects


def _each(state: State, peers: Iterable[str], change: Change, now: float) -> tuple[State, Effects]:
    """Change some links, and judge them afresh."""
    links: Mapping[str, Link] = state.links
    effects: Effects = []
    for peer in peers:
        if peer in links:
            link, more = change(links[peer])
            link, told = _show(link, now)
            links = {**links, peer: link}
            effects += [*more, *told]
    return replace(state, links=links), effects


def _show(link: Link, now: float) -> tuple[Link, Effects]:
    """Judge a link, and bring what is published of it up to date when it is time."""
    verdict, finding = judge(link, now)
    shown = link.shown
    changed = (verdict, finding, mode(link, now)) != (shown.verdict, shown.finding, shown.mode)
    if not changed and now < shown.told + TELL_S:
        return link, []
    p50, p99 = echo.percentiles(link)
    to_peer, from_peer = echo.losses(link)
    since = now if verdict is not shown.verdict else shown.since
    shown = Shown(verdict, since, finding, mode(link, now), 0.0, p50, p99, len(link.rtts), to_peer, from_peer, now)
    link = replace(link, shown=shown)
    link = replace(link, shown=replace(shown, interval=retry(link, now) if link.unanswered > 1 else pace(link, now)))
    effects: Effects = []
    if changed and verdict is not None:
        effects.append(TellVerdict(link.watched.peer, verdict, finding, link.silence(now)))
    return link, effects


def _soon(link: Link, at: float) -> float:
    """Return when to look at a link again, at that moment at the latest."""
    return min(link.next_at, at)
