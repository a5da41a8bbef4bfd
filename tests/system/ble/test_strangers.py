"""Strangers are heard as long as who expects them is there: ble's own process beside a scripted BlueZ."""

from pathlib import Path
from typing import Any

import trio

from airhail.actors.ble.air import MAILBOX
from airhail.ipc.dbus.bluez import GATT_CHARACTERISTIC
from airhail.ipc.dbus.errors import BusError
from airhail.ipc.dbus.match import BUS_INTERFACE, BUS_NAME, BUS_PATH
from tests.system.ble.script import BETA, Script, open_script
from tests.system.dbus.private_bus import open_daemon
from tests.system.test_actors import LIMIT, House, until

SECURE = f"{MAILBOX}/service/secure"
BODY = b"hello"


async def ble_of(script: Script) -> str:
    """Return the unique name of the ble actor: it is alone on the bus with the script."""
    (names,) = await script.bus.call(BUS_NAME, BUS_PATH, BUS_INTERFACE, "ListNames", within=LIMIT)
    (name,) = (name for name in names if name.startswith(":") and name != script.bus.unique_name)
    return str(name)


async def is_heard(script: Script, ble: str) -> bool:
    """Write into the mailbox for introductions, as BlueZ does for beta; tell whether it was taken."""
    options: dict[str, Any] = {"device": ("o", BETA)}
    args = (BODY, options)
    try:
        await script.bus.call(ble, SECURE, GATT_CHARACTERISTIC, "WriteValue", "aya{sv}", args, within=LIMIT)
    except BusError as refused:
        if refused.sentence != "this host has not met you":
            raise
        return False
    return True


async def test_nobody_is_heard_once_who_expected_strangers_has_gone(tmp_path: Path) -> None:
    async with open_daemon(tmp_path) as daemon, open_script(daemon.address) as script:
        house = House(tmp_path, daemon.address)
        async with house.actor("ble"), house.client("ble") as watcher:
            await until(watcher, "open", "mailbox")
            ble = await ble_of(script)
            async with house.client("ble") as first, house.client("ble") as second:
                for client in (first, second):
                    await client.call("expect", {"seconds": 60}, within=LIMIT)
                await first.call("expect", {"seconds": 0}, within=LIMIT)
                # What one has had enough of, the other still expects.
                assert await is_heard(script, ble)
                assert (await watcher.call("inspect", within=LIMIT))["state"]["inbox"][0]["body"] == BODY.hex()
            with trio.fail_after(LIMIT):
                # The end of a connection is seen a moment later.
                while await is_heard(script, ble):
                    pass
