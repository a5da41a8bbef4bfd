"""NetworkManager's objects, in the shape its introspection gives them, seen through the typed view."""

import pytest
import trio

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import ActiveConnectionState, DeviceState, DeviceStateReason
from airhail.ipc.dbus.networkmanager_objects import (
    ActiveConnection,
    P2PDevice,
    Peer,
    StateChanged,
    WifiDevice,
    state_changed,
)
from airhail.ipc.dbus.objects import Objects, ObjectTree
from airhail.ipc.dbus.signals import Signal
from airhail.ipc.dbus.wire import decode, encode_call

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
WLAN = f"{ROOT}/Devices/3"
P2P = f"{ROOT}/Devices/4"
PEER = f"{ROOT}/WifiP2PPeer/1"
ACTIVE = f"{ROOT}/ActiveConnection/2"
PROFILE = f"{ROOT}/Settings/5"

OBJECTS: Objects = {
    ROOT: {NM: {"Version": "1.42.4", "WirelessEnabled": True, "WirelessHardwareEnabled": True}},
    WLAN: {
        f"{NM}.Device": {
            "DeviceType": 2,
            "Interface": "wlan0",
            "IpInterface": "wlan0",
            "State": 100,
            "StateReason": (100, 0),
            "Managed": True,
            "ActiveConnection": f"{ROOT}/ActiveConnection/1",
            "HwAddress": "02:00:00:00:00:00",
        },
        f"{NM}.Device.Wireless": {},
    },
    P2P: {
        f"{NM}.Device": {
            "DeviceType": 30,
            "Interface": "p2p-dev-wlan0",
            "IpInterface": "p2p-wlan0-0",
            "State": 120,
            "StateReason": (120, 67),
            "Managed": True,
            "ActiveConnection": ACTIVE,
            "Ip4Config": f"{ROOT}/IP4Config/7",
            "Ip6Config": f"{ROOT}/IP6Config/8",
            "HwAddress": "42:00:00:00:00:0A",
        },
        f"{NM}.Device.WifiP2P": {"Peers": [PEER, f"{ROOT}/WifiP2PPeer/gone"], "HwAddress": ""},
    },
    PEER: {
        f"{NM}.WifiP2PPeer": {
            "Name": "desk",
            "Manufacturer": "ACME",
            "Model": "",
            "ModelNumber": "7",
            "HwAddress": "42:00:00:00:01:0B",
            "Strength": 80,
        }
    },
    ACTIVE: {
        f"{NM}.Connection.Active": {
            "Connection": PROFILE,
            "SpecificObject": PEER,
            "Id": "desk",
            "Uuid": "u",
            "Type": "wifi-p2p",
            "State": 1,
            "Devices": [P2P],
        }
    },
    f"{ROOT}/IP4Config/7": {
        f"{NM}.IP4Config": {"AddressData": [{"address": "10.42.0.1", "prefix": 24}]},
    },
    f"{ROOT}/IP6Config/8": {
        f"{NM}.IP6Config": {"AddressData": [{"address": "fe80::1", "prefix": 64}]},
    },
    f"{ROOT}/Devices/1": {f"{NM}.Device": {"DeviceType": 14, "Interface": "lo"}},
}


async def view(objects: Objects, present: bool = True) -> NetworkManager:
    async with trio.open_nursery() as nursery:
        bus = Bus("unix:path=/nowhere", nursery)
        tree = ObjectTree(bus, NM, "/org/freedesktop")
        tree.replace(objects, present=present)
        return NetworkManager(bus, tree)


async def test_what_is_seen() -> None:
    nm = await view(OBJECTS)
    assert nm.present
    assert (nm.version, nm.wireless_enabled, nm.wireless_hardware_enabled) == ("1.42.4", True, True)
    assert nm.wifi_devices() == [
        WifiDevice(
            path=WLAN,
            interface="wlan0",
            state=DeviceState.ACTIVATED,
            reason=DeviceStateReason.NONE,
            managed=True,
            active_connection=f"{ROOT}/ActiveConnection/1",
            address="02:00:00:00:00:00",
        )
    ]
    assert nm.p2p_devices() == [
        P2PDevice(
            path=P2P,
            interface="p2p-dev-wlan0",
            ip_interface="p2p-wlan0-0",
            state=DeviceState.FAILED,
            reason=DeviceStateReason.PEER_NOT_FOUND,
            managed=True,
            active_connection=ACTIVE,
            peers=(PEER, f"{ROOT}/WifiP2PPeer/gone"),
            address="42:00:00:00:00:0a",
            parent="wlan0",
        )
    ]
    # A peer whose object is gone already is none.
    assert nm.peers(P2P) == [
        Peer(
            path=PEER,
            address="42:00:00:00:01:0b",
            name="desk",
            manufacturer="ACME",
            model="7",
            strength=80,
        )
    ]
    assert nm.active_connections() == [
        ActiveConnection(
            path=ACTIVE,
            connection=PROFILE,
            specific_object=PEER,
            id="desk",
            uuid="u",
            type="wifi-p2p",
            state=ActiveConnectionState.ACTIVATING,
            devices=(P2P,),
        )
    ]
    assert nm.addresses(P2P) == ["10.42.0.1/24", "fe80::1/64"]
    assert nm.addresses(WLAN) == []


async def test_nothing_is_seen_while_it_is_away() -> None:
    nm = await view({}, present=False)
    assert not nm.present
    assert nm.version is None
    assert not nm.wireless_enabled
    assert not nm.p2p_devices()
    assert not nm.wifi_devices()
    assert not nm.active_connections()
    assert nm.peers(P2P) == []
    assert nm.addresses(P2P) == []


async def test_device_that_tells_little_is_still_seen() -> None:
    bare: Objects = {P2P: {f"{NM}.Device": {"DeviceType": 30, "ActiveConnection": "/"}}}
    (device,) = (await view(bare)).p2p_devices()
    assert (device.state, device.active_connection, device.parent) == (DeviceState.UNKNOWN, None, None)


def test_state_change_is_read() -> None:
    def signal(*body: object) -> Signal:
        return Signal(":1.2", P2P, f"{NM}.Device", "StateChanged", body, 1)

    assert state_changed(signal(120, 50, 11)) == StateChanged(
        P2P, DeviceState.FAILED, DeviceState.CONFIG, DeviceStateReason.SUPPLICANT_TIMEOUT
    )
    with pytest.raises(ValueError, match="not three numbers"):
        state_changed(signal(120, 50))


def test_numbers_newer_than_us_keep_their_value() -> None:
    reason = DeviceStateReason(999)
    assert (reason, reason.name) == (999, "UNLISTED_999")
    assert reason == DeviceStateReason(999)


def test_profile_fits_the_signature_of_the_call() -> None:
    settings = {
        "connection": {"id": ("s", "desk"), "type": ("s", "wifi-p2p"), "autoconnect": ("b", False)},
        "wifi-p2p": {"peer": ("s", "42:00:00:00:01:0b")},
        "ipv4": {"method": ("s", "auto"), "never-default": ("b", True)},
    }
    options = {"persist": ("s", "volatile")}
    data = encode_call(
        NM, ROOT, NM, "AddAndActivateConnection2", "a{sa{sv}}ooa{sv}", (settings, P2P, PEER, options), 1
    )
    profile, device, specific, extra = decode(data).body
    assert profile["ipv4"] == {"method": "auto", "never-default": True}
    assert (device, specific, extra) == (P2P, PEER, {"persist": "volatile"})


async def test_find_of_an_impossible_length_is_refused() -> None:
    nm = await view(OBJECTS)
    for seconds in (0, 601, -1):
        with pytest.raises(ValueError, match="1 to 600"):
            await nm.start_find(P2P, seconds)
