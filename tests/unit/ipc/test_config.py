import re
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from airhail.ipc.config import ConfigError, ConfigGone, load, locate
from airhail.ipc.limits import MAX_CONFIG


class Bus(Struct, frozen=True):
    networkmanager: str = "system"
    retries: Annotated[int, Meta(ge=0)] = 3
    names: list[str] = []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "airhail.toml"


def test_absent_file_is_all_defaults(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRHAIL_CONFIG", str(file))
    assert load().section("bus", Bus) == Bus()


def test_a_file_that_the_parent_has_read_must_still_be_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or one actor would run on defaults beside others that do not."""
    monkeypatch.setenv("AIRHAIL_CONFIG", str(file))
    monkeypatch.setenv("AIRHAIL_CONFIG_FOUND", "1")
    with pytest.raises(ConfigGone, match=re.escape(f"{file} is gone")):
        load()
    file.write_text("")  # as it is for a moment while it is written anew
    with pytest.raises(ConfigGone, match=re.escape(f"{file} is empty")):
        load()
    file.write_text("[bus]")
    assert load().section("bus", Bus) == Bus()


def test_named_file_must_exist(file: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(file)


def test_values(file: Path) -> None:
    file.write_text('[bus]\nnetworkmanager = "other"\n')
    assert load(file).section("bus", Bus) == Bus(networkmanager="other")
    assert load(file).section("log", Bus) == Bus()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bus]\nretries = 'x'\n", "line 2: [bus] retries: Expected `int`, got `str`"),
        ("[bus]\nretries = -1\n", "line 2: [bus] retries: Expected `int` >= 0"),
        ("# retries\n\n[bus]\nnames = [\n'retries',\n]\nretries = 'x'", "line 7: [bus] retries: Expected"),
        ("[bus]\nnames = [\n  'a',\n  3,\n]\n", "line 2: [bus] names[1]: Expected `str`, got `int`"),
        ("bus.retries = 'x'", "line 1: [bus] retries: Expected"),
        ("[log]\nretry = 1\n[bus]\nretry = 1\n", "line 4: [bus] retry: is not known; known are: networkm"),
        ("[log]\n[typo]\na=1", "line 2: [typo]: is not known; known are: ble, bus, connection, d"),
        ("bus = 3", "line 1: [bus]: must be a section"),
        ("[bus]\nretries = \n", "line 2"),
        ("[bus]\n[bus]\n", "line 2"),
    ],
)
def test_mistakes_name_file_line_and_key(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file).section("bus", Bus)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bus]\nretries = 1\n[bus.first]\nretries = -1", "line 4: [bus.first] retries: Expected `int` >= 0"),
        ("[bus]\n[bus.other]\nretry = 1\n[bus.first]\nretry = 1", "line 5: [bus.first] retry: is not known"),
        ("[bus]\nfirst = { retry = 1 }", "line 2: [bus.first] retry: is not known"),
        ("[bus]\nfirst = 3", "line 2: [bus] first: must be a section"),
    ],
)
def test_mistakes_in_a_section_of_a_section(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file).section("bus.first", Bus)
    assert message in str(caught.value)


def test_a_section_of_a_section(file: Path) -> None:
    file.write_text("[bus.first]\nretries = 5\n")
    assert load(file).section("bus.first", Bus) == Bus(retries=5)
    assert load(file).section("bus.second", Bus) == Bus()


class Strict(Struct, frozen=True):
    needed: int


def test_missing_key(file: Path) -> None:
    file.write_text("\n[supervisor]\n")
    with pytest.raises(ConfigError, match=r"line 2: \[supervisor\]: .*`needed`"):
        load(file).section("supervisor", Strict)


def test_no_text(file: Path) -> None:
    file.write_bytes(b"[bus]\n\xff")
    with pytest.raises(ConfigError, match="line 2: this is not UTF-8"):
        load(file)


STATEMENTS = (
    "{key} = 1\n",
    "{key} = [\n  1,\n  # {key} again\n  2,\n]\n",
    "{key} = '''\n{key} = 1\n'''\n",
    "# {key}\n\n{key} = 'x'  # {key}\n",
    '"{key}" = {{ a = 1 }}\n',
    "{key}.a = 1\n",
    "# a line that TOML does not end here\u2028{key}\x85\n{key} = 1\n",
)


@given(st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=12), st.booleans())
def test_the_line_of_every_key_is_found(statements: list[str], dotted: bool) -> None:
    prefix = "log." if dotted else ""
    text = "" if dotted else "[bus]\nother = 1\n[log]\n"
    expected = {}
    for place, statement in enumerate(statements):
        written = statement.format(key=f"key{place}")
        blank = re.match(r"(?:#[^\n]*\n|\n)*", written)
        assert blank is not None
        expected[f"key{place}"] = (text + blank[0]).count("\n") + 1
        text += blank[0] + prefix + written[blank.end() :]
    assert {key: locate(text, "log", key) for key in expected} == expected


@pytest.mark.parametrize("value", ["[" * 5000, "{a = " * 3000, "1" * 5000])
def test_what_the_parser_has_no_error_of_its_own_for(file: Path, value: str) -> None:
    file.write_text(f"[bus]\nnames = {value}")
    with pytest.raises(ConfigError, match=r"nested too deeply|limit"):
        load(file)


def test_too_large(file: Path) -> None:
    file.write_text("#" * (MAX_CONFIG + 1))
    with pytest.raises(ConfigError, match=f"{MAX_CONFIG}"):
        load(file)


def test_folder_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="directory"):
        load(tmp_path)
