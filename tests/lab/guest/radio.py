"""The simulated radios: made by the kernel at boot, one moved into each host that wants one."""

from pathlib import Path

from tests.lab.guest.failure import expect

RADIOS = Path("/sys/class/ieee80211")


def free_radio() -> str:
    """Return the name of the first radio that no host has yet."""
    free = sorted(RADIOS.iterdir(), key=lambda radio: int((radio / "index").read_text()))
    expect(free, "no radio is left: the kernel makes as many as boot.py's RADIOS says")
    return free[0].name


def interface_of(radio: str) -> str:
    """Return the interface a radio came with (it moves along, and keeps its name, when the radio moves)."""
    return next((RADIOS / radio / "device/net").iterdir()).name
