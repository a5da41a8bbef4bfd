"""A bus whose policy, like that of most systems, lets us talk to wpa_supplicant not at all."""

import pytest

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import ACCESS_DENIED, BusError
from airhail.ipc.dbus.networkmanager import open_networkmanager
from airhail.ipc.dbus.wpa_supplicant import SERVICE, Supplicant
from tests.system.dbus.private_bus import Daemon, open_service


async def test_supplicant_is_out_of_bounds_when_absent_and_when_forbidden(bus: Bus, daemon: Daemon) -> None:
    supplicant = Supplicant(bus)
    assert not await supplicant.permitted()
    async with open_service(daemon, SERVICE), bus.watch_owner(SERVICE) as owner:
        assert owner.value is not None
        assert not await supplicant.permitted()
        with pytest.raises(BusError) as caught:
            await supplicant.interfaces()
    assert caught.value.name == ACCESS_DENIED


async def test_networkmanager_that_is_not_there_is_seen_as_absent(bus: Bus) -> None:
    async with open_networkmanager(bus) as nm:
        assert not nm.present
        assert nm.p2p_devices() == []
        with pytest.raises(BusError):
            await nm.permissions()
