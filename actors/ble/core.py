"""Decides when to advertise, what goes into which mailbox, what is kept, and when a connection has served.

Rules:

1. This host advertises only while somebody waits for a body to reach a peer that is not connected, or is but takes
   nothing (Bluetooth has two ways to be connected, and BlueZ tells them apart for nobody), and stops as soon as that
   peer is. What it spends on that is bounded: see `duty`.
2. One body at a time goes to a peer, as BlueZ writes one at a time. What is for a met peer is sealed, and the
   encrypted mailbox is enough for it; what is for a stranger is not, and goes into the secure one or nowhere.
3. A connection that a call or a pairing of ours brought about is ended once it was quiet for a while, also that of a
   peer whom the call was not for: the advertisement wakes every bonded host with airhail that hears it. One that was
   there before, or that the peer's call brought about, is somebody else's. A device that is not trusted is never hung
   up on: BlueZ would not let its next call through (src/device.c, dev_disconnect).
4. What comes into the encrypted mailbox is a met peer's or nobody's, what comes into the secure one a stranger's,
   whoever writes, and is heard only while strangers are expected.
5. Whoever was woken may hold the connection for less protected than it is, and refuse what a stranger writes into its
   secure mailbox (docs/bluetooth.md). Then the caller hangs up and lets itself be called for a while: the other way
   round it is taken.

BlueZ is asked for nothing while there is a problem, and everything is asked for anew in its next life. What becomes
of a body that is to be brought to a peer is in `sends`, of the advertisement and the connections in `calling`.
"""

from dataclasses import replace
from typing import assert_never

from airhail.actors.backoff import pause
from airhail.actors.ble import calling, sends
from airhail.actors.ble.adapter import choose, diagnose
from airhail.actors.ble.duty import spend
from airhail.actors.ble.events import (
    AnswerSend,
    AnswerWriter,
    BeaconEnded,
    BeaconStarted,
    BodyArrived,
    BodyRefused,
    BodyTaken,
    ConnectionMade,
    Effect,
    Event,
    MailboxOpened,
    MailboxRefused,
    MessageTaken,
    OpenMailbox,
    PeersMet,
    SendAsked,
    SendDropped,
    StrangersExpected,
    Tick,
    WorldSeen,
)
from airhail.actors.ble.state import Beacon, Mailbox, Send, State
from airhail.actors.inbox import expire, put, take

# A refusal (no permission, BlueZ not ready) is tried again, ever more slowly.
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    state, effects = _take(state, event, now)
    state, more = _settle(state, now)
    return state, effects + more


def _take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Write the event into the state."""
    match event:
        case WorldSeen(world):
            return _look(replace(state, world=world)), []
        case PeersMet(peers):
            return replace(state, peers=peers), []
        case ConnectionMade(address):
            return replace(state, links={**state.links, address: now + calling.QUIET_S}), []
        case SendAsked():
            return sends.ask(state, event)
        case SendDropped(id):
            return sends.forget(state, id), []
        case BodyTaken(id):
            state, send = sends.written(state, id)
            if send is None:
                return state, []
            return sends.forget(calling.heard(state, send.address, now), id), [AnswerSend(id)]
        case BodyRefused(id, failure, why):
            return sends.refused(state, id, failure, why, now)
        case MailboxOpened(life, path):
            if state.mailbox is Mailbox.OPENING and state.mailbox_at == (life, path):
                state = replace(state, mailbox=Mailbox.OPEN, refusals=0, refusal="")
            return state, []
        case MailboxRefused(life, path, why):
            if state.mailbox_at != (life, path):
                return state, []
            refusals = state.refusals + 1
            again = now + pause(RETRY_FIRST_S, RETRY_MOST_S, refusals)
            closed = replace(state, mailbox=Mailbox.CLOSED, mailbox_at=("", ""), mailbox_again=again)
            return replace(closed, refusals=refusals, refusal=why), []
        case BeaconStarted():
            started = state.beacon is Beacon.STARTING
            return (replace(state, beacon=Beacon.ON) if started else state), []
        case BeaconEnded(why):
            retry_at = now + RETRY_FIRST_S if why else None
            budget = spend(state.budget, now, spending=False)
            return replace(state, beacon=Beacon.OFF, calling="", beacon_again=retry_at, budget=budget), []
        case BodyArrived():
            return _arrive(state, event, now)
        case MessageTaken(number):
            return replace(state, inbox=take(state.inbox, number)), []
        case StrangersExpected(by, seconds):
            others = {known: until for known, until in state.expecting.items() if known != by}
            return replace(state, expecting={**others, by: now + seconds} if seconds > 0 else others), []
        case Tick():
            return _expire(state, now), []
        case _:
            assert_never(event)


def _look(state: State) -> State:
    """Choose the adapter, and forget what an adapter or a life of BlueZ took along."""
    adapter = choose(state.world, state.wanted, state.adapter)
    before = state.adapter.path if state.adapter else ""
    state = replace(state, adapter=adapter)
    if adapter is None or (state.world.life, adapter.path) != state.mailbox_at:
        state = replace(state, mailbox=Mailbox.CLOSED, mailbox_at=("", ""))
    if adapter is None or adapter.path != before:
        state = replace(state, mailbox_again=None, refusals=0, refusal="")
    return state


def _open(state: State, now: float) -> tuple[State, list[Effect]]:
    """Have our service served where it is not, if it can be."""
    adapter = state.adapter
    if adapter is None or diagnose(state.world, state.wanted, adapter):
        return state, []
    if state.mailbox is not Mailbox.CLOSED or state.mailbox_again is not None:
        return state, []
    at = (state.world.life, adapter.path)
    return replace(state, mailbox=Mailbox.OPENING, mailbox_at=at), [OpenMailbox(*at)]


def _arrive(state: State, event: BodyArrived, now: float) -> tuple[State, list[Effect]]:
    device = next((one for one in state.world.devices if one.path == event.path), None)
    if device is None:
        return state, [AnswerWriter(event.ticket, "this host does not know you")]
    peer = "" if event.secure else next((one.peer for one in state.peers if one.address == device.address), "")
    if not peer and not (event.secure and state.expecting):
        return state, [AnswerWriter(event.ticket, "this host has not met you")]
    inbox = put(state.inbox, peer=peer, address=device.address, secure=event.secure, body=event.body, now=now)
    state = calling.heard(replace(state, inbox=inbox or state.inbox), device.address, now)
    return state, [AnswerWriter(event.ticket, "" if inbox else "as many messages wait here already as may")]


def _expire(state: State, now: float) -> State:
    """Let go what has had its time; sends and connections are settled anyway."""
    return replace(
        state,
        mailbox_again=_later(state.mailbox_again, now),
        beacon_again=_later(state.beacon_again, now),
        expecting={by: until for by, until in state.expecting.items() if now < until},
        inbox=expire(state.inbox, now),
        sends={key: _freed(send, now) for key, send in state.sends.items()},
    )


def _freed(send: Send, now: float) -> Send:
    """Return a send without the waits that are over."""
    not_before = send.not_before if now < send.not_before else float("-inf")
    call_after = send.call_after if now < send.call_after else float("-inf")
    return replace(send, not_before=not_before, call_after=call_after)


def _later(moment: float | None, now: float) -> float | None:
    """Return a moment that is still to come."""
    return None if moment is None or now >= moment else moment


def _settle(state: State, now: float) -> tuple[State, list[Effect]]:
    """Let everything follow from what is known now."""
    effects: list[Effect] = []
    state = sends.doubt(state, now)
    for part in (_open, sends.carry, calling.call, calling.hang_up):
        state, more = part(state, now)
        effects += more
    return state, effects
