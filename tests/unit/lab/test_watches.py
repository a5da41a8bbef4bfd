"""What scenarios see by the lines of a daemon: each of these can fail."""

from pathlib import Path
from typing import Any, cast

import pytest
import trio

from tests.lab.guest.accesspoint import Guard
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host, HostSpec
from tests.lab.guest.others import TAKEN, expect_scanned
from tests.lab.guest.processes import Daemon
from tests.lab.scenarios.hail_refused import gone_again

SCANS = [(10.0, 17.0)]
CALL = '{"incoming": [{"peer": "alpha"}]}'
NO_CALL = '{"incoming": []}'


def daemon(name: str, *lines: str) -> Daemon:
    return Daemon(name, "alpha", cast("trio.Process", None), Path(name), list(lines))


def test_a_storm_is_one_when_a_request_was_taken_and_the_radio_went_away() -> None:
    expect_scanned(daemon("scanner", "Call failed: busy", TAKEN), SCANS)


@pytest.mark.parametrize(
    ("lines", "scans", "why"),
    [
        (["Call failed: no such object"], SCANS, "no such object"),
        ([], SCANS, "wrote nothing"),
        ([TAKEN], [], "never scanned"),
    ],
)
def test_a_storm_without_a_scan_is_none(lines: list[str], scans: list[tuple[float, float]], why: str) -> None:
    with pytest.raises(Failed, match=why):
        expect_scanned(daemon("scanner", *lines), scans)


@pytest.mark.parametrize(
    ("lines", "matched"),
    [
        ([NO_CALL, CALL], []),
        ([NO_CALL, CALL, "a word", NO_CALL], [3]),
        ([CALL, NO_CALL], [1]),
        ([NO_CALL, NO_CALL], []),
    ],
)
def test_a_call_is_gone_again_once_it_was_there(lines: list[str], matched: list[int]) -> None:
    matches = gone_again()
    assert [number for number, line in enumerate(lines) if matches(line)] == matched


async def test_a_guard_whose_watch_on_the_routes_has_ended_knows_nothing() -> None:
    host = Host(HostSpec("alpha"), cast("trio.Nursery", None))
    guard = Guard(host, daemon("stream", "[7, 0.1]"), daemon("routes", "Cannot open netlink socket"))
    guard.routes.ended.set()
    with pytest.raises(Failed, match="nobody watches the routes: Cannot open netlink socket"):
        await guard.undisturbed(cast("Any", Notes()))


class Notes:
    """Of a lab only what a guard needs."""

    def note(self, text: str) -> None:
        assert text
