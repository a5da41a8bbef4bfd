"""What airhail is compared with, brought to a cache of the bench's own; nothing is installed on the machine."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.lab.outside.cache import key_of, made

PYPI = ("supervisor==4.3.0", "circus==0.19.0", "pyzmq==27.3.0", "msgpack==1.2.4")
DEBIAN = "runit"
"""It needs nothing but the C library. s6 has the place of its programs built in, and would have to be installed."""


def python_tools() -> Path:
    """Return the folder of the programs from PyPI."""
    return made("bench-python", key_of(sys.version, *PYPI), make_python_tools) / "bin"


def debian_tools() -> Path:
    """Return the root under which the package of Debian is unpacked."""
    return made("bench-debian", DEBIAN, make_debian_tools)


def make_python_tools(folder: Path) -> None:
    """Make a virtual environment with the packages from PyPI in it."""
    venv.create(folder, with_pip=True)
    # The folder is renamed when it is whole, so the programs are run as `python -m` and not by their first line.
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "--quiet", *PYPI], check=True)


def make_debian_tools(folder: Path) -> None:
    """Download and unpack the package of the machine's own release of Debian."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        sys.exit(f"bench: {DEBIAN} is taken from Debian's package; run it where there is apt-get and dpkg-deb")
    downloads = folder / "downloads"
    downloads.mkdir()
    got = subprocess.run(["apt-get", "--quiet", "--quiet", "download", DEBIAN], cwd=downloads, check=False)
    if got.returncode != 0:
        sys.exit(f"bench: apt-get cannot download {DEBIAN}; run `apt-get update` as root first")
    for file in downloads.iterdir():
        subprocess.run(["dpkg-deb", "-x", file, folder], check=True)
    shutil.rmtree(downloads)
