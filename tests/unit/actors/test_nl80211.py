import struct
import sys
from dataclasses import replace

import pytest

from airhail.actors.channels import channel_of
from airhail.actors.netlink import (
    NLMSG_DONE,
    decode_answers,
    encode_attribute,
)
from airhail.actors.nl80211 import (
    NL80211_ATTR_CHANNEL_WIDTH,
    NL80211_ATTR_IFNAME,
    NL80211_ATTR_IFTYPE,
    NL80211_ATTR_MAC,
    NL80211_ATTR_WIPHY,
    NL80211_ATTR_WIPHY_FREQ,
    NL80211_IFTYPE_P2P_DEVICE,
    NL80211_IFTYPE_P2P_GO,
    WirelessInterface,
    decode_interface,
    pick,
    width_of,
    wifi_frequency,
)

WLAN0 = WirelessInterface(0, 2, "02:00:00:00:00:00", "wlan0")
P2P0 = WirelessInterface(0, NL80211_IFTYPE_P2P_DEVICE, "42:00:00:00:00:00")
WLAN1 = WirelessInterface(1, 2, "02:00:00:00:01:00", "wlan1")


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 1, 0) + body


def interface(radio: int, kind: int, address: str, name: str = "") -> bytes:
    def number(value: int) -> bytes:
        return value.to_bytes(4, sys.byteorder)

    attributes = encode_attribute(NL80211_ATTR_WIPHY, number(radio))
    attributes += encode_attribute(NL80211_ATTR_IFTYPE, number(kind))
    attributes += encode_attribute(NL80211_ATTR_MAC, bytes.fromhex(address.replace(":", "")))
    if name:
        attributes += encode_attribute(NL80211_ATTR_IFNAME, name.encode() + b"\0")
    return struct.pack("=BBH", 7, 1, 0) + attributes


def test_the_p2p_device_of_the_adapters_own_radio_is_picked() -> None:
    assert pick([WLAN1, WLAN0, P2P0], "wlan0") == P2P0.address
    assert pick([WLAN0, P2P0, WLAN1], "wlan1") == WLAN1.address, "a driver without a P2P-Device interface"
    assert pick([WLAN0], "wlan7") == ""


def test_where_the_wifi_on_the_radio_of_an_address_is() -> None:
    interfaces = [replace(WLAN1, frequency=5180), replace(WLAN0, frequency=2437), P2P0]
    assert wifi_frequency(interfaces, P2P0.address) == 2437
    assert wifi_frequency(interfaces, WLAN1.address) == 5180, "a driver without a P2P-Device interface"
    assert wifi_frequency([WLAN0, P2P0], P2P0.address) == 0, "in no network"
    group = WirelessInterface(0, NL80211_IFTYPE_P2P_GO, "42:00:00:00:00:01", "p2p-wlan0-0", 2462)
    assert wifi_frequency([WLAN0, P2P0, group], P2P0.address) == 0, "a link is no network"
    assert wifi_frequency(interfaces, "") == 0


def test_a_dump_is_read_to_its_end() -> None:
    data = message(28, interface(0, 2, WLAN0.address, "wlan0")) + message(28, interface(0, 10, P2P0.address))
    found, done = decode_answers(data)
    assert [decode_interface(each) for each in found] == [WLAN0, P2P0]
    assert not done
    assert decode_answers(message(NLMSG_DONE, bytes(4))) == ([], True)


def test_where_an_interface_is() -> None:
    def number(value: int) -> bytes:
        return value.to_bytes(4, sys.byteorder)

    attributes = {
        NL80211_ATTR_MAC: bytes(6),
        NL80211_ATTR_WIPHY_FREQ: number(5180),
        NL80211_ATTR_CHANNEL_WIDTH: number(3),
    }
    found = decode_interface(attributes)
    assert found is not None
    assert (found.frequency, found.width) == (5180, 80)
    # 802.11ah's: no group is so narrow.
    assert width_of({NL80211_ATTR_CHANNEL_WIDTH: number(8)}) == 0
    assert width_of({}) == 0


@pytest.mark.parametrize(
    ("frequency", "channel"),
    [(2412, 1), (2437, 6), (2472, 13), (2484, 14), (5180, 36), (5825, 165), (5975, 5), (0, 0), (58320, 0)],
)
def test_the_numbers_of_channels(frequency: int, channel: int) -> None:
    assert channel_of(frequency) == channel


def test_an_interface_without_an_address_is_passed_over() -> None:
    assert decode_interface({NL80211_ATTR_WIPHY: bytes(4)}) is None
