"""What becomes of each body that is to be brought to a peer. Pure."""

from dataclasses import replace
from math import isfinite

from airhail.actors.ble.adapter import Device, diagnose
from airhail.actors.ble.events import AnswerSend, Effect, Failure, HangUp, SendAsked, WriteBody
from airhail.actors.ble.state import Send, State
from airhail.ipc.errors import ErrorName

# A connection breaks in the middle of a write when the peer is at the edge of reach: it needs a moment to come back.
REWRITE_S = 0.5
# BlueZ takes 2 s to end a connection (src/device.c, DISCONNECT_TIMER), and until then it is the old one.
HANG_UP_S = 2.5
# As long as the other end needs to say its word again (an introduction repeats it every 2 s) and to call.
YIELD_S = 6.0
# BlueZ calls a device connected whether it is over LE or Classic (Device1.Connected; bluez/bluez issue 1350): to one
# that is connected for audio, files or a network alone, nothing gets through. Over LE, mailboxes are known earlier.
MUTE_S = 3.0
# One `connection` actor speaks with a handful of peers at once.
MAX_SENDS = 16


def ask(state: State, asked: SendAsked) -> tuple[State, list[Effect]]:
    """Take a body on its way, or say why not."""
    address = next((peer.address for peer in state.peers if peer.peer == asked.to), "") if asked.to else asked.address
    if not address:
        return state, [AnswerSend(asked.id, ErrorName.REFUSED, f"{asked.to or 'nobody'} was not met here")]
    if len(state.sends) >= MAX_SENDS:
        return state, [AnswerSend(asked.id, ErrorName.TOO_MANY, f"{MAX_SENDS} bodies are on their way already")]
    send = Send(asked.id, bool(asked.to), address, asked.body, asked.expires)
    return replace(state, sends={**state.sends, send.id: send}), []


def forget(state: State, number: int) -> State:
    """Let a send go: it was answered, or nobody waits for it."""
    return replace(state, sends={key: send for key, send in state.sends.items() if key != number})


def written(state: State, number: int) -> tuple[State, Send | None]:
    """Note that a write has ended; return its send if it is still wanted."""
    writing = {address: other for address, other in state.writing.items() if other != number}
    return replace(state, writing=writing), state.sends.get(number)


def refused(state: State, number: int, failure: Failure, why: str, now: float) -> tuple[State, list[Effect]]:
    """Decide whether a body that could not be written is written again."""
    state, send = written(state, number)
    if send is None:
        return state, []
    again = replace(send, not_before=now + REWRITE_S, why=why)
    device = state.device(send.address)
    if failure is Failure.UNPROTECTED and device and device.trusted and not send.hung_up:
        # A connection that outlived bluetoothd has lost its encryption, as the new one sees it; a new one has it.
        # So has a stranger's, unless it was woken: see rule 5 of the core.
        call_after = again.call_after if send.met else now + YIELD_S
        again = replace(again, hung_up=True, not_before=now + HANG_UP_S, call_after=call_after)
        return replace(state, sends={**state.sends, number: again}), [HangUp(device.path)]
    if failure is Failure.LOST:
        return replace(state, sends={**state.sends, number: again}), []
    return forget(state, number), [AnswerSend(number, ErrorName.REFUSED, why)]


def doubt(state: State, now: float) -> State:
    """Note which peers are connected without a mailbox that takes anything, to be called although they are."""
    doubted = {key: _doubted(state, send, now) for key, send in state.sends.items()}
    return replace(state, sends=doubted) if doubted != state.sends else state


def _doubted(state: State, send: Send, now: float) -> Send:
    device = state.device(send.address)
    if device is None or not device.connected or (_box(send, device) and not send.why):
        return replace(send, call_anyway=float("inf"))
    due = min(send.call_anyway, now + MUTE_S)
    if send.address in state.writing and isfinite(due):
        # It may well be taken. A mailbox that is only remembered refuses at once, long before it is due.
        due = max(due, now + REWRITE_S)
    return replace(send, call_anyway=due if now < due else float("-inf"))


def carry(state: State, now: float) -> tuple[State, list[Effect]]:
    """Write what can be written, and give up what cannot arrive."""
    effects: list[Effect] = []
    for send in state.sends.values():
        device = state.device(send.address)
        if (failure := _hopeless(state, send, device, now)) is not None:
            state = forget(state, send.id)
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
        why = "the peer is connected but offers no mailbox, called or not: is airhail running there?"
    else:
        why = "the peer did not confirm the message"
    return f"{why} ({send.why})" if send.why else why
