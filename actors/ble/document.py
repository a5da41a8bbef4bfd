"""Ble's published state document."""

from typing import Any

from airhail.actors.ble.state import Mailbox, State
from airhail.actors.inbox import listing


def document(state: State) -> dict[str, Any]:
    """Shape the state for others: what is unknown is absent, bodies are hexadecimal."""
    shaped: dict[str, Any] = {
        "mailbox": state.mailbox.value,
        "beacon": state.beacon.value,
        "peers": {peer.peer: _peer(state, peer.address) for peer in state.peers},
        "bonds": {device.address: device.name for device in state.bonds},
        "inbox": listing(state.inbox),
    }
    if adapter := state.adapter:
        shaped["adapter"] = {"name": adapter.name, "address": adapter.address, "powered": adapter.powered}
    if problem := state.problem:
        shaped["problem"] = problem.document()
    return shaped


def describe(state: State) -> str:
    """Say in one line how ble stands."""
    if problem := state.problem:
        return problem.reason.value
    if state.mailbox is not Mailbox.OPEN:
        return "opening"
    near = len([peer for peer in state.peers if (one := state.device(peer.address)) and one.connected])
    doing = "calling" if state.calling else "idle"
    return f"{doing}, {near} connected"


def _peer(state: State, address: str) -> dict[str, Any]:
    device = state.device(address)
    return {
        "address": address,
        "near": bool(device and device.connected),
        "bonded": bool(device and device.bonded),
    }
