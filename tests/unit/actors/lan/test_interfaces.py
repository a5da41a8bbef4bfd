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


def test_what_stands_on_a_real_one_is_real(tmp_path: Path) -> None:
    # A VLAN of a bond is a port of a bridge, beside a container's cable.
    lower = {"vmbr0": ["veth3", "bond0.10"], "bond0.10": ["bond0"], "bond0": ["eth0"], "docker0": ["veth4"]}
    for name in ("veth3", "veth4", "eth0", *lower):
        (tmp_path / name).mkdir()
    for name, others in lower.items():
        for other in others:
            (tmp_path / name / f"lower_{other}").symlink_to(f"../{other}")
    (tmp_path / "eth0" / "device").mkdir()
    docker0, vmbr0 = Interface("docker0", 3, "172.17.0.1", ""), Interface("vmbr0", 9, "192.0.2.1", "")
    bond0, vlan = Interface("bond0", 7, "192.0.2.2", ""), Interface("bond0.10", 8, "192.0.2.3", "")
    assert choose([docker0, bond0, vlan, vmbr0], tmp_path) == ([bond0, vlan, vmbr0, docker0], [])
