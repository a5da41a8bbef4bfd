"""From what is seen and what has failed to symptoms: the three truths compared, and a link's attempts looked back on.

NetworkManager's device, wpa_supplicant's interfaces and the kernel's are each true in their own way; a stuck stack
shows where they differ.
"""

from collections.abc import Mapping

from airhail.actors.connection.ladder.case import Case
from airhail.actors.connection.ladder.ladder import Rights
from airhail.actors.connection.links.state import State, on_radio
from airhail.actors.reasons import Reason
from airhail.actors.symptoms import Symptom
from airhail.ipc.dbus.networkmanager_enums import DeviceState

# How long a symptom of the host may last before it counts: the three truths never change in the same instant, and
# most of what looks stuck for a moment is a service that is being restarted.
PATIENCE_S: Mapping[Symptom, float] = {
    # NetworkManager has wpa_supplicant started again within 8 s in the lab.
    Symptom.SUPPLICANT_GONE: 20.0,
    # By then it has left three calls unanswered (stack.py, ASK_SILENT_AGAIN_S).
    Symptom.SUPPLICANT_SILENT: 15.0,
    Symptom.DEVICE_STUCK: 20.0,
    # NetworkManager takes an activation down within 2 s.
    Symptom.DEVICE_BUSY: 15.0,
    # A group goes with the activation it belonged to, within a second.
    Symptom.ZOMBIE_GROUP: 3.0,
    Symptom.LEAKED_INTERFACE: 10.0,
}
# Symptoms that stand in nobody's way while no link is wanted.
ONLY_IF_WANTED = frozenset(
    {Symptom.SUPPLICANT_GONE, Symptom.SUPPLICANT_SILENT, Symptom.DEVICE_STUCK, Symptom.DEVICE_BUSY}
)
# What it looks like from here when a request is not answered, or when both are ignored until one end gives up.
SILENCE = (Reason.PEER_NEVER_ANSWERED, Reason.NEGOTIATION_FAILED)
# Reasons of this host with which a device is rightly unavailable.
RIGHTLY = frozenset({Reason.RADIO_OFF, Reason.RADIO_UNMANAGED, Reason.NO_RADIO, Reason.NETWORKMANAGER_GONE})


def symptoms_of_host(state: State) -> frozenset[Symptom]:
    """Compare the three truths as they are at this moment."""
    stack, device = state.stack, state.device
    if stack is None or device.state is DeviceState.UNKNOWN or rightly_away(state):
        return frozenset()
    at_rest = device.state == DeviceState.DISCONNECTED and not on_radio(state) and state.free and not state.ended
    up = {group.name for group in stack.groups if group.up}
    seen = {
        Symptom.SUPPLICANT_GONE: not stack.supplicant,
        Symptom.SUPPLICANT_SILENT: stack.silent,
        Symptom.DEVICE_STUCK: stack.supplicant and not stack.silent and device.state == DeviceState.UNAVAILABLE,
        Symptom.DEVICE_BUSY: device.state > DeviceState.DISCONNECTED and device.active in state.ended,
        Symptom.ZOMBIE_GROUP: at_rest and bool(up | set(stack.listed)),
        # While attempts are made, the interface of one is often kept ready for the next (see `symptoms_of_link`).
        Symptom.LEAKED_INTERFACE: at_rest and not _wanted(state) and bool(stack.groups) and not up,
    }
    wanted = _wanted(state)
    return frozenset(one for one, here in seen.items() if here and (wanted or one not in ONLY_IF_WANTED))


def symptoms_of_link(state: State, case: Case) -> tuple[Symptom, ...]:
    """Look back on the attempts since the link was last up; nothing yet when the next one may well go better."""
    silent = case.in_a_row(*SILENCE)
    seen = {
        Symptom.BLIND_FIND: case.rang and case.reason is Reason.PEER_NOT_FOUND,
        # Either it is the peer that calls, or wpa_supplicant that says that both asked: one such failure is enough.
        Symptom.DEADLOCK: silent > 0 and (case.rang or case.in_a_row(Reason.NEGOTIATION_FAILED) > 0),
        Symptom.FORMATION_FAILS: case.in_a_row(Reason.FORMATION_FAILED) > 1,
        # Once is what happens when the other person just takes a minute longer.
        Symptom.UNANSWERED: silent > 1 and not case.rang,
        Symptom.RADIO_STUCK: case.reason is Reason.RADIO_STUCK,
        Symptom.UNSEEN: not case.rang and case.reason is Reason.PEER_NOT_FOUND,
    }
    leaked = bool(state.stack and state.stack.groups) and len(case.reasons) > 1
    return tuple(one for one in Symptom if seen.get(one) or (leaked and one is Symptom.LEAKED_INTERFACE))


def rights(state: State) -> Rights:
    """Tell how far this process's privileges reach."""
    if state.stack and state.stack.admin:
        return Rights.ADMIN
    return Rights.NETDEV if state.host and state.host.rings else Rights.USER


def rightly_away(state: State) -> bool:
    """Tell whether the radio is away for a reason of this host, which no rung may work against."""
    return state.host is not None and state.host.problem is not None and state.host.problem.reason in RIGHTLY


def _wanted(state: State) -> bool:
    return any(link.wanted for link in state.links.values())
