"""What the kernel shows of groups, and of this process's rights."""

from pathlib import Path

import pytest

from airhail.actors.connection.links.world import GroupInterface
from airhail.actors.connection.radio.capabilities import CAP_KILL, CAP_NET_ADMIN, capable
from airhail.actors.connection.radio.stack import group_interfaces


def test_the_interfaces_of_groups_are_told_from_all_others(tmp_path: Path) -> None:
    for name, flags in {
        "lo": 0x9,
        "wlan0": 0x1003,
        "p2p-dev-wlan0": 0x1,
        "p2p-wlan0-3": 0x1002,
        "p2p-0": 0x1003,
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "flags").write_text(f"{flags:#x}\n")
    (tmp_path / "p2p-leaving").mkdir()
    assert group_interfaces(tmp_path) == (GroupInterface("p2p-0", True), GroupInterface("p2p-wlan0-3", False))


@pytest.mark.parametrize(
    ("mask", "kill", "net_admin"),
    [("000001ffffffffff", True, True), ("0000000000001000", False, True), ("20", True, False)],
)
def test_the_rights_of_a_process(tmp_path: Path, mask: str, kill: bool, net_admin: bool) -> None:
    status = tmp_path / "status"
    status.write_text(f"Name:\tairhail\nCapEff:\t{mask}\n")
    assert (capable(CAP_KILL, status), capable(CAP_NET_ADMIN, status)) == (kill, net_admin)
