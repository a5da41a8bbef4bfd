"""What is put in place is written down and taken back to the last folder; the lab installs the real environment."""

import os
from pathlib import Path

import pytest

from scripts.installer import environment, install
from scripts.installer.command import choose, main, parser
from scripts.installer.errors import InstallError
from scripts.installer.plan import Choices, Init
from scripts.installer.record import read


def listing(folder: Path) -> list[tuple[str, bool]]:
    return sorted((str(path.relative_to(folder)), path.is_symlink()) for path in folder.rglob("*"))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Choices:
    """A person's choices; no pip, and an init system that is not there."""
    monkeypatch.setattr(environment, "fill", lambda prefix, wheels: (prefix / "bin").mkdir(exist_ok=True))
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    (tmp_path / "run").mkdir()
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/other").write_text("somebody else's")
    return Choices(Init.SYSTEMD, tmp_path / ".local/share/airhail", tmp_path, tmp_path / "run")


def test_everything_is_taken_back(mine: Choices, tmp_path: Path) -> None:
    before = listing(tmp_path)
    install.install(mine, None)
    unit = (tmp_path / ".config/systemd/user/airhail.service").read_text()
    assert f"ExecStart={mine.prefix}/bin/airhail run\n" in unit
    assert (tmp_path / ".local/bin/airhail").readlink() == mine.prefix / "bin/airhail"
    (tmp_path / ".local/state/airhail").mkdir()
    (tmp_path / ".local/state/airhail/intents.json").write_text("{}")
    (tmp_path / "run/airhail").mkdir()
    install.uninstall(mine)
    assert listing(tmp_path) == before


def test_a_second_time_brings_it_up_to_date(mine: Choices, tmp_path: Path) -> None:
    before = listing(tmp_path)
    install.install(mine, None)
    unit = tmp_path / ".config/systemd/user/airhail.service"
    unit.write_text("an older one")
    install.install(mine, None)
    assert unit.read_text() != "an older one"
    install.uninstall(mine)
    assert listing(tmp_path) == before


def test_what_is_somebody_elses_stays(mine: Choices, tmp_path: Path) -> None:
    command = tmp_path / ".local/bin/airhail"
    command.parent.mkdir(parents=True)
    command.write_text("another airhail")
    before = listing(tmp_path)
    with pytest.raises(InstallError, match="is there already"):
        install.install(mine, None)
    assert listing(tmp_path) == before
    with pytest.raises(InstallError, match="nothing was installed"):
        install.uninstall(mine)
    mine.prefix.mkdir(parents=True)
    (mine.prefix / "notes").write_text("not ours")
    command.unlink()
    with pytest.raises(InstallError, match="is not empty"):
        install.install(mine, None)


def test_a_failure_half_way_leaves_nothing(mine: Choices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(prefix: Path, wheels: Path | None) -> None:
        (prefix / "bin").mkdir()
        raise InstallError("no network")

    kept = tmp_path / ".local/state/airhail/trust.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("of an airhail that runs from its source tree")
    (tmp_path / "run/airhail").mkdir()
    before = listing(tmp_path)
    monkeypatch.setattr(environment, "fill", fail)
    with pytest.raises(InstallError, match="no network"):
        install.install(mine, None)
    assert listing(tmp_path) == before


def test_what_runs_on_is_not_removed(mine: Choices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install.install(mine, None)
    before = listing(tmp_path)
    (tmp_path / "run/systemd").mkdir()
    programs = tmp_path / "no-programs"
    programs.mkdir()
    refusing = programs / "systemctl"
    refusing.write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    refusing.chmod(0o755)
    with pytest.raises(InstallError, match="Failed to connect to bus"):
        install.uninstall(mine)
    assert set(before) <= set(listing(tmp_path))


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--user", "--prefix", "/tmp/two words"], "has ' ' in it"),
        (["--user", "--prefix", "/tmp/100%"], "has '%' in it"),
        (["--prefix", "/home/ada/airhail"], "is in /home, which systemd hides"),
    ],
)
def test_a_place_where_it_could_not_start_is_refused(
    argv: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert main(["--init", "systemd", *argv]) == 1
    assert said in capsys.readouterr().err


def test_others_may_read_what_is_installed_for_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    before = os.umask(0o077)
    try:
        choose(parser().parse_args(["--init", "systemd"]))
        assert os.umask(0o077) == 0o022
    finally:
        os.umask(before)


def test_a_removal_must_mean_what_is_there(mine: Choices) -> None:
    install.install(mine, None)
    for other in (Choices(Init.RUNIT, mine.prefix), Choices(Init.SYSTEMD, mine.prefix)):
        with pytest.raises(InstallError, match="--init systemd --user"):
            install.uninstall(other)
        with pytest.raises(InstallError, match="--init systemd --user"):
            install.install(other, None)
    found = read(mine.prefix)
    assert found is not None
    assert found.user
