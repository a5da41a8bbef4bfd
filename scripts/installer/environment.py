"""The Python environment that airhail is installed into: nothing else is in it, and it touches no other."""

import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from scripts.installer.errors import InstallError
from scripts.installer.programs import run

ROOT = Path(__file__).parents[2]

BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "airhail", "actors", "ipc", "supervisor")
"""What of the tree a wheel is built from. It is built from a copy: the tree may be somebody else's."""


def fill(prefix: Path, wheels: Path | None) -> None:
    """Make the environment in `prefix` and install airhail into it; from `wheels` alone when given."""
    pip = bundled_pip()
    if not (prefix / "bin/python").exists():
        run(sys.executable, "-m", "venv", "--without-pip", str(prefix))
    # pip runs from the wheel it came in, and leaves nothing behind: neither itself in the environment nor a cache.
    options = ("--disable-pip-version-check", "--no-cache-dir", "--quiet")
    command = (str(prefix / "bin/python"), f"{pip}/pip", *options, "install")
    if wheels is not None:
        # The same version may have been built anew.
        run(*command, "--no-index", "--find-links", str(wheels), "--force-reinstall", "airhail")
        return
    with tempfile.TemporaryDirectory(prefix="airhail-") as folder:
        for name in BUILT_FROM:
            source, target = ROOT / name, Path(folder, name)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        run(*command, folder)


def bundled_pip() -> Path:
    """Return the wheel of the pip that comes with this Python (ensurepip), wherever its packagers put it."""
    # WHEEL_PKG_DIR: Python's own `configure --with-wheel-pkg-dir`.
    packaged = sysconfig.get_config_var("WHEEL_PKG_DIR")
    bundled = Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")
    for folder in (Path(packaged), bundled) if packaged else (bundled,):
        for wheel in sorted(folder.glob("pip-*.whl")):
            return wheel
    raise InstallError(f"{sys.executable} has no pip to install with; on Debian: apt-get install python3-venv")
