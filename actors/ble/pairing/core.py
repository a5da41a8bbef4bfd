"""Decides how one pairing goes: whom to call, what the person is asked, and what it means when it fails.

Rules:

1. Whoever names a device calls it; who names none waits to be called. When both name each other, the lower address
   calls and the other waits: two calls at once break one another.
2. A bond counts only if digits were compared or typed. Without that, anybody nearby could have made it.
3. Each end bounds its own question: BlueZ tells neither end what becomes of the other's (docs/bluetooth.md).
4. What breaks off before a question is anybody's doing, and ends no pairing: it is told once nothing has come.
5. BlueZ has one error for several ends of a pairing. What it means follows from how far this end had come.
6. Whoever gives up ends the connection: by this the other end sees that nothing will come of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from airhail.actors.ble.pairing.events import (
    Answered,
    Asked,
    BluetoothLost,
    Call,
    Called,
    CallerGone,
    CallFailed,
    CancelCall,
    Check,
    Checked,
    Claim,
    Device,
    DevicesSeen,
    Effect,
    Event,
    Forget,
    HangUp,
    Kind,
    Offer,
    Reply,
    Search,
    SearchBegun,
    SearchFailed,
    Tick,
    Trust,
    Voided,
)
from airhail.actors.ble.pairing.meant import address_in, fits, means
from airhail.actors.ble.pairing.reasons import PairingReason
from airhail.actors.ble.pairing.state import Outcome, Phase, State

# The protocol's own limit is 30 s from one step to the next (Core Specification, Vol 3, Part H, 3.4): the answer has
# to be at the other end by then.
ANSWER_S = 25.0
# What the other end may take from our answer on: its person's, and the 30 s of the protocol end it anyway.
DECIDE_S = 32.0
# From the call to the first question at least: a connection to a device that advertises each 1.28 s, three messages.
REACH_S = 15.0
# A connection to a device with a bond, and a look whether it lasts; what takes longer is out of reach.
CHECK_S = 20.0
# Connections of one device that broke before they were encrypted: so many, and it may have a bond that this end lost.
BREAKS = 3

# What BlueZ's error of our own call means, once the person at this end was asked and before (docs/bluetooth.md).
ALREADY = "org.bluez.Error.AlreadyExists"
REFUSED = "org.bluez.Error.AuthenticationFailed"
CANCELED = "org.bluez.Error.AuthenticationCanceled"
TIMED_OUT = "org.bluez.Error.AuthenticationTimeout"
REJECTED = "org.bluez.Error.AuthenticationRejected"
UNREACHED = "org.bluez.Error.ConnectionAttemptFailed"
MEANINGS: Mapping[tuple[bool, str], PairingReason] = {
    (True, REFUSED): PairingReason.REFUSED_THERE,
    (True, REJECTED): PairingReason.REFUSED_THERE,
    (True, CANCELED): PairingReason.NO_ANSWER_THERE,
    (True, TIMED_OUT): PairingReason.NO_ANSWER_THERE,
    # It knows of no pairing: nobody there has asked for one.
    (False, REFUSED): PairingReason.REFUSED_THERE,
    (False, REJECTED): PairingReason.REFUSED_THERE,
    # The connection broke before a question came: encrypting it with an old key was tried.
    (False, CANCELED): PairingReason.BOND_LOST,
    (False, TIMED_OUT): PairingReason.NO_ANSWER_THERE,
    (False, UNREACHED): PairingReason.NO_SUCH_DEVICE,
}


def step(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event; return the new state and what to do, in order."""
    match event:
        case Asked():
            return _asked(state, event, now)
        case _ if state.phase is Phase.OVER:
            return state, []
        case DevicesSeen(devices):
            return _see(state, {device.path: device for device in devices}, now)
        case SearchBegun() if state.phase is Phase.STARTING:
            return _look(replace(state, phase=Phase.LOOKING), now)
        case SearchFailed(why) if state.phase is Phase.STARTING:
            return _fail(state, PairingReason.BLUETOOTH_LOST, why)
        case SearchBegun() | SearchFailed():
            return state, []
        case Voided():
            return _fail(state, PairingReason.REFUSED_THERE) if state.by_person else (state, [])
        case Answered(yes, typed):
            return _answered(state, yes, typed, now)
        case Called() if state.phase is Phase.CALLING:
            return _bonded(state) if state.compared else _uncompared(state)
        case CallFailed(name, why) if state.phase is Phase.CALLING:
            return _call_failed(state, name, why)
        case Checked(held) if state.phase is Phase.CHECKING:
            return _fail(state, PairingReason.BOND_LOST) if held is False else _already(state)
        case Called() | CallFailed() | Checked():
            return state, []
        case BluetoothLost(why):
            return _fail(state, PairingReason.BLUETOOTH_LOST, why)
        case CallerGone():
            return _fail(state, PairingReason.REFUSED_HERE)
        case Tick():
            return _late(state, now)
        case _:
            assert_never(event)


# --- who it is about ---------------------------------------------------------------------------------


def _see(state: State, devices: Mapping[str, Device], now: float) -> tuple[State, list[Effect]]:
    before, state = state.devices, replace(state, devices=devices)
    if state.phase is Phase.STARTING:
        return _start(state)
    if state.phase is Phase.LOOKING:
        return _look(state, now)
    if state.phase is Phase.WAITING:
        return _follow(state, before)
    return state, []


def _start(state: State) -> tuple[State, list[Effect]]:
    """Have BlueZ forget what it heard in an earlier pairing, and the bond that is to be made again; then search.

    What is forgotten leaves the list, and comes back when it is heard.
    """

    def old(device: Device) -> bool:
        if device.bonded:
            return state.ask.again and fits(state.ask.meant, device)
        return device.offer is not None

    left = frozenset(path for path, device in state.devices.items() if old(device))
    forget: list[Effect] = [Forget(path) for path in sorted(left - state.leaving)]
    state = replace(state, leaving=state.leaving | left)
    if left or state.searches:
        return state, forget
    return replace(state, searches=True), [Search()]


def _look(state: State, now: float) -> tuple[State, list[Effect]]:
    """Call the device that is meant, once it is there."""
    found = [device for device in state.devices.values() if means(state.ask.meant, device)]
    if len(found) > 1:
        addresses = ", ".join(sorted(one.address for one in found))
        return _over(state, PairingReason.SEVERAL_DEVICES, detail=addresses)
    if not found:
        return state, []
    (device,) = found
    state = replace(state, device=device.path)
    if device.bonded:
        return replace(state, phase=Phase.CHECKING, by=now + CHECK_S), [Check(device.path)]
    if device.offer is Offer.CALLING and state.own > device.address:
        return replace(state, phase=Phase.WAITING), []
    # It may have been heard a while ago, and be heard again only later.
    return replace(state, phase=Phase.CALLING, by=max(state.until, now + REACH_S)), [Call(device.path)]


def _follow(state: State, before: Mapping[str, Device]) -> tuple[State, list[Effect]]:
    """See what becomes of a pairing that the other end began."""
    device = state.devices.get(state.device)
    if device is not None and device.bonded and state.compared:
        return _bonded(state)
    broke = [path for path, one in before.items() if one.connected and _apart(state.devices.get(path))]
    if state.by_person and state.device in broke:
        return _fail(state, PairingReason.REFUSED_THERE)
    if not state.by_person and broke:
        counted = {path: state.breaks.get(path, 0) + 1 for path in broke}
        state = replace(state, breaks={**state.breaks, **counted})
    return state, []


def _apart(device: Device | None) -> bool:
    return device is None or not (device.connected or device.bonded)


# --- the question ------------------------------------------------------------------------------------


def _asked(state: State, event: Asked, now: float) -> tuple[State, list[Effect]]:
    """Ask the person what BlueZ asks, if it is about this pairing."""
    known = state.devices.get(event.path, Device(event.path, address_in(event.path)))
    other = state.device not in ("", event.path)
    early = state.phase in (Phase.STARTING, Phase.LOOKING)
    stranger = early and known.name and not fits(state.ask.meant, known)
    theirs = not event.path.startswith(state.adapter + "/")
    if state.phase in (Phase.CHECKING, Phase.OVER) or state.by_person or other or stranger or theirs:
        return state, [Reply(event.ticket, yes=False)]
    # Whoever calls while we look has found us first.
    phase = Phase.WAITING if early else state.phase
    state = replace(state, phase=phase, device=event.path, devices={**state.devices, event.path: known})
    if event.kind is Kind.ALLOW or known.bonded:
        reason = PairingReason.NOT_COMPARED if event.kind is Kind.ALLOW else PairingReason.BOND_LOST
        state, effects = _fail(state, reason)
        return state, [Reply(event.ticket, yes=False), *effects]
    # The window is for finding one another; the question has a time of its own.
    state = replace(state, digits=event.digits, by=now + ANSWER_S)
    if event.kind is Kind.SHOW:
        # Whoever types the digits there has compared them; here nothing is left to do.
        return replace(state, compared=True, by=now + DECIDE_S), []
    return replace(state, question=event.kind, ticket=event.ticket), []


def _answered(state: State, yes: bool, typed: str, now: float) -> tuple[State, list[Effect]]:
    if state.question is None:
        return state, []
    if not yes:
        return _fail(state, PairingReason.REFUSED_HERE)
    reply = Reply(state.ticket, yes=True, typed=typed)
    return replace(state, question=None, compared=True, by=now + DECIDE_S), [reply]


def _late(state: State, now: float) -> tuple[State, list[Effect]]:
    """Give up what has taken too long."""
    if now < (state.deadline or now):
        return state, []
    if state.question is not None:
        return _fail(state, PairingReason.NO_ANSWER_HERE)
    if state.compared:
        return _fail(state, PairingReason.NO_ANSWER_THERE)
    match state.phase:
        case Phase.CHECKING:
            return _already(state)
        case Phase.WAITING if not state.ask.meant:
            return _over(state, PairingReason.NOBODY_CAME, detail=_suspicion(state))
        case _:
            return _fail(state, PairingReason.NO_SUCH_DEVICE, _suspicion(state))


def _suspicion(state: State) -> str:
    """Say who may have a bond that this end has lost; anybody nearby can look like that, so it decides nothing."""
    suspects = sorted(address_in(path) for path, times in state.breaks.items() if times >= BREAKS)
    if not suspects:
        return ""
    return f"{suspects[0]} came and broke off again and again: if it is meant, `airhail pair --again` at both ends"


# --- how it ends -------------------------------------------------------------------------------------


def _call_failed(state: State, name: str, why: str) -> tuple[State, list[Effect]]:
    if name == ALREADY:
        return _already(state)
    if (reason := MEANINGS.get((state.by_person, name))) is not None:
        return _fail(state, reason)
    return _fail(state, PairingReason.PAIRING_FAILED, why)


def _bonded(state: State) -> tuple[State, list[Effect]]:
    over, effects = _over(state)
    return over, [*effects, Trust(state.device), Claim(state.device)]


def _already(state: State) -> tuple[State, list[Effect]]:
    """Trust a bond that was there: whoever made it, or did not come to the end of it, may not have."""
    over, effects = _over(state, already=True)
    return over, [*effects, Trust(state.device)]


def _uncompared(state: State) -> tuple[State, list[Effect]]:
    over, effects = _over(state, PairingReason.NOT_COMPARED)
    return over, [*effects, Forget(state.device)]


def _fail(state: State, reason: PairingReason, detail: str = "") -> tuple[State, list[Effect]]:
    """End without a bond: take back what is under way, and let the other end see it."""
    over, effects = _over(state, reason, detail=detail)
    if state.phase is Phase.CALLING:
        effects.append(CancelCall(state.device))
    if state.device and state.phase is not Phase.CHECKING:
        effects.append(HangUp(state.device))
    return over, effects


def _over(
    state: State, reason: PairingReason | None = None, *, already: bool = False, detail: str = ""
) -> tuple[State, list[Effect]]:
    """End, and leave no question of BlueZ's open."""
    effects: list[Effect] = [Reply(state.ticket, yes=False)] if state.question is not None else []
    outcome = Outcome(reason, already, detail)
    return replace(state, phase=Phase.OVER, question=None, by=None, outcome=outcome), effects
