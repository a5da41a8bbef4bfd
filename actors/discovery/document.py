"""Discovery's published state document."""

from typing import Any

from airhail.actors.discovery.neighbours import Neighbour
from airhail.actors.discovery.state import Find, Lease, State


def document(state: State) -> dict[str, Any]:
    """Shape the state for others: times are monotonic seconds, what is unknown is absent."""
    shaped: dict[str, Any] = {
        "tier": state.world.tier.value,
        "services": _known(
            networkmanager=state.world.networkmanager, wpa_supplicant="present" if state.world.supplicant else ""
        ),
        "find": {"state": state.find.value, "since": state.find_since, "wanted": len(state.wants | state.listens)},
        "peers": {address: _peer(peer) for address, peer in state.peers.items()},
    }
    if radio := state.radio:
        shaped["radio"] = _known(
            device=radio.path, interface=radio.interface, parent=radio.parent, address=state.address
        )
    if problem := state.problem:
        shaped["problem"] = problem.document()
    if state.suspected:
        shaped["symptoms"] = [symptom.value for symptom in state.suspected]
    if state.restored:
        shaped["restored"] = {
            symptom.value: {"times": done.times, "last": done.last} for symptom, done in state.restored.items()
        }
    if lease := state.lease:
        shaped["lease"] = _lease(lease)
    return shaped


def describe(state: State) -> str:
    """Say in one line how discovery stands."""
    if state.problem:
        return state.problem.reason.value
    near = sum(peer.present for peer in state.peers.values())
    return f"{_doing(state)}, {near} near"


def _doing(state: State) -> str:
    match state.find:
        case Find.OFF:
            return "idle"
        case Find.STARTING | Find.RUNNING:
            return "listening" if state.listening else "finding"
        case Find.LENT:
            # Kept clear of a link, too, for which nobody has asked.
            return "air lent" if state.lease else "radio in use"
        case Find.STOPPING | Find.RESETTING:
            return state.find.value


def _peer(peer: Neighbour) -> dict[str, Any]:
    shaped = _known(name=peer.name, manufacturer=peer.manufacturer, path=peer.path)
    if peer.signal is not None:
        shaped["signal"] = peer.signal
    return {
        "address": peer.address,
        "first_seen": peer.first_seen,
        "last_seen": peer.last_seen,
        "present": peer.present,
        **shaped,
    }


def _lease(lease: Lease) -> dict[str, Any]:
    frequency = {"frequency": lease.frequency} if lease.frequency else {}
    return {"pid": lease.pid, "peer": lease.peer, "since": lease.since or 0.0, **frequency}


def _known(**texts: str) -> dict[str, Any]:
    return {key: text for key, text in texts.items() if text}
