"""Make a root image of a Debian release: a folder in the cache, from Debian's packages alone."""

import os
import shutil
from pathlib import Path

from tests.lab.outside.cache import key_of, made
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


def image(release: str) -> Path:
    """Return the root folder of `release`, made when this package list has not been yet."""
    key = key_of(release, *PACKAGES, *LEFT_OUT, LAB_INIT.read_bytes())
    return made("image", f"{release}-{key}", lambda folder: build(release, folder)) / "root"


def build(release: str, folder: Path) -> None:
    """Make the root in `folder`: as root directly, else in a user namespace and unpacked as the user's own."""
    root = folder / "root"
    with step(f"make the {release} image"):
        if os.geteuid() == 0:
            run([*command(release), "--mode=root", "--format=directory", release, str(root), mirror()])
        else:
            tarball = folder / "root.tar"
            run([*command(release), "--mode=unshare", "--format=tar", release, str(tarball), mirror()])
            root.mkdir()
            run(["tar", "-xf", str(tarball), "-C", str(root), "--no-same-owner", "--exclude=./dev/*"])
            tarball.unlink()
        shutil.copy(LAB_INIT, root / "sbin" / "lab-init")
        (root / "sbin" / "lab-init").chmod(0o755)


def command(release: str) -> list[str]:
    """Return mmdebstrap's options: small, with the ordinary user that scenarios act as."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        f"--keyring={KEYRING}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT),
        '--customize-hook=chroot "$1" useradd --create-home --uid 1000 --shell /bin/sh user',
    ]
