"""The inside of the lab: runs in the guest, drives every host of a scenario from one trio program."""

from tests.lab.guest.bluetooth import Bluetooth
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import Host, HostSpec
from tests.lab.guest.lab import Lab
from tests.lab.guest.medium import Path
from tests.lab.guest.processes import Completed, Daemon
from tests.lab.guest.radio import Radio
from tests.lab.guest.witness import Mark, Seen, Witness

__all__ = [
    "Bluetooth",
    "Completed",
    "Daemon",
    "Failed",
    "Host",
    "HostSpec",
    "Lab",
    "Mark",
    "Path",
    "Radio",
    "Seen",
    "Witness",
    "expect",
]
