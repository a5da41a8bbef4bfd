"""What other actors publish, as `liveness` reads it."""

import msgspec
import pytest

from airhail.actors.liveness.events import Watched
from airhail.actors.liveness.told import near_in, watched_in

BETA = "42:00:00:00:02:00"
UP = {"phase": "up", "interface": "p2p-wlan0-0", "peer_address": "10.200.0.2", "more": 1}
WATCHED = Watched(BETA, "p2p-wlan0-0", "10.200.0.2")


def test_a_link_is_watched_once_it_is_up_and_until_it_is_gone() -> None:
    assert watched_in({"links": {BETA: {"phase": "forming"}}}, {}) == {}
    assert watched_in({"links": {BETA: UP}}, {}) == {BETA: WATCHED}
    assert watched_in({"links": {BETA: {"phase": "leaving"}}}, {BETA: WATCHED}) == {BETA: WATCHED}
    assert watched_in({"links": {BETA: {"phase": "leaving"}}}, {}) == {}
    assert watched_in({}, {BETA: WATCHED}) == {}


def test_of_a_carriers_peers_those_count_that_are_near() -> None:
    assert near_in({"peers": {"a": {"near": True}, "b": {"near": False}, "c": {}}}) == {"a"}


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        watched_in({"links": {BETA: {"phase": 3}}}, {})
    with pytest.raises(msgspec.ValidationError):
        near_in({"peers": []})
