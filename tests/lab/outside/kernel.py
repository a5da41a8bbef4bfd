"""Build the lab's kernel: User Mode Linux from Debian's newest kernel source, configured and patched by us."""

import os
import re
import shutil
from pathlib import Path

from tests.lab.outside.cache import cache_root, key_of, made
from tests.lab.outside.shell import LabError, run, step
from tests.lab.outside.tools import KEYRING, mirror

MACHINE = Path(__file__).parents[1] / "machine"
FRAGMENT = MACHINE / "kernel.config"
PATCHES = sorted((MACHINE / "patches").glob("*.patch"))
# The suite with the newest kernels. UML's seccomp mode came with 6.16; Debian 13 itself has 6.12.
SUITE = "trixie-backports"
OLDEST = (6, 16)
SOURCE = re.compile(r"^linux-source-(\d+)\.(\d+) ", re.MULTILINE)
# -O1 compiles a fifth faster than the kernel's -O2, and the lab's CPU time is free (time travel) or small.
FLAGS = ("ARCH=um", "KCFLAGS=-O1")
# The source is 10,000 times what is compiled from it; these parts are never read by an ARCH=um build.
UNUSED = ("Documentation/*/*", "drivers/gpu/drm/*/include/*", "tools/testing/selftests/*", "arch/*/boot/dts/*")


def kernel() -> Path:
    """Return the kernel binary, fetched and built when this configuration has not been yet."""
    key = key_of(FRAGMENT.read_bytes(), SUITE, *FLAGS, *(patch.read_bytes() for patch in PATCHES))
    return made("kernel", key, build) / "linux"


def build(folder: Path) -> None:
    """Fetch, configure and compile into `folder`; left there are the binary, its version and its configuration."""
    with step("fetch the kernel source"):
        package, version = fetch(folder)
    source = folder / "source"
    with step(f"unpack {version}"):
        unpack(package, source)
        for patch in PATCHES:
            run(["patch", "--silent", "--strip=1", "--fuzz=0", f"--input={patch}"], cwd=source)
    with step(f"build {version} (a few minutes, once)"):
        make(source)
    shutil.copy(source / "linux", folder / "linux")
    run(["strip", str(folder / "linux")])
    shutil.copy(source / ".config", folder / "config")
    (folder / "version").write_text(version + "\n")
    package.unlink()
    shutil.rmtree(source)


def fetch(folder: Path) -> tuple[Path, str]:
    """Download the newest linux-source package with an apt of our own; the machine's apt stays as it is."""
    options = apt_options()
    run(["apt-get", *options, "update"])
    names = SOURCE.findall(run(["apt-cache", *options, "search", "--names-only", "^linux-source-[0-9.]*$"]))
    versions = sorted((int(major), int(minor)) for major, minor in names)
    if not versions or versions[-1] < OLDEST:
        raise LabError(f"{mirror()} {SUITE} has no linux-source of {OLDEST[0]}.{OLDEST[1]} or newer: {versions}")
    major, minor = versions[-1]
    run(["apt-get", *options, "download", f"linux-source-{major}.{minor}"], cwd=folder)
    (package,) = folder.glob("linux-source-*.deb")
    return package, f"{major}.{minor}"


def apt_options() -> list[str]:
    """Return the options that give apt its own sources, lists, state and cache, under the lab's cache."""
    root = cache_root() / "apt"
    for name in ("lists/partial", "archives/partial"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    sources = root / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root,
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # the unprivileged _apt cannot write where an ordinary user's cache lies
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def unpack(package: Path, source: Path) -> None:
    """Unpack the source tree that lies, compressed, inside the Debian package."""
    outer = package.parent / "package"
    run(["dpkg-deb", "--extract", str(package), str(outer)])
    (tarball,) = (outer / "usr/src").glob("linux-source-*.tar.xz")
    source.mkdir()
    excluded = [f"--exclude=*/{pattern}" for pattern in UNUSED]
    run(["tar", "-xf", str(tarball), "-C", str(source), "--strip-components=1", *excluded])
    shutil.rmtree(outer)


def make(source: Path) -> None:
    """Configure (everything off but the fragment and what it needs) and compile."""
    run(["make", "-s", *FLAGS, f"KCONFIG_ALLCONFIG={FRAGMENT}", "allnoconfig"], cwd=source)
    lost = missing(FRAGMENT.read_text(), (source / ".config").read_text())
    if lost:
        raise LabError(f"the kernel's own rules dropped what {FRAGMENT.name} asks for: {', '.join(lost)}")
    run(["make", "-s", *FLAGS, f"-j{len(os.sched_getaffinity(0))}", "linux"], cwd=source)


def missing(fragment: str, config: str) -> list[str]:
    """Return the settings of the fragment that are not in the configuration made from it."""
    asked = [line for line in fragment.splitlines() if line.startswith("CONFIG_") and not line.endswith("=n")]
    have = set(config.splitlines())
    return [line for line in asked if line not in have]
