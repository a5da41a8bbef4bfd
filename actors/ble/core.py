"""Decides when to advertise, what goes into which mailbox, what is kept, and when a connection has served.

Rules:

1. This host advertises only while somebody waits for a body to reach a peer that is not connected, and stops as soon
   as that peer is. What it spends on that is bounded: see `duty`.
2. One body at a time goes to a peer, as BlueZ writes one at a time. What is for a met peer is sealed, and the
   encrypted mailbox is enough for it; what is for a stranger is not, and goes into the secure one or nowhere.
3. A connection that a call or a pairing of ours brought about is ended once it was quiet for a while; one that was
   there before, or that the peer's call brought about, is somebody else's. A device that is not trusted is never hung
   up on: BlueZ would not let its next call through (src/device.c, dev_disconnect).
4. What comes into the encrypted mailbox is a met peer's or nobody's, what comes into the secure one a stranger's,
   whoever writes, and is heard only while strangers are expected.
5. Whoever was woken may hold the connection for less protected than it is, and refuse what a stranger writes into its
   secure mailbox (docs/bluetooth.md). Then the caller hangs up and lets itself be called for a while: the other way
   round it is taken.

BlueZ is asked for nothing while there is a problem, and everything is asked for anew in its next life.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from airhail.actors.backoff import pause
from airhail.actors.ble.adapter import Device, choose, diagnose
from airhail.actors.ble.duty import enough, enough_in, exhausted_at, spend
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
    Failure,
    HangUp,
    MailboxOpened,
    MailboxRefused,
    MessageTaken,
    OpenMailbox,
    PeersMet,
    SendAsked,
    SendDropped,
    StartBeacon,
    StopBeacon,
    StrangersExpected,
    Tick,
    WorldSeen,
    WriteBody,
)
from airhail.actors.ble.state import Beacon, Mailbox, Send, State
from airhail.actors.inbox import expire, put, take
from airhail.ipc.errors import ErrorName

# A refusal (no permission, BlueZ not ready) is tried again, ever more slowly.
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0
# A connection breaks in the middle of a write when the peer is at the edge of reach: it needs a moment to come back.
REWRITE_S = 0.5
# BlueZ takes 2 s to end a connection (src/device.c, DISCON_TIMER), and until then it is the old one.
HANG_UP_S = 2.5
# As long as the other end needs to say its word again (an introduction repeats it every 2 s) and to call.
YIELD_S = 6.0
# The messages of one hail follow one another within a second or two; a person who is asked takes longer, and is then
# worth another call. An idle connection costs both radios some 20 wake-ups a second.
QUIET_S = 30.0
# One `connection` actor speaks with a handful of peers at once.
MAX_SENDS = 16

# (what the advertisement does, whether it is needed) -> what it does next; a pair that is absent: leave it so.
TRANSITIONS: Mapping[tuple[Beacon, bool], Beacon] = {
    (Beacon.OFF, True): Beacon.STARTING,
    (Beacon.ON, False): Beacon.STOPPING,
}


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
            return replace(state, links={**state.links, address: now + QUIET_S}), []
        case SendAsked():
            return _ask(state, event)
        case SendDropped(id):
            return _forget(state, id), []
        case BodyTaken(id):
            state, send = _written(state, id)
            return (_forget(_heard(state, send.address, now), id), [AnswerSend(id)]) if send else (state, [])
        case BodyRefused(id, failure, why):
            return _refused(state, id, failure, why, now)
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
        case StrangersExpected(seconds):
            return replace(state, strangers_until=now + seconds if seconds > 0 else None), []
        case Tick():
            return _expire(state, now), []
        case _:
            assert_never(event)


# --- the world ---------------------------------------------------------------------------------------


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


# --- sends -------------------------------------------------------------------------------------------


def _ask(state: State, asked: SendAsked) -> tuple[State, list[Effect]]:
    address = next((peer.address for peer in state.peers if peer.peer == asked.to), "") if asked.to else asked.address
    if not address:
        return state, [AnswerSend(asked.id, ErrorName.REFUSED, f"{asked.to or 'nobody'} was not met here")]
    if len(state.sends) >= MAX_SENDS:
        return state, [AnswerSend(asked.id, ErrorName.TOO_MANY, f"{MAX_SENDS} bodies are on their way already")]
    send = Send(asked.id, bool(asked.to), address, asked.body, asked.expires)
    return replace(state, sends={**state.sends, send.id: send}), []


def _forget(state: State, number: int) -> State:
    return replace(state, sends={key: send for key, send in state.sends.items() if key != number})


def _written(state: State, number: int) -> tuple[State, Send | None]:
    """Note that a write has ended; return its send if it is still wanted."""
    writing = {address: other for address, other in state.writing.items() if other != number}
    return replace(state, writing=writing), state.sends.get(number)


def _refused(state: State, number: int, failure: Failure, why: str, now: float) -> tuple[State, list[Effect]]:
    state, send = _written(state, number)
    if send is None:
        return state, []
    again = replace(send, not_before=now + REWRITE_S, why=why)
    device = state.device(send.address)
    if failure is Failure.UNPROTECTED and device and device.trusted and not send.hung_up:
        # A connection that outlived bluetoothd has lost its encryption, as the new one sees it; a new one has it.
        # So has a stranger's, unless it was woken: see rule 5.
        call_after = again.call_after if send.met else now + YIELD_S
        again = replace(again, hung_up=True, not_before=now + HANG_UP_S, call_after=call_after)
        return replace(state, sends={**state.sends, number: again}), [HangUp(device.path)]
    if failure is Failure.LOST:
        return replace(state, sends={**state.sends, number: again}), []
    return _forget(state, number), [AnswerSend(number, ErrorName.REFUSED, why)]


def _carry(state: State, now: float) -> tuple[State, list[Effect]]:
    """Write what can be written, and give up what cannot arrive."""
    effects: list[Effect] = []
    for send in state.sends.values():
        device = state.device(send.address)
        if (failure := _hopeless(state, send, device, now)) is not None:
            state = _forget(state, send.id)
            effects.append(failure)
        elif send.address not in state.writing and now >= send.not_before and (box := _box(send, device)):
            state = replace(state, writing={**state.writing, send.address: send.id})
            effects.append(WriteBody(send.id, box, send.body))
    return state, effects


def _box(send: Send, device: Device | None) -> str:
    """Return the path of the mailbox that a body goes into, "" while there is none in reach."""
    if device is None or not device.connected:
        return ""
    return device.encrypted if send.met else device.secure


def _hopeless(state: State, send: Send, device: Device | None, now: float) -> AnswerSend | None:
    """Return the answer to a send that will not arrive, None while it may."""
    if problem := diagnose(state.world, state.wanted, state.adapter):
        return AnswerSend(send.id, ErrorName.UNAVAILABLE, problem.document()["sentence"])
    if device is None or not (device.bonded or device.connected):
        why = f"this host has no bond with {send.address}: run `airhail pair`"
        return AnswerSend(send.id, ErrorName.REFUSED, why)
    if now >= send.expires:
        return AnswerSend(send.id, ErrorName.DEADLINE, _late(state, send, device))
    return None


def _late(state: State, send: Send, device: Device) -> str:
    """Say how far a send came."""
    if not device.connected:
        why = "the peer did not answer the call: is it near, with Bluetooth on and airhail running?"
    elif not _box(send, device):
        why = "the peer is connected but offers no mailbox: is airhail running there?"
    else:
        why = "the peer did not confirm the message"
    return f"{why} ({send.why})" if send.why else why


# --- the advertisement -------------------------------------------------------------------------------


def _absent(state: State, now: float) -> list[Send]:
    """Return the sends whose peers have to be called."""
    return [
        send
        for send in state.sends.values()
        if now >= send.call_after and (one := state.device(send.address)) and not one.connected
    ]


def _call(state: State, now: float) -> tuple[State, list[Effect]]:
    """Move the advertisement towards what is needed; it is off only once BlueZ has said so."""
    adapter = state.adapter
    absent = _absent(state, now) if diagnose(state.world, state.wanted, adapter) is None else []
    effects: list[Effect] = []
    tired = state.beacon is Beacon.OFF and not enough(state.budget, now)
    if absent and (tired or (state.beacon is Beacon.ON and now >= exhausted_at(state.budget))):
        state, effects = _spare(state, absent, enough_in(state.budget, now))
        absent = []
    beacon = TRANSITIONS.get((state.beacon, bool(absent)), state.beacon)
    if beacon is Beacon.STARTING and state.beacon is Beacon.OFF:
        if adapter is None or state.beacon_again is not None:
            return state, effects
        address, budget = absent[0].address, spend(state.budget, now, spending=True)
        state = replace(state, beacon=beacon, calling=address, beacon_at=adapter.path, budget=budget)
        effects.append(StartBeacon(adapter.path, address))
    elif beacon is Beacon.STOPPING and state.beacon is Beacon.ON:
        state = replace(state, beacon=beacon)
        effects.append(StopBeacon(state.beacon_at))
    return state, effects


def _spare(state: State, absent: list[Send], seconds: float) -> tuple[State, list[Effect]]:
    """Give up sends that would need more advertising than this host may do."""
    why = f"the peer did not answer, and this host has called long enough: it may again in {seconds:.0f} s"
    for send in absent:
        state = _forget(state, send.id)
    return state, [AnswerSend(send.id, ErrorName.BUSY, why) for send in absent]


# --- connections -------------------------------------------------------------------------------------


def _heard(state: State, address: str, now: float) -> State:
    """Note that something passed over a connection of ours."""
    return replace(state, links={**state.links, address: now + QUIET_S}) if address in state.links else state


def _hang_up(state: State, now: float) -> tuple[State, list[Effect]]:
    """Note whom we call, end what was quiet for long enough, and forget what is not there."""
    links = dict(state.links)
    effects: list[Effect] = []
    for send in _absent(state, now):
        links[send.address] = now + QUIET_S
    for address, quiet in state.links.items():
        device = state.device(address)
        called = any(send.address == address for send in state.sends.values())
        if device is None or not (device.connected or called):
            del links[address]
        elif now >= quiet and state.may_hang_up(address):
            del links[address]
            effects.append(HangUp(device.path))
    return (replace(state, links=links) if links != state.links else state), effects


# --- the inbox ---------------------------------------------------------------------------------------


def _arrive(state: State, event: BodyArrived, now: float) -> tuple[State, list[Effect]]:
    device = next((one for one in state.world.devices if one.path == event.path), None)
    if device is None:
        return state, [AnswerWriter(event.ticket, "this host does not know you")]
    peer = "" if event.secure else next((one.peer for one in state.peers if one.address == device.address), "")
    if not peer and not (event.secure and state.strangers_until is not None):
        return state, [AnswerWriter(event.ticket, "this host has not met you")]
    inbox = put(state.inbox, peer=peer, address=device.address, secure=event.secure, body=event.body, now=now)
    state = _heard(replace(state, inbox=inbox or state.inbox), device.address, now)
    return state, [AnswerWriter(event.ticket, "" if inbox else "as many messages wait here already as may")]


# --- the clock ---------------------------------------------------------------------------------------


def _expire(state: State, now: float) -> State:
    """Let go what has had its time; sends and connections are settled anyway."""
    return replace(
        state,
        mailbox_again=_later(state.mailbox_again, now),
        beacon_again=_later(state.beacon_again, now),
        strangers_until=_later(state.strangers_until, now),
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
    for part in (_open, _carry, _call, _hang_up):
        state, more = part(state, now)
        effects += more
    return state, effects
