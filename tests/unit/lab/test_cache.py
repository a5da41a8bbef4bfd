from pathlib import Path

import pytest

from tests.lab.outside.cache import key_of, made
from tests.lab.outside.kernel import missing


def test_a_key_tells_where_one_part_ends() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("ab", b"c") == key_of(b"ab", "c")


def test_a_thing_is_made_once_and_never_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRHAIL_LAB_CACHE", str(tmp_path))
    calls: list[Path] = []

    def interrupted(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    def make(folder: Path) -> None:
        calls.append(folder)
        (folder / "whole").touch()

    with pytest.raises(KeyboardInterrupt):
        made("thing", "key", interrupted)
    assert not (tmp_path / "thing" / "key").exists()
    for _ in range(2):
        assert [file.name for file in made("thing", "key", make).iterdir()] == ["whole"]
    assert len(calls) == 1
    assert sorted(entry.name for entry in (tmp_path / "thing").iterdir()) == ["key", "lock"]


def test_what_a_killed_process_left_half_made_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRHAIL_LAB_CACHE", str(tmp_path))
    left = tmp_path / "thing" / "making-left"
    left.mkdir(parents=True)
    made("thing", "key", lambda _: None)
    assert not left.exists()


def test_a_setting_the_kernel_dropped_is_named() -> None:
    fragment = "# a comment\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_C=n\n"
    assert missing(fragment, "CONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_C is not set\n") == ["CONFIG_B=y"]
