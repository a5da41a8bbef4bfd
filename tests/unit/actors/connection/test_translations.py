"""What other parts say, in the core's words: discovery's document, NetworkManager's objects, profiles."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from airhail.actors.connection.lines.discovery import host_of
from airhail.actors.connection.links.world import Device, Near
from airhail.actors.connection.radio.look import look
from airhail.actors.connection.radio.profile import peer_of, settings
from airhail.actors.discovery.document import document
from airhail.actors.discovery.neighbours import Neighbour
from airhail.actors.discovery.radio import Adapter, Tier, World
from airhail.actors.discovery.state import State
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.networkmanager import (
    ACTIVE_CONNECTION,
    DEVICE,
    IP4_CONFIG,
    MANAGER,
    MANAGER_PATH,
    SERVICE,
    TREE_ROOT,
    NetworkManager,
)
from airhail.ipc.dbus.networkmanager_enums import DeviceState, DeviceType
from airhail.ipc.dbus.objects import ObjectTree

PEER = "42:00:00:00:01:00"
OWN = "42:00:00:00:00:00"
RADIO = Adapter("/Devices/3", "p2p-dev-wlan0", "wlan0", DeviceState.DISCONNECTED)


def test_discoverys_own_document_is_read_back_whole() -> None:
    peers = {
        PEER: Neighbour(PEER, 1.0, 2.0, path="/WifiP2PPeer/1", name="beta"),
        OWN: Neighbour(OWN, 1.0, 2.0, False),
    }
    world = World("1.52.1", True, tier=Tier.NETDEV, adapters=(RADIO,))
    host = host_of(document(State(world=world, radio=RADIO, address=OWN, peers=peers)))
    assert (host.device, host.address, host.rings, host.problem) == (RADIO.path, OWN, True, None)
    assert host.near == {PEER: Near("/WifiP2PPeer/1", "beta")}, "who is no longer there is not near"


def test_discoverys_problem_comes_through_with_its_detail() -> None:
    without = host_of(document(State(world=World("1.52.1", wlans=("wlan0",), supplicant=True))))
    assert without.problem == Problem(Reason.NO_RADIO, "Wi-Fi adapters: wlan0")
    assert not without.device
    assert not without.rings


@pytest.mark.parametrize("broken", [{}, {"tier": 7, "peers": {}}, {"tier": "user", "peers": {PEER: {}}}])
def test_a_document_of_another_shape_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        host_of(broken)


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


def test_a_profile_is_recognised_and_never_takes_the_default_route() -> None:
    profile = settings(PEER, 1000, "ada", "10.128.0.1")
    assert peer_of(profile["connection"]["id"][1], 1000) == PEER
    for stranger in ("TV", "airhail hotspot", f"airhail 0 {PEER}", f"airhail 1000 {PEER} x"):
        assert peer_of(stranger, 1000) == ""
    assert profile["connection"]["permissions"] == ("as", ["user:ada:"])
    assert "permissions" not in settings(PEER, 0, None, "")["connection"]
    address = {"address": ("s", "10.128.0.1"), "prefix": ("u", 24)}
    assert profile["ipv4"]["address-data"] == ("aa{sv}", [address])
    assert "address-data" not in settings(PEER, 0, None, "")["ipv4"]
    assert profile["ipv4"]["never-default"] == ("b", True)
    assert profile["ipv6"]["never-default"] == ("b", True)
