"""The command line of `scripts/install`."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.installer.errors import InstallError
from scripts.installer.install import install, uninstall
from scripts.installer.plan import DEFAULT_PREFIX, Choices, Init

MARKS = {
    Init.SYSTEMD: Path("/run/systemd/system"),  # sd_booted(3)
    Init.OPENRC: Path("/run/openrc"),  # librc/rc.h.in, RC_SVCDIR
    Init.RUNIT: Path("/etc/runit"),  # runit(8)
    Init.S6: Path("/run/service"),  # s6-linux-init's folder of running services
}
"""What is there where an init system runs."""

HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""What systemd hides from a service with ProtectHome=yes (systemd.exec(5))."""


def main(argv: Sequence[str] | None = None) -> int:
    """Install or uninstall; return the exit status."""
    arguments = parser().parse_args(argv)
    try:
        choices = choose(arguments)
        if arguments.uninstall:
            uninstall(choices)
            print(f"airhail is gone from {choices.prefix}, and from {choices.init.value}")
            return 0
        done = install(choices, arguments.wheels)
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"install: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"airhail is in {done.prefix}; start it, now and at every boot: {done.manager.start}")
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(
        prog="scripts/install", description="Put airhail in place under an init system, or take all of it back."
    )
    top.add_argument("--uninstall", action="store_true", help="stop airhail and take back all that was installed")
    top.add_argument("--user", action="store_true", help="for yourself alone, without root (systemd only)")
    names = [init.value for init in Init]
    top.add_argument("--init", choices=names, help="the init system (default: the one that runs)")
    top.add_argument(
        "--prefix",
        type=Path,
        metavar="DIR",
        help=f"where the program goes (default {DEFAULT_PREFIX}; with --user ~/.local/share/airhail)",
    )
    top.add_argument(
        "--wheels",
        type=Path,
        metavar="DIR",
        help="install from the wheels in DIR, without a network; `pip wheel --wheel-dir DIR .` makes them",
    )
    return top


def choose(arguments: argparse.Namespace) -> Choices:
    """Return what was asked for; InstallError when it cannot be."""
    init = found_init() if arguments.init is None else Init(arguments.init)
    if arguments.user:
        if init is not Init.SYSTEMD:
            raise InstallError(f"--user needs systemd, and this is {init.value}: leave it out")
        home = Path.home()
        # `su -` sets none, and systemctl needs it (pam_systemd(8) tells where it is).
        runtime = Path(os.environ.setdefault("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}"))
        logged_in = runtime.is_absolute() and runtime.is_dir()
        prefix = checked(arguments.prefix or home / ".local/share/airhail")
        return Choices(init, prefix, home, runtime if logged_in else None)
    if os.geteuid() != 0:
        raise InstallError("only root may do this for the whole machine: use sudo, or --user for yourself alone")
    prefix = checked(arguments.prefix or DEFAULT_PREFIX)
    if init is Init.SYSTEMD and (hidden := next((one for one in HIDDEN if prefix.is_relative_to(one)), None)):
        raise InstallError(f"{prefix} is in {hidden}, which systemd hides from the service: choose another --prefix")
    # What the caller's hides from others, the account that airhail runs as could not read.
    os.umask(0o022)
    return Choices(init, prefix)


def checked(prefix: Path) -> Path:
    """Return where the program goes; InstallError when the init systems' files could not name that place."""
    prefix = Path(os.path.abspath(prefix))
    if strange := re.search(r"[^\w/.+@-]", str(prefix)):
        raise InstallError(
            f"{prefix} has {strange[0]!r} in it, and no init system's file could name it: choose another --prefix"
        )
    return prefix


def found_init() -> Init:
    """Return the init system that runs here."""
    found = [init for init, mark in MARKS.items() if mark.is_dir()]
    if not found:
        marks = ", ".join(map(str, MARKS.values()))
        raise InstallError(f"no init system that is known runs here (looked for {marks}): name it with --init")
    return found[0]
