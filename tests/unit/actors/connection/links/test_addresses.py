import ipaddress
import sys

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.connection.links.addresses import NETWORKS, PREFIX, first_hosts, pair, taken
from airhail.actors.connection.radio.reach import complete_entries

DEVICES = st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":"))

# As proc_net(5) shows it: one entry complete, one being asked for, one on another interface.
TABLE = """\
IP address       HW type     Flags       HW address            Mask     Device
10.128.0.2       0x1         0x2         02:00:00:00:01:00     *        p2p-wlan0-0
10.128.0.3       0x1         0x0         00:00:00:00:00:00     *        p2p-wlan0-0
192.168.1.1      0x1         0x2         02:00:00:00:09:00     *        wlan0
"""


@given(DEVICES, DEVICES)
def test_both_ends_derive_the_same_two_addresses(one: str, other: str) -> None:
    here, there = pair(one, other), pair(other, one)
    if one != other:
        assert (here.own, here.peer) == (there.peer, there.own)
        assert here.own != here.peer
    network = ipaddress.ip_network(f"{here.own}/{PREFIX}", strict=False)
    assert ipaddress.ip_address(here.peer) in network
    assert network.subnet_of(NETWORKS)  # type: ignore[arg-type]


def test_only_who_answered_on_the_links_interface_counts() -> None:
    assert complete_entries(TABLE, "p2p-wlan0-0") == ["10.128.0.2"]
    assert complete_entries(TABLE.splitlines()[0], "p2p-wlan0-0") == []


# As proc_net(5) shows it on a little-endian machine: the default route, and 10.128.2.0/24.
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
tun0\t0002800A\t00000000\t0001\t0\t0\t50\t00FFFFFF\t0\t0\t0
"""


def test_a_network_that_this_host_has_a_way_into_is_taken() -> None:
    routes = ROUTES if sys.byteorder == "little" else ROUTES.replace("0002800A", "0A800200").replace("00FF", "FFFF")
    assert taken("10.128.2.1", routes)
    assert not taken("10.128.3.1", routes)


def test_the_owner_of_a_group_is_looked_for_at_its_first_address() -> None:
    assert first_hosts(["192.168.49.77/24", "fe80::1/64"]) == ["192.168.49.1"]
    assert first_hosts(["10.42.0.1/24"]) == []
