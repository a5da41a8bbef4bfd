"""Where sockets and state are kept."""

import os
from collections.abc import Mapping
from pathlib import Path

# sun_path of struct sockaddr_un, with the null byte that ends it (unix(7)).
SUN_PATH = 108


class PathError(Exception):
    """There is no usable place for a file; the sentence says what to set."""


def runtime_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the sockets and the lock.

    The first of: AIRHAIL_RUNTIME_DIR, RUNTIME_DIRECTORY (systemd.exec(5)), /run/airhail for root,
    XDG_RUNTIME_DIR/airhail. PathError when there is none.
    """
    if (named := given(environ, "AIRHAIL_RUNTIME_DIR", "RUNTIME_DIRECTORY")) is not None:
        return named
    if os.geteuid() == 0:
        return Path("/run/airhail")
    if base := environ.get("XDG_RUNTIME_DIR"):
        return Path(base, "airhail")
    raise PathError("there is no place for airhail's sockets: set XDG_RUNTIME_DIR or AIRHAIL_RUNTIME_DIR")


def state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what outlives a restart.

    The first of: AIRHAIL_STATE_DIR, STATE_DIRECTORY (systemd.exec(5)), /var/lib/airhail for root,
    XDG_STATE_HOME/airhail, ~/.local/state/airhail (XDG Base Directory Specification).
    """
    if (named := given(environ, "AIRHAIL_STATE_DIR", "STATE_DIRECTORY")) is not None:
        return named
    if os.geteuid() == 0:
        return Path("/var/lib/airhail")
    return xdg(environ, "XDG_STATE_HOME", ".local/state")


def config_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the configuration file to read, which need not exist.

    AIRHAIL_CONFIG, else /etc/airhail/airhail.toml for root, else airhail/airhail.toml in XDG_CONFIG_HOME
    or ~/.config.
    """
    if named := environ.get("AIRHAIL_CONFIG"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/etc/airhail/airhail.toml")
    return xdg(environ, "XDG_CONFIG_HOME", ".config") / "airhail.toml"


def socket_path(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the socket of the actor *name*; PathError when it is too long for a socket."""
    path = runtime_dir(environ) / f"{name}.sock"
    if (length := len(os.fsencode(path))) >= SUN_PATH:
        raise PathError(
            f"{path} has {length} bytes and a socket's path at most {SUN_PATH - 1}: "
            "set AIRHAIL_RUNTIME_DIR to a shorter one"
        )
    return path


def given(environ: Mapping[str, str], *variables: str) -> Path | None:
    """Return the folder that the first set variable names; systemd may list several, the first is ours."""
    for variable in variables:
        if value := environ.get(variable):
            return Path(value.split(":")[0] if variable.endswith("_DIRECTORY") else value)
    return None


def xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """Return airhail's folder in an XDG base directory, by its default below HOME when it is not set."""
    base = environ.get(variable, "")
    # A relative path is to be ignored (XDG Base Directory Specification).
    return Path(base if base.startswith("/") else Path.home() / default, "airhail")
