"""What a pairing leaves behind at BlueZ when it could not begin."""

import logging
from pathlib import Path

import pytest
import trio

from airhail.actors.ble.pairing.agent import open_door
from airhail.actors.ble.pairing.events import Event, Offer
from airhail.ipc.dbus.bluez import open_bluez
from airhail.ipc.dbus.bus import open_bus
from airhail.ipc.dbus.errors import BusError
from tests.system.ble.script import HCI0, open_script
from tests.system.dbus.calls import PATIENCE
from tests.system.dbus.private_bus import open_daemon


def ignore(event: Event) -> None:
    raise AssertionError(f"nothing happens here: {event}")


async def test_the_agent_is_taken_back_when_the_invitation_was_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    refused = ("RegisterAdvertisement", "UnregisterAdvertisement")
    async with (
        open_daemon(tmp_path) as daemon,
        open_script(daemon.address, *refused) as script,
        open_bus(daemon.address) as bus,
        open_bluez(bus) as bluez,
    ):
        with trio.fail_after(PATIENCE), pytest.raises(BusError, match="RegisterAdvertisement"):
            async with open_door(bluez, HCI0, Offer.WAITING, ignore):
                pass
    assert "RequestDefaultAgent" in script.asked
    assert script.asked[-1] == "UnregisterAgent"
    assert "the invitation of the pairing was not taken back" in caplog.text
