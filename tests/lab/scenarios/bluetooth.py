"""Two hosts have Bluetooth."""

from tests.lab.guest import Bluetooth, Lab

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()


async def scenario(lab: Lab) -> None:
    lab.note(str([(host.adapter, host.bluetooth_address) for host in lab.hosts]))
