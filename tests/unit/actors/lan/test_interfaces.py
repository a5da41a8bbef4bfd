"""Which interfaces calls go out on, when there are more than may be used."""

from pathlib import Path

from airhail.actors.lan.interfaces import MAX_INTERFACES, Interface, choose


def veth(index: int) -> Interface:
    return Interface(f"veth{index}", index, "", f"fe80::{index:x}")


def test_the_real_ones_come_before_the_virtual_ones(tmp_path: Path) -> None:
    # Plugged in after the containers, so its index is higher.
    wlan = Interface("wlan0", 99, "192.0.2.1", "")
    (tmp_path / "wlan0" / "device").mkdir(parents=True)
    veths = [veth(index) for index in range(3, 3 + MAX_INTERFACES)]
    used, left = choose([*veths, wlan], tmp_path)
    assert used == [wlan, *veths[:-1]]
    assert left == veths[-1:]


def test_who_is_a_port_of_a_bridge_is_none(tmp_path: Path) -> None:
    (tmp_path / "veth3" / "brport").mkdir(parents=True)
    assert choose([veth(3), veth(4)], tmp_path) == ([veth(4)], [])
