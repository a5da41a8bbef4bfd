"""BlueZ's objects become adapters, devices and paths, and what it calls is what it expects."""

from typing import Any

import pytest
import trio

from airhail.ipc.dbus.bluez import Adapter, Bluez, Device
from airhail.ipc.dbus.bluez_objects import (
    INVALID_LENGTH,
    INVALID_OFFSET,
    advertisement,
    gatt_profile,
    written_characteristic,
)
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import Refusal
from airhail.ipc.dbus.objects import ObjectTree

HCI0 = "/org/bluez/hci0"
BETA = f"{HCI0}/dev_00_AA_01_01_00_01"
UUID = "77033060-0b72-4d02-af7c-6a3944c0fcd1"
BOX = "77033062-0b72-4d02-af7c-6a3944c0fcd1"
OBJECTS: dict[str, dict[str, dict[str, Any]]] = {
    "/org/bluez": {"org.bluez.AgentManager1": {}},
    HCI0: {
        "org.bluez.Adapter1": {"Address": "00:AA:01:00:00:00", "Powered": True},
        "org.bluez.GattManager1": {},
        "org.bluez.LEAdvertisingManager1": {"ActiveInstances": 0},
    },
    "/org/bluez/hci1": {"org.bluez.Adapter1": {"Address": "00:AA:01:01:00:01", "Powered": False}},
    BETA: {
        "org.bluez.Device1": {
            "Adapter": HCI0,
            "Address": "00:AA:01:01:00:01",
            "Name": "beta",
            "Connected": True,
            "ServicesResolved": True,
            "Paired": True,
            "Bonded": True,
            "Trusted": True,
            "UUIDs": [UUID.upper()],
        }
    },
    "/org/bluez/hci1/dev_00_AA_01_00_00_00": {
        "org.bluez.Device1": {"Adapter": "/org/bluez/hci1", "Address": "00:AA:01:00:00:00", "Paired": True}
    },
    f"{BETA}/service0010": {"org.bluez.GattService1": {"UUID": UUID.upper()}},
    f"{BETA}/service0010/char0011": {
        "org.bluez.GattCharacteristic1": {"UUID": BOX.upper(), "Service": f"{BETA}/service0010"}
    },
    # Another service's, under the same UUID.
    f"{BETA}/service0020": {"org.bluez.GattService1": {"UUID": BOX}},
    f"{BETA}/service0020/char0021": {
        "org.bluez.GattCharacteristic1": {"UUID": BOX, "Service": f"{BETA}/service0020"}
    },
}


@pytest.fixture
def bluez(nursery: trio.Nursery) -> Bluez:
    bus = Bus("unix:path=/nowhere", nursery)
    tree = ObjectTree(bus, "org.bluez", "/")
    tree.owner = ":1.7"
    tree.replace(OBJECTS, present=True)
    return Bluez(bus, tree)


async def test_adapters_tell_what_they_can_do(bluez: Bluez) -> None:
    assert bluez.adapters() == [
        Adapter(HCI0, "hci0", "00:aa:01:00:00:00", True, True, True),
        Adapter("/org/bluez/hci1", "hci1", "00:aa:01:01:00:01", False, False, False),
    ]


async def test_each_adapter_has_its_own_devices(bluez: Bluez) -> None:
    beta = Device(BETA, "00:aa:01:01:00:01", "beta", True, True, True, True, (UUID,))
    assert bluez.devices(HCI0) == [beta]
    # Before 5.65 there is no Bonded.
    (old,) = bluez.devices("/org/bluez/hci1")
    assert (old.bonded, old.connected, old.name) == (True, False, "")


async def test_characteristics_are_found_in_their_own_service(bluez: Bluez) -> None:
    assert bluez.characteristics(BETA, UUID) == {BOX: f"{BETA}/service0010/char0011"}
    assert bluez.characteristics("/org/bluez/hci1/dev_00_AA_01_00_00_00", UUID) == {}


async def test_a_life_is_the_name_of_its_process(bluez: Bluez) -> None:
    assert bluez.life == ":1.7"
    bluez.tree.replace({}, present=False)
    assert bluez.life == ""


async def test_an_advertisement_carries_its_data_and_tells_of_its_end() -> None:
    ended = []
    made = advertisement(UUID, bytes(8), 100, lambda: ended.append(True))
    assert made.get("ServiceData") == ("a{sv}", {UUID: ("ay", bytes(8))})
    assert await made.methods["Release"].handler() == ()
    assert ended


async def test_a_profile_names_the_service_that_is_wanted() -> None:
    assert gatt_profile(UUID, lambda: None).get("UUIDs") == ("as", [UUID])


async def test_a_value_is_taken_whole_or_not_at_all() -> None:
    taken = []

    async def take(device: str, value: bytes) -> None:
        taken.append((device, value))

    made = written_characteristic("/service", BOX, "encrypt-write", 4, take)
    write = made.methods["WriteValue"].handler
    assert await write(b"four", {"device": BETA, "offset": 0}) == ()
    for value, options, name in ((b"fives", {}, INVALID_LENGTH), (b"x", {"offset": 2}, INVALID_OFFSET)):
        with pytest.raises(Refusal) as caught:
            await write(value, options)
        assert caught.value.name == name
    assert taken == [(BETA, b"four")]
