"""`airhail config check` asks the real actors, and starts nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airhail.supervisor.exit_status import ExitStatus


def check(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "AIRHAIL_RUNTIME_DIR": str(folder / "run")}
    command = [sys.executable, "-m", "airhail.supervisor", "config", "check", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert not (folder / "run").exists(), "nothing was started"
    return ended


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "airhail.toml"


def test_a_good_one(file: Path) -> None:
    file.write_text("[supervisor.actors.discovery]\nstop_within = 7\n[discovery]\ndevice_name = 'here'\n")
    ended = check(file.parent, "--config", str(file))
    assert (ended.returncode, ended.stdout, ended.stderr) == (ExitStatus.DONE, f"{file}: well\n", "")


def test_each_part_tells_its_first_mistake_once(file: Path) -> None:
    file.write_text("[bus]\nbluez = 'none'\n[supervisor]\nwindow = 1\n[connection]\n[discovery]\ndevice_name = 3\n")
    ended = check(file.parent, "--json", "--config", str(file))
    assert ended.returncode == ExitStatus.BAD_CONFIG
    said = json.loads(ended.stdout)
    assert said["file"] == str(file)
    window, bus = said["mistakes"]
    assert window.startswith(f"{file}, line 4: [supervisor] window: a window of 1 s is too short")
    assert bus.startswith(f"{file}, line 2: [bus] bluez: the bus address 'none' has no")
    file.write_text(file.read_text().replace("bluez", "# bluez"))
    ended = check(file.parent, "--config", str(file))
    assert f"{file}, line 7: [discovery] device_name: Expected `str`, got `int`" in ended.stdout.splitlines()


def test_no_toml_at_all(file: Path) -> None:
    file.write_text("[bus\n")
    ended = check(file.parent, "--config", str(file))
    assert ended.returncode == ExitStatus.BAD_CONFIG
    assert ended.stdout.startswith(f"{file}: Expected ']'")
