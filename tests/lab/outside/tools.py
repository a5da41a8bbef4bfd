"""The Debian packages the lab is made with, and Debian's mirror as this machine names it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.lab.outside.shell import LabError, run, step

# Program: the Debian package that brings it.
TOOLS = {
    "gcc": "gcc",
    "make": "make",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
    "patch": "patch",
    "xz": "xz-utils",
    "dpkg-deb": "dpkg",
    "mmdebstrap": "mmdebstrap",
    "newuidmap": "uidmap",
    "taskset": "util-linux",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# File: the package that brings it; no program above does, for gcc only recommends the C library's headers.
FILES = {
    KEYRING: "debian-archive-keyring",
    Path("/usr/include/stdio.h"): "libc6-dev",
}
APT = Path("/etc/apt")
DEFAULT_MIRROR = "http://deb.debian.org/debian"
# A line `deb URI suite` or a field `URIs: URI`, whose URI ends as Debian's own archive does.
MIRROR = re.compile(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(\S+/debian)/?(?:\s|$)", re.MULTILINE)


def ensure_tools() -> None:
    """Install the packages whose programs are missing; raise `LabError` naming the command when we may not."""
    missing = missing_packages(shutil.which, Path.exists)
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    become = rights()
    if become is None:
        raise LabError(f"missing tools; run as root: apt-get update && {' '.join(command)}")
    with step(f"install {' '.join(missing)}"):
        run([*become, "apt-get", "update"])
        run([*become, *command], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def missing_packages(which: Callable[[str], str | None], exists: Callable[[Path], bool]) -> list[str]:
    """Return the packages of the programs that *which* does not find and of the files that are not there."""
    lacking = {package for program, package in TOOLS.items() if which(program) is None}
    return sorted(lacking | {package for file, package in FILES.items() if not exists(file)})


def rights() -> list[str] | None:
    """Return the prefix that makes a command run as root: nothing, sudo, or None when there is no way."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def mirror() -> str:
    """Return the Debian mirror this machine's own apt uses, else Debian's."""
    files = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]
    for file in files:
        if file.is_file():
            match = MIRROR.search(file.read_text(errors="replace"))
            if match:
                return match[1]
    return DEFAULT_MIRROR
