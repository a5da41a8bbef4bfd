"""The simulated radios: most made by the kernel at boot, special ones on demand; each is moved into its host."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.lab.guest.failure import expect
from tests.lab.guest.hwsim import Hwsim

RADIOS = Path("/sys/class/ieee80211")
# What the driver allows unless it is told otherwise (machine/patches/hwsim-max-interfaces.patch).
MANY = 2048
MAX_INTERFACES = Path("/sys/module/mac80211_hwsim/parameters/max_interfaces")


@dataclass(frozen=True, slots=True)
class Radio:
    """What a scenario asks of a radio."""

    channels: int = 1
    """How many it can be on at a time. One: mac80211's software scan and remain-on-channel, as in a laptop."""
    interfaces: int = MANY
    """How many it carries beside its P2P device. Two: the station and one group, so that one left behind blocks."""


def find_radio(wanted: Radio) -> str:
    """Return the name of a radio that no host has yet."""
    if wanted != Radio():
        MAX_INTERFACES.write_text(str(wanted.interfaces))
        with closing(Hwsim()) as hwsim:
            return hwsim.new_radio(wanted.channels)
    free = sorted(RADIOS.iterdir(), key=lambda radio: int((radio / "index").read_text()))
    expect(free, "no radio is left: the kernel makes as many as boot.py's RADIOS says")
    return free[0].name


def interface_of(radio: str) -> str:
    """Return the interface a radio came with (it moves along, and keeps its name, when the radio moves)."""
    return next((RADIOS / radio / "device/net").iterdir()).name


def name_in_air(radio: str) -> str:
    """Return what the medium calls a radio: the second of its addresses (mac80211_hwsim_new_radio)."""
    return (RADIOS / radio / "addresses").read_text().split()[1]
