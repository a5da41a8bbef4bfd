"""What another program is told of a link."""

from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.facts import environment

LINK = {
    "peer": "02:00:00:00:00:01",
    "name": "Kitchen",
    "interface": "p2p-wlan0-0",
    "role": "client",
    "addresses": ["10.128.0.1/24", "10.42.0.7/24", "fe80::1/64", "fd00::1/64"],
    "peer_address": "10.128.0.2",
    "radio": {"channel": 6, "power_save": False},
}


def test_a_link_in_full() -> None:
    assert environment(LINK, {"verdict": "suspect", "finding": "peer-silent"}) == {
        "AIRHAIL_PEER": "02:00:00:00:00:01",
        "AIRHAIL_PEER_NAME": "Kitchen",
        "AIRHAIL_PEER_ADDRESS": "10.128.0.2",
        "AIRHAIL_INTERFACE": "p2p-wlan0-0",
        "AIRHAIL_ROLE": "client",
        "AIRHAIL_ADDRESS": "10.128.0.1",
        "AIRHAIL_ADDRESS6": "fe80::1%p2p-wlan0-0",
        "AIRHAIL_ADDRESSES": "10.128.0.1 10.42.0.7 fe80::1%p2p-wlan0-0 fd00::1",
        "AIRHAIL_CHANNEL": "6",
        "AIRHAIL_VERDICT": "suspect",
        "AIRHAIL_FINDING": "peer-silent",
    }


def test_what_is_not_known_has_no_variable() -> None:
    assert environment({"peer": "02:00:00:00:00:01"}) == {"AIRHAIL_PEER": "02:00:00:00:00:01"}


@given(st.text())
def test_a_name_is_one_line_that_an_environment_can_hold(name: str) -> None:
    told = environment({**LINK, "name": name}).get("AIRHAIL_PEER_NAME", "")
    assert told.isprintable()
    assert len(told) <= 64
