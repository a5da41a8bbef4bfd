import os
from pathlib import Path

import pytest

from airhail.ipc.paths import SUN_PATH, PathError, config_path, runtime_dir, socket_path, state_dir


@pytest.fixture(params=[0, 1000])
def root(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(os, "geteuid", lambda: request.param)
    monkeypatch.setenv("HOME", "/home/u")
    return bool(request.param == 0)


def test_explicit_folders_win(root: bool) -> None:
    environ = {
        "AIRHAIL_RUNTIME_DIR": "/a:b",
        "RUNTIME_DIRECTORY": "/r",
        "AIRHAIL_STATE_DIR": "/s",
        "AIRHAIL_CONFIG": "/c.toml",
        "XDG_RUNTIME_DIR": "/x",
    }
    assert runtime_dir(environ) == Path("/a:b")
    assert state_dir(environ) == Path("/s")
    assert config_path(environ) == Path("/c.toml")


def test_then_systemds_first(root: bool) -> None:
    environ = {"RUNTIME_DIRECTORY": "/run/one:/run/two", "STATE_DIRECTORY": "/var/lib/one:/var/lib/two"}
    assert runtime_dir(environ) == Path("/run/one")
    assert state_dir(environ) == Path("/var/lib/one")


def test_then_by_user(root: bool) -> None:
    environ = {"XDG_RUNTIME_DIR": "/x", "XDG_STATE_HOME": "/state", "XDG_CONFIG_HOME": "/config"}
    assert runtime_dir(environ) == Path("/run/airhail" if root else "/x/airhail")
    assert state_dir(environ) == Path("/var/lib/airhail" if root else "/state/airhail")
    assert config_path(environ) == Path("/etc" if root else "/config", "airhail/airhail.toml")


def test_defaults_below_home(root: bool) -> None:
    if root:
        return
    for environ in ({}, {"XDG_STATE_HOME": "relative", "XDG_CONFIG_HOME": ""}):
        assert state_dir(environ) == Path("/home/u/.local/state/airhail")
        assert config_path(environ) == Path("/home/u/.config/airhail/airhail.toml")
    with pytest.raises(PathError, match="AIRHAIL_RUNTIME_DIR"):
        runtime_dir({})


def test_socket_path_has_a_limit(root: bool) -> None:
    name = "/" + "d" * (SUN_PATH - len("//a.sock") - 1)
    longest = socket_path("a", {"AIRHAIL_RUNTIME_DIR": name})
    assert len(str(longest)) == SUN_PATH - 1
    with pytest.raises(PathError, match=f"{SUN_PATH} bytes"):
        socket_path("ab", {"AIRHAIL_RUNTIME_DIR": name})
