import pytest

from airhail.actors.connection.radio.falls import fall_of
from airhail.actors.reasons import Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState, DeviceStateReason
from airhail.ipc.dbus.networkmanager_objects import StateChanged


@pytest.mark.parametrize(
    ("old", "new", "why", "reason"),
    [
        ("PREPARE", "FAILED", "PEER_NOT_FOUND", Reason.PEER_NOT_FOUND),
        ("CONFIG", "FAILED", "SUPPLICANT_TIMEOUT", Reason.PEER_NEVER_ANSWERED),
        ("CONFIG", "FAILED", "SUPPLICANT_DISCONNECT", Reason.FORMATION_FAILED),
        ("CONFIG", "FAILED", "FIRMWARE_MISSING", Reason.ACTIVATION_REFUSED),
        ("CONFIG", "DEACTIVATING", "NEW_ACTIVATION", Reason.TAKEN_OVER),
        ("IP_CONFIG", "FAILED", "DHCP_FAILED", Reason.NO_ADDRESS),
        ("IP_CONFIG", "FAILED", "PEER_NOT_FOUND", Reason.PEER_LEFT),
        ("ACTIVATED", "FAILED", "PEER_NOT_FOUND", Reason.PEER_LEFT),
        ("ACTIVATED", "DISCONNECTED", "SUPPLICANT_DISCONNECT", Reason.PEER_LEFT),
        ("ACTIVATED", "DEACTIVATING", "USER_REQUESTED", Reason.ENDED_HERE),
        ("ACTIVATED", "UNAVAILABLE", "SUPPLICANT_FAILED", Reason.SUPPLICANT_GONE),
        ("ACTIVATED", "UNMANAGED", "UNMANAGED_QUITTING", Reason.NETWORKMANAGER_GONE),
        ("CONFIG", "UNMANAGED", "UNMANAGED_USER_EXPLICIT", Reason.RADIO_UNMANAGED),
        ("ACTIVATED", "UNMANAGED", "REMOVED", Reason.RADIO_LOST),
    ],
)
def test_the_stage_and_networkmanagers_reason_make_ours(old: str, new: str, why: str, reason: Reason) -> None:
    problem = fall_of(StateChanged("/Devices/3", DeviceState[new], DeviceState[old], DeviceStateReason[why]))
    assert problem
    assert problem.reason is reason
    assert why in problem.detail


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DISCONNECTED", "PREPARE"),
        ("CONFIG", "IP_CONFIG"),
        ("FAILED", "DISCONNECTED"),
        ("UNAVAILABLE", "DISCONNECTED"),
    ],
)
def test_other_changes_end_nothing(old: str, new: str) -> None:
    change = StateChanged("/Devices/3", DeviceState[new], DeviceState[old], DeviceStateReason.NONE)
    assert fall_of(change) is None
