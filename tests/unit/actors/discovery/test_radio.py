from dataclasses import replace

import pytest

from airhail.actors.discovery.radio import Adapter, Sighting, Tier, World, choose, diagnose
from airhail.actors.reasons import Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

FIRST = Adapter("/Devices/3", "p2p-dev-wlan0", "wlan0", DeviceState.DISCONNECTED)
SECOND = Adapter("/Devices/12", "p2p-dev-wlan1", "wlan1", DeviceState.DISCONNECTED)
PEER = "42:00:00:00:01:00"
WELL = World("1.52.1", True, tier=Tier.NETDEV, wlans=("wlan0",), adapters=(FIRST,))


def test_first_adapter_until_a_peer_tells_where_the_engine_lives() -> None:
    world = replace(WELL, adapters=(SECOND, FIRST))
    assert choose(world, None) == FIRST
    seen = replace(world, sightings=(Sighting(PEER, SECOND.path, "/WifiP2PPeer/1"),))
    assert choose(seen, FIRST) == SECOND


def test_the_engine_is_kept_when_its_peers_leave() -> None:
    assert choose(replace(WELL, adapters=(FIRST, SECOND)), SECOND) == SECOND


def test_an_adapter_that_is_ready_beats_one_that_is_not() -> None:
    asleep = replace(FIRST, state=DeviceState.UNAVAILABLE)
    assert choose(replace(WELL, adapters=(asleep, SECOND)), asleep) == SECOND


def test_no_adapter_no_choice() -> None:
    assert choose(World(), FIRST) is None


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (WELL, None),
        (World(), Reason.NETWORKMANAGER_GONE),
        (replace(WELL, wireless_on=False, adapters=()), Reason.RADIO_OFF),
        (replace(WELL, adapters=()), Reason.NO_RADIO),
        (replace(WELL, adapters=(), wlans=()), Reason.NO_RADIO),
        (replace(WELL, adapters=(), supplicant=False), Reason.SUPPLICANT_GONE),
        (replace(WELL, adapters=(), wlans=(), supplicant=False), Reason.NO_RADIO),
        (replace(WELL, adapters=(replace(FIRST, state=DeviceState.UNMANAGED),)), Reason.RADIO_UNMANAGED),
        (replace(WELL, adapters=(replace(FIRST, state=DeviceState.UNAVAILABLE),)), Reason.RADIO_UNAVAILABLE),
        # What NetworkManager shows once its user has had it let the adapter go.
        (
            replace(WELL, adapters=(replace(FIRST, state=DeviceState.UNAVAILABLE, managed=False),)),
            Reason.RADIO_UNMANAGED,
        ),
        (
            replace(WELL, adapters=(replace(FIRST, state=DeviceState.UNAVAILABLE),), supplicant=False),
            Reason.SUPPLICANT_GONE,
        ),
    ],
)
def test_what_keeps_a_host_from_looking(world: World, reason: Reason | None) -> None:
    problem = diagnose(world, choose(world, None))
    assert (problem and problem.reason) == reason
