"""What the command line over recordings prints, and its exit status."""

import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.example import module_of
from airhail.ipc.recording.lines import Begin, Recording, Step, parse
from airhail.ipc.recording.replay import first_difference
from airhail.ipc.recording.tool import main
from tests.unit.ipc.recording.machine import CORE, HIGH, LOW, Broke, Lost, Met, Peer, Say, State, recorded

STORY = recorded(State(own=HIGH), Met(Peer(LOW, "k\x1b\N{SNOWMAN}\U0001f4a1")), Lost(LOW, '"""'), Broke())
CORES = {CORE.name: CORE}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recording"
    path.write_bytes(STORY.write())
    return path


def said(file: Path, *options: str, changed: bool = False) -> int:
    core = replace(CORE, step=lambda state, event, now: (state, [])) if changed else CORE
    return main({core.name: core}, "home", ["replay", *options, "--", str(file)])


def test_a_replay_for_people(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(file) == 0
    out = capsys.readouterr().out
    assert f"1 +0.000 s Met(peer=Peer(address='{LOW}', name='k\\x1b" in out
    assert f"\n  -> Move(first='{LOW}')\n" in out
    assert f"    peers.{LOW}: " in out
    assert out.endswith(
        "raised ZeroDivisionError: at 2\nthe end: the test is over\n"
        "this code decides what was recorded, in all of 3 steps\n"
    )


def test_a_part_of_a_replay(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(file, "--from=2", "--to=2") == 0
    out = capsys.readouterr().out
    assert "\n1 +" not in out
    assert "\n2 +1.000 s Lost(" in out
    assert "\n3 +" not in out
    assert out.endswith("in all of 2 steps\n")


def test_a_difference_decides_the_exit_status(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(file, changed=True) == 1
    out = capsys.readouterr().out
    assert f"\n  -> nothing\n  !! recorded was: Move(first='{LOW}')\n" in out
    assert "this code decides otherwise first at step 1: nothing; recorded was: Move(" in out


def test_a_replay_for_programs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(file, "--json", changed=True) == 1
    *steps, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["step"] for one in steps] == [1, 2, 3]
    assert steps[0]["difference"].startswith("step 1: nothing")
    assert result == {"replayed": 3, "agrees": False, "difference": steps[0]["difference"]}


def test_what_is_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other"
    assert said(path) == 2
    path.write_text("{}\n")
    assert said(path) == 2
    path.write_bytes(replace(STORY, header=msgspec.structs.replace(STORY.header, actor="cook")).write())
    assert said(path) == 2
    first, second, third = capsys.readouterr().err.splitlines()
    assert "No such file" in first
    assert "line 1 is no line of a recording" in second
    assert "there is no core of 'cook' here to replay it on; there are: machine" in third


def test_a_test_is_made_that_passes_until_the_code_changes() -> None:
    source = module_of(STORY, "the_story", "home_of_cores")
    home = ModuleType("home_of_cores")
    sys.modules["home_of_cores"] = home
    try:
        home.CORES = CORES  # type: ignore[attr-defined]
        space: dict[str, object] = {}
        exec(compile(source, "made", "exec"), space)
        space["test_the_story"]()  # type: ignore[operator]
        home.CORES = {"machine": replace(CORE, step=lambda state, event, now: (state, []))}  # type: ignore[attr-defined]
        exec(compile(source, "made", "exec"), space)
        with pytest.raises(AssertionError):
            space["test_the_story"]()  # type: ignore[operator]
    finally:
        del sys.modules["home_of_cores"]


def with_times_from(addresses: int, chosen: Callable[[str], object]) -> tuple[Core, Recording]:
    """Return a core that decides by what an address is, and a recording of what it decides."""

    def other(state: State, event: Met, now: float) -> tuple[State, list[Say]]:
        return state, [Say(str(chosen(event.peer.address)))]

    lines: list[Begin | Step] = [Begin(encode(State()))]
    for number in range(addresses):
        event = Met(Peer(f"02:00:00:00:00:{number:02x}"))
        lines.append(Step(0.0, encode(event), encode(other(State(), event, 0.0)[1])))
    core = replace(CORE, step=other)
    return core, replace(STORY, lines=tuple(lines))


def disguised(core: Core, recording: Recording, file: Path, capsys: pytest.CaptureFixture[bytes]) -> tuple[str, str]:
    """Disguise a recording; return where it then differs, and what was said of it."""
    file.write_bytes(recording.write())
    assert main({core.name: core}, "home", ["disguise", str(file)]) == 0
    out, err = capsys.readouterr()
    return first_difference(core, parse(out)), err.decode()


def test_a_disguise_is_chosen_in_which_it_replays(file: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    core, recording = with_times_from(2, lambda address: zlib.crc32(address.encode()) % 2)
    assert disguised(core, recording, file, capsysbinary) == ("", "")


def test_a_disguise_in_which_it_cannot_replay_is_told(file: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    core, recording = with_times_from(2, lambda address: zlib.crc32(address.encode()))
    difference, said = disguised(core, recording, file, capsysbinary)
    assert difference.startswith("step 1: Say(")
    assert said.startswith("airhail: in disguise this recording replays differently: step 1: Say(")


@pytest.mark.parametrize("name", ["two words", "a-b", "x()\n", ""])
def test_a_name_that_can_be_none(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a test"):
        module_of(STORY, name, "home")
