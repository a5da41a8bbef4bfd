"""Brings the links to where NetworkManager shows them, and takes what it answers. Pure."""

from dataclasses import replace

from airhail.actors.connection.links import rendezvous
from airhail.actors.connection.links.events import Effect, SeekPeer
from airhail.actors.connection.links.link import Link, Phase, enter, fail, overdue
from airhail.actors.connection.links.state import State, clearing, end, in_phase, on_radio, put
from airhail.actors.connection.links.world import Device, Stack
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState


def look(state: State, device: Device, now: float) -> tuple[State, list[Effect]]:
    """Bring the links to what the device shows: one is adopted, one is lost, and one that nobody wants taken down."""
    state = replace(state, device=device, ended=state.ended & {device.active})
    peer = "" if device.active in state.ended else device.peer
    gone = [link for link in in_phase(state, Phase.LEAVING) if link.active and link.active != device.active]
    state = put(state, *(enter(link, Phase.DOWN, now) for link in gone))
    # Not noted as ended: a device that could not be read for a moment is not one that lost its link.
    lost = [link for link in on_radio(state) if link.seen and link.peer != peer]
    state = put(state, *(fail(link, _vanished(link, device), now) for link in lost))
    shown = state.links.get(peer)
    if not peer or clearing(state, device):
        return state, []
    if shown is None or not shown.wanted:
        return end(state, device.active)
    if device.state > DeviceState.ACTIVATED and shown.active != device.active:
        return replace(state, ended=state.ended | {device.active}), []  # NetworkManager is taking it down already
    followed = _follow(shown, device, state.stack, now)
    state = put(state, followed)
    if not followed.interface or followed.interface == shown.interface:
        return state, []
    return state, [SeekPeer(peer, followed.interface)]


def accepted(state: State, peer: str, active: str) -> tuple[State, list[Effect]]:
    """Note the activation that NetworkManager began, or end it when it is not wanted any more."""
    link = state.links.get(peer)
    if link and link.active == active:
        # Its signal was quicker than its answer.
        return state, rendezvous.tell_moved(link) if link.phase in (Phase.ACTIVATING, Phase.ADDRESSING) else []
    if link and link.phase is Phase.LEAVING:
        state = put(state, replace(link, active=active))
    if link is None or link.phase is not Phase.ACTIVATING or link.active:
        return end(state, active)
    return put(state, replace(link, active=active)), rendezvous.tell_moved(link)


def refused(state: State, peer: str, problem: Problem, now: float) -> State:
    """Note that NetworkManager began no activation."""
    failed = [fail(link, problem, now) for link in in_phase(state, Phase.ACTIVATING, peer=peer)]
    left = [enter(link, Phase.DOWN, now) for link in in_phase(state, Phase.LEAVING, peer=peer) if not link.active]
    return put(state, *failed, *left)


def kept(state: State, active: str, problem: Problem, now: float) -> tuple[State, list[Effect]]:
    """Note that an activation goes on.

    One that is wished for anew is adopted again. One that failed is not: the ladder sees it, and ends it. What nobody
    wants leaves until it is gone.
    """
    leaving = [link for link in in_phase(state, Phase.LEAVING) if link.active in ("", active)]
    peer = state.device.peer if state.device.active == active else ""
    shown = state.links.get(peer)
    if shown and shown.wanted:
        if shown.problem:
            return put(state, replace(shown, problem=problem)), []
        return look(replace(state, ended=state.ended - {active}), state.device, now)
    if peer and not leaving:
        orphan = shown or Link(peer, now, wanted=False)
        leaving = [enter(replace(orphan, active=active, seen=True), Phase.LEAVING, now)]
    return put(state, *(replace(link, problem=problem) for link in leaving)), []


def fell(state: State, problem: Problem, now: float) -> State:
    """Note that NetworkManager let go; what it still shows for a moment is not to be adopted again."""
    fallen = on_radio(state)
    state = replace(state, ended=state.ended | {link.active for link in fallen} - {""})
    return put(state, *(fail(link, problem, now) for link in fallen))


def answered(state: State, peer: str, address: str, now: float) -> State:
    """Note where the peer answered."""
    # Neither state 100 nor an address of our own makes a link: NetworkManager is content with IPv6 link-local, and
    # the other end may have no address yet. An answer does.
    answering = in_phase(state, Phase.ADDRESSING, Phase.UP, peer=peer)
    return put(state, *(_arrive(replace(link, peer_address=address), now) for link in answering))


def _vanished(link: Link, device: Device) -> Problem:
    """Explain a link that NetworkManager no longer shows, and of whose end it said nothing."""
    if device.state is DeviceState.UNKNOWN:
        return Problem(Reason.NETWORKMANAGER_GONE)
    if device.stranger:
        return Problem(Reason.TAKEN_OVER, f"connection {device.stranger!r}")
    if device.state < DeviceState.DISCONNECTED:
        return Problem(Reason.RADIO_LOST)
    return overdue(link) if link.phase is Phase.ACTIVATING else Problem(Reason.PEER_LEFT)


def _follow(link: Link, device: Device, stack: Stack | None, now: float) -> Link:
    """Bring *link* to where NetworkManager shows it: adopted, addressing, up."""
    if not link.holds_radio:
        link = enter(link, Phase.ACTIVATING, now)
    link = replace(link, active=device.active, seen=True)
    if not DeviceState.IP_CONFIG <= device.state <= DeviceState.ACTIVATED:
        return link
    if link.phase is Phase.ACTIVATING:
        link = enter(replace(link, agreed=True), Phase.ADDRESSING, now)
    interface = device.interface or _interface(device, stack)
    return _arrive(replace(link, interface=interface, addresses=device.addresses), now)


def _interface(device: Device, stack: Stack | None) -> str:
    """Return the only group's interface there is, once the device has an address.

    NetworkManager names it after IPv6 has looked for duplicates (nm-device.c, IP_CHECK), well over a second later.
    """
    names = [group.name for group in stack.groups if group.up] if stack else []
    return names[0] if device.addresses and len(names) == 1 else ""


def _arrive(link: Link, now: float) -> Link:
    """Call a link up that has an address at both ends."""
    there = link.phase is Phase.ADDRESSING and link.peer_address and link.addresses
    return enter(link, Phase.UP, now) if there else link
