"""What NetworkManager shows of the P2P device, in the core's words."""

from dataclasses import replace
from typing import Any

import pytest

from airhail.actors.connection.links.world import Device
from airhail.actors.connection.radio.device import look
from airhail.actors.discovery.radio import Adapter
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceState, DeviceType
from airhail.ipc.dbus.networkmanager_objects import (
    ACTIVE_CONNECTION,
    DEVICE,
    IP4_CONFIG,
    MANAGER,
    MANAGER_PATH,
    SERVICE,
    TREE_ROOT,
)
from airhail.ipc.dbus.objects import ObjectTree

PEER = "42:00:00:00:01:00"
RADIO = Adapter("/Devices/3", "p2p-dev-wlan0", "wlan0", DeviceState.DISCONNECTED)


@pytest.fixture
def objects() -> dict[str, dict[str, dict[str, Any]]]:
    return {
        MANAGER_PATH: {MANAGER: {"Version": "1.52.1"}},
        RADIO.path: {
            DEVICE: {
                "DeviceType": DeviceType.WIFI_P2P,
                "Interface": RADIO.interface,
                "IpInterface": "p2p-wlan0-0",
                "State": 100,
                "ActiveConnection": "/ActiveConnection/1",
                "Ip4Config": "/IP4Config/1",
            }
        },
        "/ActiveConnection/1": {ACTIVE_CONNECTION: {"Id": f"airhail 1000 {PEER}"}},
        "/IP4Config/1": {IP4_CONFIG: {"AddressData": [{"address": "10.42.0.1", "prefix": 24}]}},
    }


async def networkmanager(nursery: Any, objects: dict[str, dict[str, dict[str, Any]]]) -> NetworkManager:
    bus = Bus("unix:path=/nowhere", nursery)
    tree = ObjectTree(bus, SERVICE, TREE_ROOT)
    tree.objects, tree.present = objects, bool(objects)
    return NetworkManager(bus, tree)


async def test_a_link_of_ours_is_seen_with_its_addresses(nursery: Any, objects: dict[str, Any]) -> None:
    seen = look(await networkmanager(nursery, objects), "", 1000)
    addresses = ("10.42.0.1/24",)
    ours = Device(
        RADIO.path, DeviceState.ACTIVATED, "/ActiveConnection/1", PEER, interface="p2p-wlan0-0", addresses=addresses
    )
    assert seen == ours
    objects["/ActiveConnection/1"][ACTIVE_CONNECTION]["Id"] = "TV"
    seen = look(await networkmanager(nursery, objects), RADIO.path, 1000)
    assert seen == replace(ours, peer="", stranger="TV")


async def test_the_parent_and_the_wifi_in_use_are_seen(nursery: Any, objects: dict[str, Any]) -> None:
    wifi = {"DeviceType": DeviceType.WIFI, "Interface": "wlan0", "State": DeviceState.ACTIVATED}
    objects["/Devices/2"] = {DEVICE: wifi}
    objects["/Devices/5"] = {DEVICE: {**wifi, "Interface": "wlan1", "State": DeviceState.DISCONNECTED}}
    seen = look(await networkmanager(nursery, objects), RADIO.path, 1000)
    assert (seen.parent, seen.wifi) == ("wlan0", ("wlan0",))


async def test_no_networkmanager_and_no_radio_are_told_apart(nursery: Any, objects: dict[str, Any]) -> None:
    assert look(await networkmanager(nursery, {}), RADIO.path, 1000) == Device()
    del objects[RADIO.path]
    assert look(await networkmanager(nursery, objects), RADIO.path, 1000) == Device(state=DeviceState.UNAVAILABLE)
