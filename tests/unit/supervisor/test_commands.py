"""The words of the commands: safe text, columns, ages, peers by name, what a link does."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.supervisor.command import COMMANDS, explain, parser
from airhail.supervisor.commands import link_words
from airhail.supervisor.commands.arguments import LINKED_WITHIN
from airhail.supervisor.commands.documents import (
    DiscoveryState,
    Find,
    LinkState,
    PeerState,
    SupervisorState,
    understand,
)
from airhail.supervisor.commands.inspect import indented
from airhail.supervisor.commands.output import document
from airhail.supervisor.commands.peers import changes
from airhail.supervisor.commands.reach import BACK_WITHIN
from airhail.supervisor.commands.resolve import Known, resolve
from airhail.supervisor.commands.search import settled
from airhail.supervisor.commands.text import LONGEST_LINE, UNPRINTABLE, age, clean, fit, table, width
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.metrics import METRICS
from airhail.supervisor.restart import LARGEST_JITTER
from airhail.supervisor.specs import ACTORS

KITCHEN = Known("02:00:00:00:00:01", "Kitchen")
ATTIC = Known("02:00:00:00:00:02", "Attic")
NAMELESS = Known("02:00:00:00:00:03")


@given(st.text())
def test_clean_text_steers_no_terminal(text: str) -> None:
    assert not {unicodedata.category(character) for character in clean(text)} & UNPRINTABLE
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Küche 厨房", "Küche 厨房"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("x" * (LONGEST_LINE + 1), "x" * LONGEST_LINE + "…"),
    ],
)
def test_what_could_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_json_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    document({"name": "\x1b\u202eü"})
    out = capsys.readouterr().out
    assert out.rstrip("\n").isprintable()
    assert out.isascii()
    assert json.loads(out) == {"name": "\x1b\u202eü"}


def test_columns_line_up_and_empty_ones_are_left_out() -> None:
    lines = table(("NAME", "SIGNAL", "ADDRESS"), [("厨房", "", "1"), ("e\u0301t\u0301", "", "22"), ("\n", "", "3")])
    assert lines == ["NAME  ADDRESS", "厨房  1", "e\u0301t\u0301    22", "\\n    3"]
    assert width("厨房") == 4


@given(st.text(), st.integers(1, 80))
def test_a_line_fits(text: str, room: int) -> None:
    shown = fit(clean(text), room)
    assert width(shown) <= room
    assert shown == clean(text) or shown.endswith("…")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (200_000, "2 d")],
)
def test_ages(seconds: float, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(
    ("meant", "peer"),
    [
        ("Kitchen", KITCHEN),
        ("kITCHEN", KITCHEN),
        (" kitchen ", KITCHEN),
        ("02:00:00:00:00:02", ATTIC),
        ("02-00-00-00-00-03", NAMELESS),
        ("02:00:00:00:00:0A", Known("02:00:00:00:00:0a")),
    ],
)
def test_a_peer_by_name_or_address(meant: str, peer: Known) -> None:
    assert resolve(meant, [KITCHEN, ATTIC, NAMELESS]) == peer


def test_an_ambiguous_name_is_refused_with_the_candidates() -> None:
    twin = Known("02:00:00:00:00:04", "KITCHEN")
    with pytest.raises(CommandError, match=f"2 peers .*: {KITCHEN.address}, {twin.address}$") as refused:
        resolve("kitchen", [twin, KITCHEN])
    assert refused.value.status is ExitStatus.NO_SUCH_PEER


def test_one_peer_known_twice_is_not_ambiguous() -> None:
    assert resolve("kitchen", [KITCHEN, Known(KITCHEN.address), KITCHEN]) == KITCHEN


def test_an_unknown_name_is_refused_with_what_is_known() -> None:
    with pytest.raises(CommandError, match=r"known are 02:00:00:00:00:03, Kitchen \(02:00:00:00:00:01\)$"):
        resolve("cellar", [KITCHEN, NAMELESS])
    with pytest.raises(CommandError, match="nobody is known here; `airhail peers` searches"):
        resolve("cellar", [])


def test_an_empty_name_is_not_the_nameless() -> None:
    with pytest.raises(CommandError):
        resolve("", [NAMELESS])


def test_a_peer_cannot_pass_for_another_by_its_name() -> None:
    impostor = Known("02:00:00:00:00:66", KITCHEN.address)
    assert resolve(KITCHEN.address, [impostor, KITCHEN]) == KITCHEN
    assert resolve(KITCHEN.address, [impostor]) == Known(KITCHEN.address)


@pytest.mark.parametrize(
    "line",
    [
        ("status", "--wait"),
        ("peers", "--for"),
        ("connect", "kitchen", "--wait"),
        ("disconnect", "kitchen", "--wait"),
        ("wait", "kitchen", "--for"),
        ("exec", "--for"),
        ("pair", "kitchen", "--wait"),
        ("record", "lan", "--for"),
    ],
)
@pytest.mark.parametrize("seconds", ["-1", "nan", "0", "soon"])
def test_what_is_no_time_is_refused_before_anything_is_done(
    line: tuple[str, ...], seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        parser().parse_args([*line, seconds])
    assert refused.value.code == ExitStatus.USAGE
    assert f"{seconds!r} is no time to wait: give a number of seconds above 0" in capsys.readouterr().err


def test_a_time_is_a_number_of_seconds() -> None:
    assert parser().parse_args(["connect", "kitchen", "--wait", "0.5"]).wait == 0.5
    assert parser().parse_args(["connect", "kitchen", "--wait"]).wait == LINKED_WITHIN
    assert parser().parse_args(["wait", "kitchen"]).seconds == LINKED_WITHIN


@pytest.mark.parametrize("command", ["inspect", "record"])
def test_the_actors_to_look_into_are_named(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([command, "--help"])
    words = set(re.findall(r"\w+", capsys.readouterr().out))
    assert words >= {"supervisor", "metrics", *(spec.name for spec in ACTORS)}


def test_whoever_waits_for_an_actor_outlasts_its_longest_pause() -> None:
    for spec in (*ACTORS, METRICS):
        assert spec.longest_delay * (1 + LARGEST_JITTER) < BACK_WITHIN


@pytest.mark.parametrize("path", sorted(Path(link_words.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_one_event_loop_for_every_command(path: Path) -> None:
    assert ("trio.run(" in path.read_text()) is (path.name == "event_loop.py"), "Ctrl-C is lost in another"


def test_words_of_a_link() -> None:
    link = LinkState("02:00:00:00:00:01", wanted=True, phase="activating", since=0.0, attempt=2, name="Kitchen")
    assert link_words.called(link) == "Kitchen (02:00:00:00:00:01)"
    assert link_words.doing(link) == "agreeing with the peer on a group (attempt 2)"
    strange = LinkState("02:00:00:00:00:01", wanted=True, phase="hailing", since=0.0)
    assert link_words.doing(strange) == "hailing"
    assert link_words.failure(strange) == "no reason was given"


def test_who_came_and_went() -> None:
    kitchen = PeerState("1", name="Kitchen", signal=-40)
    renamed = PeerState("1", name="Larder")
    assert list(changes({}, {"1": kitchen})) == ["near: Kitchen, 1, -40 dBm"]
    assert list(changes({"1": kitchen}, {"1": kitchen})) == []
    assert list(changes({"1": kitchen}, {"1": renamed})) == ["near: Larder, 1"]
    assert list(changes({"1": PeerState("1")}, {})) == ["gone: without a name, 1"]


def test_a_find_settles() -> None:
    assert not settled(DiscoveryState(find=Find("off", 0.0)), 100.0)
    seen = {"1": PeerState("1", present=True)}
    assert not settled(DiscoveryState(find=Find("running", 91.0), peers=seen), 100.0)
    assert settled(DiscoveryState(find=Find("running", 90.0), peers=seen), 100.0)
    assert not settled(DiscoveryState(find=Find("running", 0.0)), 100.0), "the first sighting may take longer"


def test_documents_may_be_empty_or_know_more_but_not_be_wrong() -> None:
    assert understand({}, DiscoveryState) == DiscoveryState()
    assert understand({"peers": {}, "weather": "fine"}, DiscoveryState) == DiscoveryState()
    with pytest.raises(CommandError, match=r"\$\.peers"):
        understand({"peers": 3}, DiscoveryState)
    with pytest.raises(CommandError):
        understand({}, SupervisorState)


def test_a_document_as_lines() -> None:
    lines = list(indented({"a": {"b": True, "c": ["x", 1]}, "d": {}, "e": 1.5}))
    assert lines == ["a:", "  b: yes", "  c: x, 1", "d: none", "e: 1.5"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CommandError(ExitStatus.NO_SUCH_PEER, "no"), ExitStatus.NO_SUCH_PEER),
        (ExceptionGroup("", [CommandError(ExitStatus.FAILED, "no")]), ExitStatus.FAILED),
        (KeyboardInterrupt(), ExitStatus.INTERRUPTED),
        (BaseExceptionGroup("", [KeyboardInterrupt()]), ExitStatus.INTERRUPTED),
        (ZeroDivisionError("division by zero"), ExitStatus.BUG),
        (ExceptionGroup("", [ValueError(), ValueError()]), ExitStatus.BUG),
    ],
)
def test_every_error_has_a_status(error: BaseException, status: ExitStatus) -> None:
    assert explain(error)[0] is status


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([name, "--help"])
        assert ended.value.code == 0
        assert f"usage: airhail {name}" in capsys.readouterr().out


def test_the_manual_lists_every_exit_status() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "command.md").read_text()
    for status in ExitStatus:
        assert f"| {status.value} |" in manual, status
