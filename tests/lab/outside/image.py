"""Make a root image of a Debian release: a folder in the cache, from Debian's packages alone."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.lab.outside.cache import key_of, made
from tests.lab.outside.rootless import as_root
from tests.lab.outside.shell import run, step
from tests.lab.outside.tools import KEYRING, mirror

# Each release with the version of its python3.
RELEASES = {"bookworm": "3.11", "trixie": "3.13"}
DEFAULT_RELEASE = "trixie"

PACKAGES = (
    *("network-manager", "wpasupplicant", "wireless-regdb", "iw", "rfkill", "dnsmasq-base", "nftables"),
    *("bluez", "bluez-test-tools"),
    *("dbus", "dbus-bin", "polkitd", "systemd"),  # systemd for busctl; it never runs as init
    *("iproute2", "iputils-ping", "procps", "util-linux", "libglib2.0-bin", "python3"),
)
LEFT_OUT = ("man", "doc", "locale", "info")
LAB_INIT = Path(__file__).parents[1] / "machine" / "lab-init"


def image(release: str, extra: Sequence[str] = ()) -> Path:
    """Return the root folder of `release` with `extra` packages, made when this package list has not been yet."""
    key = key_of(release, *PACKAGES, *extra, *LEFT_OUT, LAB_INIT.read_bytes())
    return made("image", f"{release}-{key}", lambda folder: build(release, extra, folder)) / "root"


def build(release: str, extra: Sequence[str], folder: Path) -> None:
    """Make the root in `folder`: as root directly, else through a tarball made and unpacked in user namespaces."""
    root = folder / "root"
    argv = command(extra)
    with step(f"make the {release} image" + (f" with {' '.join(extra)}" if extra else "")):
        if os.geteuid() == 0:
            run([*argv, "--mode=root", "--format=directory", release, str(root), mirror()])
        else:
            tarball = folder / "root.tar"
            run([*argv, "--mode=unshare", "--format=tar", release, str(tarball), mirror()])
            root.mkdir()
            run([*as_root(), "tar", "-xpf", str(tarball), "-C", str(root), "--exclude=./dev/*"])
            tarball.unlink()
        shutil.copy(LAB_INIT, root / "sbin" / "lab-init")
        (root / "sbin" / "lab-init").chmod(0o755)


def command(extra: Sequence[str]) -> list[str]:
    """Return mmdebstrap's options: small, with the ordinary user that scenarios act as."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join((*PACKAGES, *extra))}",
        f"--keyring={KEYRING}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT),
        '--customize-hook=chroot "$1" useradd --create-home --uid 1000 --shell /bin/sh user',
    ]
