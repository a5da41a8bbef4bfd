"""What `link`, `wait` and `exec` make of what connection and liveness publish."""

import re
from typing import Any

import pytest

from airhail.ipc.verdict import VERDICT_S
from airhail.supervisor.commands import status
from airhail.supervisor.commands.documents import ConnectionState, understand
from airhail.supervisor.commands.execute import command_of
from airhail.supervisor.commands.judged import View, judged_links, view_of
from airhail.supervisor.commands.one_link import link_lines, shaped
from airhail.supervisor.commands.resolve import Known
from airhail.supervisor.commands.wait import stands
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

GROUP = "p2p-wlan0-0"
KITCHEN = Known("02:00:00:00:00:01", "Kitchen")


def connection(phase: str = "up", **known: Any) -> dict[str, Any]:
    link = {"peer": KITCHEN.address, "name": "Kitchen", "wanted": True, "phase": phase, "since": 40.0}
    return {"links": {KITCHEN.address: {**link, "interface": GROUP, **known}}}


def liveness(verdict: str, **known: Any) -> dict[str, Any]:
    return {"links": {KITCHEN.address: {"interface": GROUP, "verdict": verdict, "since": 90.0, **known}}}


def view(
    connection: dict[str, Any], liveness: dict[str, Any] | None = None, *, expected: bool = False, now: float = 41.0
) -> View:
    return view_of(KITCHEN.address, connection, liveness, now, expected=expected)


@pytest.mark.parametrize(
    ("seen", "alive"),
    [
        (view(connection(), liveness("alive")), True),
        (view(connection(), liveness("suspect")), False),
        (view(connection(), liveness("dead")), False),
        # What liveness says of a link that connection has given up is of yesterday.
        (view(connection("failed"), liveness("alive")), False),
        # Nobody judges: connection's word counts.
        (view(connection()), True),
        # Somebody does, and has not spoken yet.
        (view(connection(), expected=True), False),
        (view(connection(), {"links": {}}), False),
        (view(connection(), liveness("")), False),
        # It has had its time.
        (view(connection(), {"links": {}}, now=40.0 + VERDICT_S), True),
        (view(connection(), liveness("suspect"), now=40.0 + VERDICT_S), False),
        # It speaks of the group before this one.
        (view(connection(), liveness("alive", interface="p2p-7")), False),
        (view({"links": {}}, liveness("alive")), False),
    ],
)
def test_when_a_link_is_alive(seen: View, alive: bool) -> None:
    assert seen.alive is alive


def test_a_link_in_full() -> None:
    radio = {"channel": 6, "frequency": 2437, "width": 20, "power_save": False}
    up = connection(interface="p2p-wlan0-0", role="client", peer_address="10.128.0.2", radio=radio)
    rtt, loss = {"p50": 0.0012, "p99": 0.0345, "samples": 40}, {"to_peer": 0.02, "from_peer": 0.0}
    judged = liveness("suspect", finding="one-way", mode="authenticated", rtt=rtt, loss=loss)
    assert list(link_lines(KITCHEN, view(up, judged), 100.0)) == [
        "Kitchen (02:00:00:00:00:01): up for 1 min",
        "  verdict     suspect (one-way) for 10 s, authenticated",
        "  there       10.128.0.2",
        "  interface   p2p-wlan0-0, client",
        "  radio       channel 6 (2437 MHz), 20 MHz wide, power save off",
        "  round trip  p50 1.2 ms, p99 34.5 ms (40 probes)",
        "  loss        2.0% to the peer, 0.0% from the peer",
    ]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (view(connection()), "nobody judges: liveness does not run"),
        (view(connection(), expected=True), "not yet known"),
        (view(connection(), {"links": {}}), "not yet known"),
    ],
)
def test_a_link_without_a_verdict(seen: View, words: str) -> None:
    assert f"  verdict     {words}" in list(link_lines(KITCHEN, seen, 100.0))


def test_a_link_that_is_not_up() -> None:
    failed = connection("failed", reason="peer-left", sentence="It left.", next_attempt=105.0)
    assert list(link_lines(KITCHEN, view(failed), 100.0)) == [
        "Kitchen (02:00:00:00:00:01): failed for 1 min, trying again in 5 s",
        "  why         peer-left: It left.",
    ]
    assert list(link_lines(KITCHEN, view({"links": {}}), 100.0)) == ["Kitchen (02:00:00:00:00:01): no link"]


def test_a_link_for_programs() -> None:
    shown = shaped(KITCHEN, view(connection(extra=1), liveness("alive")))
    assert (shown["extra"], shown["alive"], shown["liveness"]["verdict"]) == (1, True, "alive")
    assert shaped(KITCHEN, view({"links": {}})) == {
        "peer": KITCHEN.address,
        "wanted": False,
        "phase": "down",
        "alive": False,
        "liveness": None,
    }


@pytest.mark.parametrize(
    ("interface", "stands"), [(GROUP, "up, suspect, firewalled"), ("p2p-wlan0-1", "up")], ids=["its own", "before it"]
)
def test_status_shows_the_verdict_on_the_group_that_there_is(interface: str, stands: str) -> None:
    judged = liveness("suspect", finding="firewalled", interface=interface)
    links = understand(connection(), ConnectionState)
    shown = list(status.link_lines(links, judged_links(connection(), judged), 100.0))
    assert re.search(rf"^Kitchen +{KITCHEN.address} +{stands} +1 min", shown[-1])


def test_why_one_still_waits() -> None:
    assert stands(view({"links": {}})).startswith("it is not wanted")
    assert stands(view(connection("finding"))) == "looking for the peer"
    assert stands(view(connection("failed", reason="peer-left", sentence="It left."))) == "peer-left: It left."
    assert stands(view(connection(), expected=True)) == "up; verdict: not yet known"


def test_the_command_to_be_run() -> None:
    assert command_of(["ping", "-c", "3"]) == ["ping", "-c", "3"]
    assert command_of(["--", "ping"]) == ["ping"]
    for words in ([], ["--"], ["--for", "3", "--", "ping"]):
        with pytest.raises(CommandError) as refused:
            command_of(words)
        assert refused.value.status is ExitStatus.USAGE
