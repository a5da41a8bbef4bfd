"""Make everything a boot needs; instant when nothing has changed."""

import platform
from collections.abc import Sequence
from pathlib import Path

from tests.lab.outside.boot import Assets
from tests.lab.outside.cache import key_of, made
from tests.lab.outside.image import image
from tests.lab.outside.kernel import kernel
from tests.lab.outside.python import packages
from tests.lab.outside.shell import LabError, run
from tests.lab.outside.tools import ensure_tools

DETRAND = Path(__file__).parents[1] / "machine" / "detrand.c"


def set_up(release: str, extra: Sequence[str] = ()) -> Assets:
    """Return the assets for `release` with `extra` packages in its image, making what is missing."""
    if platform.machine() != "x86_64":
        raise LabError(f"User Mode Linux runs on x86_64 only, this machine is {platform.machine()}")
    ensure_tools()
    root = image(release, extra)
    return Assets(kernel=kernel(), image=root, packages=packages(release, root), detrand=detrand())


def detrand() -> Path:
    """Return the library that makes the kernel's random numbers repeatable."""

    def build(folder: Path) -> None:
        run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(folder / "detrand.so"), str(DETRAND)])

    return made("detrand", key_of(DETRAND.read_bytes()), build) / "detrand.so"
