"""What discovery says, in the core's words: its document is read back whole."""

from typing import Any

import msgspec
import pytest

from airhail.actors.connection.lines.discovery import host_of
from airhail.actors.connection.links.world import Near
from airhail.actors.discovery.document import document
from airhail.actors.discovery.neighbours import Neighbour
from airhail.actors.discovery.radio import Adapter, Tier, World
from airhail.actors.discovery.state import State
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

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
