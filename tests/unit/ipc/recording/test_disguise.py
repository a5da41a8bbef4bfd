"""A disguise hides addresses and names, and what was decided stays decided."""

import ipaddress
import re

from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.disguise import Disguise, disguise, entries, with_colons
from airhail.ipc.recording.replay import first_difference
from tests.unit.ipc.recording.machine import CORE, HIGH, LOW, Lost, Met, Peer, State, recorded

KEYS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=6, max_size=6).map(lambda data: with_colons(data.hex()))
ADDRESS = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


def mask(**hardware: str) -> Disguise:
    return Disguise(b"k", frozenset({"name"}), hardware, {}, {"10.128.1.1": "10.128.9.1"})


@given(ADDRESSES, st.lists(ADDRESSES, unique=True, min_size=1), KEYS)
def test_order_and_decisions_survive(own: str, peers: list[str], key: bytes) -> None:
    met = [Met(Peer(peer, "a name")) for peer in peers]
    recording = recorded(State(own=own), *met, *(Lost(peer, f"at {peer}") for peer in peers))
    hidden = disguise(CORE, recording, key)
    assert hidden.header.hashed
    assert first_difference(CORE, hidden) == ""
    before = [one["address"] for one in entries(recording, "Peer")]
    after = [one["address"] for one in entries(hidden, "Peer")]
    assert sorted(range(len(before)), key=before.__getitem__) == sorted(range(len(after)), key=after.__getitem__)
    text = hidden.write().decode()
    nobody = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"}
    assert set(ADDRESS.findall(text)).isdisjoint({own, *peers} - nobody)
    assert "a name" not in text


def test_every_way_to_write_an_address() -> None:
    one = mask(**{"02000000000a": "0211223344bb"})
    for old, new in {
        "02:00:00:00:00:0a": "02:11:22:33:44:bb",
        "02-00-00-00-00-0A": "02-11-22-33-44-BB",
        "/fi/w1/wpa_supplicant1/Peers/02000000000a": "/fi/w1/wpa_supplicant1/Peers/0211223344bb",
        "p2p-dev-wlx02000000000a": "p2p-dev-wlx0211223344bb",
        "/org/bluez/hci0/dev_02_00_00_00_00_0A": "/org/bluez/hci0/dev_02_11_22_33_44_BB",
        "for 02:00:00:00:00:0a, twice": "for 02:11:22:33:44:bb, twice",
        "no bond with 02:00:00:00:00:0a: try again": "no bond with 02:11:22:33:44:bb: try again",
        "02:00:00:00:00:0a:0b": "02:00:00:00:00:0a:0b",
        "00:00:00:00:00:00": "00:00:00:00:00:00",
        "/org/freedesktop/NetworkManager/Devices/3": "/org/freedesktop/NetworkManager/Devices/3",
        "12:30:45": "12:30:45",
        "1.42.4": "1.42.4",
        "::1": "::1",
    }.items():
        assert one.text(old) == new


def test_a_name_in_hexadecimal_stays_as_long_as_it_was() -> None:
    one = mask()
    found = one.name("00ff" * 100)
    assert len(bytes.fromhex(found)) == 200
    assert found == one.name("00ff" * 100) != one.name("00fe" * 100)


def test_ip_addresses_keep_their_kind_and_their_neighbours() -> None:
    one = mask()
    found = {old: one.text(old) for old in ("10.128.1.1/24", "10.42.0.1/24", "10.42.0.77/24", "8.8.8.8", "fe80::1:2")}
    assert found["10.128.1.1/24"] == "10.128.9.1/24", "made from the new addresses, as the core does"
    first, second = (ipaddress.ip_interface(found[old]) for old in ("10.42.0.1/24", "10.42.0.77/24"))
    assert first != second
    assert first.network == second.network
    assert first.ip in ipaddress.ip_network("10.0.0.0/8")
    assert ipaddress.ip_address(found["8.8.8.8"]) in ipaddress.ip_network("198.18.0.0/15")
    assert ipaddress.ip_address(found["fe80::1:2"]) in ipaddress.ip_network("fe80::/64")
    assert all(old != new for old, new in found.items())
    for old in ("fe80::1:2", "10.42.0.1"):
        assert one.text(f"at {old}: refused") == f"at {one.text(old)}: refused" != f"at {old}: refused"
    assert one.text("10.42.0.1:80") == f"{one.text('10.42.0.1')}:80"


def test_names_go_wherever_they_are_quoted() -> None:
    one = mask()
    for name in ("Kitchen", "Ann's phone", 'a "b"', "\\", 'it\'s "both"', "\x1b[2J"):
        hidden = one.name(name)
        assert one.data({"is": "Peer", "name": name, "address": ""}) == {"is": "Peer", "name": hidden, "address": ""}
        assert one.text(f"connection {name!r} is up") == f"connection {hidden!r} is up"
    assert one.name("") == ""
    assert one.text("it can't and won't") == "it can't and won't"


def test_what_it_is_stays_unless_that_is_an_address() -> None:
    one = mask(**{"02000000000a": "0211223344bb"})
    assert one.data({"name": {"is": "Peer"}}) == {"name": {"is": "Peer"}}
    assert one.data({"is": "for 02:00:00:00:00:0a"}) == {"is": "for 02:11:22:33:44:bb"}


def test_equal_recordings_look_different_under_different_keys() -> None:
    recording = recorded(State(own=LOW), Met(Peer(HIGH)))
    first, second = (disguise(CORE, recording, key) for key in (b"1", b"2"))
    assert first != second
    assert encode(LOW) not in first.write().decode()
