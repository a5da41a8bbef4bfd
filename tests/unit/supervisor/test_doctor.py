"""The doctor's report and the history, in words."""

import pytest

from airhail.supervisor.commands.doctor import Finding, report_lines, worst
from airhail.supervisor.commands.history import Entry, Tally, history_lines, tallies

FINE = Finding("radio", "fine", "There is one.", about="phy0")
LIMIT = Finding("radio", "limit", "It has one channel.", "Add another.", "phy0")
UNKNOWN = Finding("firewall", "unknown", "It cannot be seen.")
BROKEN = Finding("switches", "broken", "Wi-Fi is off.", "Switch it on.")

PEER = "02:00:00:00:00:01"
FLUSHED = Entry(1.0, PEER, "negotiation-failed", ["stuck-peer"], "flush", "cured")
IN_VAIN = Entry(2.0, PEER, "negotiation-failed", ["stuck-peer", "zombie"], "flush", "not-cured")
ASKED = Entry(3.0, PEER, "negotiation-failed", ["stuck-peer"], "remanage", "asked")
BARE = Entry(4.0, "", "supplicant-gone")


@pytest.mark.parametrize(
    ("findings", "grade"),
    [
        ([], "fine"),
        ([FINE], "fine"),
        ([FINE, UNKNOWN], "unknown"),
        ([UNKNOWN, LIMIT], "limit"),
        ([LIMIT, BROKEN], "broken"),
    ],
)
def test_the_worst_grade_stands_for_the_host(findings: list[Finding], grade: str) -> None:
    assert worst(findings) == grade


def test_what_is_fine_gives_way_to_what_is_not() -> None:
    assert list(report_lines([FINE, LIMIT, UNKNOWN, BROKEN], everything=False)) == [
        "limit    radio: It has one channel.",
        "         do: Add another.",
        "unknown  firewall: It cannot be seen.",
        "broken   switches: Wi-Fi is off.",
        "         do: Switch it on.",
        "",
        "1 broken, 1 limit, 1 unknown, 1 fine",
    ]
    assert "fine     radio: There is one." in report_lines([FINE, LIMIT], everything=True)
    assert next(report_lines([FINE], everything=False)) == "fine     radio: There is one."


def test_rungs_are_counted_by_symptom_and_only_when_they_were_tried() -> None:
    assert tallies([FLUSHED, IN_VAIN, ASKED, BARE]) == [
        Tally("stuck-peer", "flush", cured=1, tried=2),
        Tally("zombie", "flush", cured=0, tried=1),
    ]
    unread = Entry(5.0, PEER, "peer-not-found", [], "refresh", "cured")
    assert tallies([unread]) == [Tally("peer-not-found", "refresh", cured=1, tried=1)]


def test_the_history_as_tables() -> None:
    shown = [line.split() for line in history_lines([FLUSHED, BARE])]
    assert shown[0] == ["WHEN", "PEER", "REASON", "SYMPTOMS", "RUNG", "OUTCOME"]
    assert shown[1][2:] == [PEER, "negotiation-failed", "stuck-peer", "flush", "cured"]
    assert shown[2][2:] == ["this", "host", "supplicant-gone"]
    assert shown[-1] == ["stuck-peer", "flush", "1", "1"]
    assert list(history_lines([])) == ["nothing has failed yet"]
