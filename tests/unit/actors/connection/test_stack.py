"""What the kernel shows of groups, and of this process's rights."""

from pathlib import Path

import pytest

from airhail.actors.connection.events import GroupInterface
from airhail.actors.connection.stack import group_interfaces, may_end_others


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


@pytest.mark.parametrize(("mask", "may"), [("000001ffffffffff", True), ("0000000000001000", False), ("20", True)])
def test_who_may_end_wpa_supplicant(tmp_path: Path, mask: str, may: bool) -> None:
    status = tmp_path / "status"
    status.write_text(f"Name:\tairhail\nCapEff:\t{mask}\n")
    assert may_end_others(status) is may
