import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.discovery.nl80211 import (
    NL80211_ATTR_IFNAME,
    NL80211_ATTR_IFTYPE,
    NL80211_ATTR_MAC,
    NL80211_ATTR_WIPHY,
    NL80211_IFTYPE_P2P_DEVICE,
    NLMSG_DONE,
    NLMSG_ERROR,
    NetlinkError,
    WirelessInterface,
    decode_answers,
    decode_attributes,
    decode_interface,
    encode_attribute,
    encode_request,
    pick,
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


def test_a_dump_is_read_to_its_end() -> None:
    data = message(28, interface(0, 2, WLAN0.address, "wlan0")) + message(28, interface(0, 10, P2P0.address))
    found, done = decode_answers(data)
    assert [decode_interface(each) for each in found] == [WLAN0, P2P0]
    assert not done
    assert decode_answers(message(NLMSG_DONE, bytes(4))) == ([], True)


def test_a_kernel_without_wireless_has_no_interfaces_and_a_refusal_is_told() -> None:
    assert decode_answers(message(NLMSG_ERROR, struct.pack("=i", -2) + bytes(16))) == ([], True)
    with pytest.raises(NetlinkError, match="error 1"):
        decode_answers(message(NLMSG_ERROR, struct.pack("=i", -1) + bytes(16)))


def test_an_interface_without_an_address_is_passed_over() -> None:
    assert decode_interface({NL80211_ATTR_WIPHY: bytes(4)}) is None


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40)), max_size=8))
def test_attributes_survive_the_round_trip(attributes: list[tuple[int, bytes]]) -> None:
    encoded = b"".join(encode_attribute(kind, value) for kind, value in attributes)
    assert list(decode_attributes(encoded)) == attributes


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    try:
        decode_answers(data)
    except (NetlinkError, struct.error):
        return


def test_a_request_has_the_length_it_says() -> None:
    request = encode_request(28, 5, encode_attribute(2, b"nl80211\0"), 0x300)
    assert struct.unpack_from("=IHH", request) == (len(request), 28, 0x301)
