"""Whom this host calls by its advertisement, and when a connection has served. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from airhail.actors.ble import sends
from airhail.actors.ble.adapter import diagnose
from airhail.actors.ble.duty import enough, enough_in, exhausted_at, spend
from airhail.actors.ble.events import AnswerSend, Effect, HangUp, StartBeacon, StopBeacon
from airhail.actors.ble.state import Beacon, Send, State
from airhail.ipc.errors import ErrorName

# The messages of one hail follow one another within a second or two; a person who is asked takes longer, and is then
# worth another call. An idle connection costs both radios some 20 wake-ups a second.
QUIET_S = 30.0

# (what the advertisement does, whether it is needed) -> what it does next; a pair that is absent: leave it so.
TRANSITIONS: Mapping[tuple[Beacon, bool], Beacon] = {
    (Beacon.OFF, True): Beacon.STARTING,
    (Beacon.ON, False): Beacon.STOPPING,
}


def call(state: State, now: float) -> tuple[State, list[Effect]]:
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


def heard(state: State, address: str, now: float) -> State:
    """Note that something passed over a connection of ours."""
    return replace(state, links={**state.links, address: now + QUIET_S}) if address in state.links else state


def hang_up(state: State, now: float) -> tuple[State, list[Effect]]:
    """Note whom we call or wake, end what was quiet for long enough, and forget what is not there."""
    # Not who is connected all the same: to hang up ends everything that is between the two, also what others use.
    away = (send.address for send in _absent(state, now))
    woken = {address for address in away if (one := state.device(address)) and not one.connected}
    if state.beacon is not Beacon.OFF:
        # Every bonded host with airhail connects to whoever advertises, and would come back as long as that lasts.
        woken |= {one.address for one in state.bonds if not one.connected} | state.links.keys()
    wanted = woken | {send.address for send in state.sends.values()}
    links = {**state.links, **dict.fromkeys(woken, now + QUIET_S)}
    effects: list[Effect] = []
    for address, quiet in sorted(links.items()):
        device = state.device(address)
        if device is None or not (device.connected or address in wanted):
            del links[address]
        elif now >= quiet and state.may_hang_up(address):
            del links[address]
            effects.append(HangUp(device.path))
    return (replace(state, links=links) if links != state.links else state), effects


def _absent(state: State, now: float) -> list[Send]:
    """Return the sends whose peers have to be called."""
    return [
        send
        for send in state.sends.values()
        if now >= send.call_after
        and (one := state.device(send.address))
        and (not one.connected or now >= send.call_anyway)
    ]


def _spare(state: State, absent: list[Send], seconds: float) -> tuple[State, list[Effect]]:
    """Give up sends that would need more advertising than this host may do.

    To a peer that is connected a body may come without a call: it has all of its time.
    """
    why = f"the peer did not answer, and this host has called long enough: it may again in {seconds:.0f} s"
    spared = [send.id for send in absent if (one := state.device(send.address)) and not one.connected]
    for number in spared:
        state = sends.forget(state, number)
    return state, [AnswerSend(number, ErrorName.BUSY, why) for number in spared]
