"""wpa_supplicant's P2P signals, with the arguments its source gives them, as events."""

from typing import Any

import pytest

from airhail.ipc.dbus.signals import Signal
from airhail.ipc.dbus.wpa_supplicant import P2P_DEVICE
from airhail.ipc.dbus.wpa_supplicant_events import (
    DeviceFound,
    DeviceLost,
    FindStopped,
    GONegotiationFailure,
    GONegotiationRequest,
    GONegotiationSuccess,
    GroupFinished,
    GroupFormationFailure,
    GroupStarted,
    ProvisionDiscovery,
    SupplicantEvent,
    SupplicantPeer,
    WpsFailed,
    address_of,
    event_of,
)

WLAN = "/fi/w1/wpa_supplicant1/Interfaces/0"
GROUP = "/fi/w1/wpa_supplicant1/Interfaces/5"
PEER = f"{WLAN}/Peers/42000000010b"
ADDRESS = "42:00:00:00:01:0b"


def signal(member: str, *body: Any) -> Signal:
    return Signal(":1.3", WLAN, P2P_DEVICE, member, body, 1)


FOUND = {
    "DeviceName": "desk",
    "Manufacturer": "ACME",
    "ModelName": "One",
    "level": -40,
    "DeviceAddress": bytes.fromhex("42000000010b"),
}
SUCCESS = {
    "peer_object": PEER,
    "status": 0,
    "role_go": "client",
    "frequency": 2437,
    "ssid": b"DIRECT-ab",
    "frequency_list": [2412, 2437],
}
GROUP_PROPERTIES = {"interface_object": GROUP, "role": "GO", "group_object": f"{GROUP}/Groups/ab"}


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (
            signal("DeviceFoundProperties", PEER, FOUND),
            DeviceFound(WLAN, SupplicantPeer(PEER, ADDRESS, "desk", "ACME", "One", -40)),
        ),
        (
            signal("DeviceFoundProperties", PEER, {}),
            DeviceFound(WLAN, SupplicantPeer(PEER, ADDRESS, "", "", "", None)),
        ),
        (signal("DeviceFound", PEER), None),
        (signal("DeviceLost", PEER), DeviceLost(WLAN, ADDRESS)),
        (signal("FindStopped"), FindStopped(WLAN)),
        (signal("GONegotiationRequest", PEER, 4, 7), GONegotiationRequest(WLAN, ADDRESS, 4, 7)),
        (signal("GONegotiationSuccess", SUCCESS), GONegotiationSuccess(WLAN, ADDRESS, "client", 2437)),
        (
            signal("GONegotiationFailure", {"peer_object": PEER, "status": -1}),
            GONegotiationFailure(WLAN, ADDRESS, -1),
        ),
        (signal("GroupStarted", {**GROUP_PROPERTIES, "persistent": False}), GroupStarted(WLAN, GROUP, "GO")),
        (signal("GroupFinished", GROUP_PROPERTIES), GroupFinished(WLAN, GROUP, "GO")),
        (signal("GroupFormationFailure", ""), GroupFormationFailure(WLAN, "")),
        (signal("WpsFailed", "fail", {"msg": 8, "config_error": 18}), WpsFailed(WLAN, 8, 18)),
        (signal("ProvisionDiscoveryPBCRequest", PEER), ProvisionDiscovery(WLAN, ADDRESS, "PBCRequest")),
        (
            signal("ProvisionDiscoveryRequestDisplayPin", PEER, "12345670"),
            ProvisionDiscovery(WLAN, ADDRESS, "RequestDisplayPin"),
        ),
        (signal("ProvisionDiscoveryFailure", PEER, 1), ProvisionDiscovery(WLAN, ADDRESS, "Failure")),
        (signal("InvitationReceived", {}), None),
        (signal("PersistentGroupAdded", "/x", {}), None),
    ],
)
def test_signals_are_read(heard: Signal, expected: SupplicantEvent | None) -> None:
    assert event_of(heard) == expected


@pytest.mark.parametrize(
    "heard",
    [
        signal("DeviceLost"),
        signal("DeviceLost", "/not/a/peer"),
        signal("GONegotiationRequest", PEER),
        signal("GONegotiationFailure", {"peer_object": PEER}),
        signal("GONegotiationFailure", "x"),
        signal("GroupStarted", {"role": "GO"}),
        signal("ProvisionDiscoveryFailure"),
    ],
)
def test_odd_signal_is_told(heard: Signal) -> None:
    with pytest.raises(ValueError, match="its arguments"):
        event_of(heard)


def test_address_is_the_end_of_the_path() -> None:
    assert address_of(PEER) == ADDRESS
    for path in ("/", WLAN, f"{PEER}/x", f"{WLAN}/Peers/42000000010"):
        with pytest.raises(ValueError, match="not the path of a peer"):
            address_of(path)
