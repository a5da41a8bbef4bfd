import json
from pathlib import Path

from tests.lab.outside.merge import merge_logs, merged, stamped

MESSAGE = {
    "at": 100.5,
    "kind": "signal",
    "sender": ":1.2",
    "destination": "",
    "path": "/p",
    "interface": "i",
    "member": "PeerAdded",
    "serial": 9,
    "reply_serial": 0,
    "error": "",
    "body": ["/peer/1"],
}


def test_a_line_without_a_stamp_belongs_to_the_one_before() -> None:
    assert list(stamped("100.25: first\n  more\n\n101.0: second\n")) == [
        (100.25, "first"),
        (100.25, "  more"),
        (101.0, "second"),
    ]


def test_lines_of_one_instant_keep_their_order_within_a_source() -> None:
    lines = list(merged([("b", [(1.0, "b1"), (1.0, "b2")]), ("a", [(1.0, "a1"), (0.5, "a0")])]))
    assert [line.split(" | ")[1] for line in lines] == ["a0", "b1", "b2", "a1"]


def test_every_log_and_trace_of_a_run_is_merged_on_one_clock(tmp_path: Path) -> None:
    (tmp_path / "alpha").mkdir()
    (tmp_path / "lab.log").write_text("100.000000: phase peers began\n")
    (tmp_path / "alpha" / "wpa.log").write_text("100.750000: wlan0: found\n")
    # A run that was cut off leaves its last message unfinished.
    (tmp_path / "alpha" / "dbus.jsonl").write_text(json.dumps(MESSAGE) + '\n{"at": 10')
    assert merge_logs(tmp_path).read_text().splitlines() == [
        "    0.000000 lab            | phase peers began",
        '    0.500000 alpha/dbus bus | signal :1.2 > * #9 /p i.PeerAdded  ["/peer/1"]',
        "    0.750000 alpha/wpa      | wlan0: found",
    ]
