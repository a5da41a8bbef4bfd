"""Python inside the guest: airhail's dependencies and a frozen copy of the tree, compiled by the guest's Python."""

import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from scripts.installer.environment import BUILT_FROM
from tests.lab.outside.cache import key_of, made
from tests.lab.outside.image import RELEASES
from tests.lab.outside.shell import LabError, run, step

ROOT = Path(__file__).parents[3]
# What of the tree a guest never needs.
LEFT_OUT = (".*", "__pycache__", "*.egg-info", "build", "dist")


def dependencies() -> list[str]:
    """Return airhail's run-time dependencies, as pyproject.toml names them."""
    names: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return names


def packages(release: str, image: Path) -> Path:
    """Return the folder with airhail's dependencies for `release`, fetched when this list has not been yet."""

    def fetch(folder: Path) -> None:
        with step(f"fetch Python packages for {release}"):
            run(
                [*pip(), "install", "--quiet", "--target", str(folder / "root"), *built_for(release), *dependencies()]
            )
            compile_tree(image, RELEASES[release], folder / "root", "/packages")

    key = key_of(release, image.parent.name, *dependencies())
    return made("packages", f"{release}-{key}", fetch) / "root"


def add_wheels(release: str, tree: Path) -> None:
    """Put airhail and its dependencies into the tree's `dist` as wheels, for a scenario that installs airhail."""

    def fetch(folder: Path) -> None:
        with step(f"fetch wheels for {release}"):
            run([*pip(), "download", "--quiet", "--dest", str(folder), *built_for(release), *dependencies()])

    def build(folder: Path) -> None:
        # From a copy, because building leaves its own files behind.
        with step("build airhail's wheel"), tempfile.TemporaryDirectory() as copy:
            source = shutil.copytree(tree, Path(copy, "tree"), symlinks=True)
            run([*pip(), "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)])

    files = sorted(
        path for name in BUILT_FROM for path in (tree / name, *(tree / name).rglob("*.py")) if path.is_file()
    )
    key = key_of(*(part for path in files for part in (str(path.relative_to(tree)), path.read_bytes())))
    shutil.copytree(made("wheels", f"{release}-{key_of(*dependencies())}", fetch), tree / "dist")
    shutil.copytree(made("wheels", f"airhail-{key}", build), tree / "dist", dirs_exist_ok=True)


def built_for(release: str) -> tuple[str, ...]:
    """Return the options with which pip takes wheels for `release` instead of for this machine."""
    return ("--python-version", RELEASES[release], "--implementation", "cp", "--only-binary=:all:")


def pip() -> list[str]:
    """Return a command that runs pip: this Python's, else that of a virtual environment made in the cache."""
    if not_failing([sys.executable, "-m", "pip", "--version"]):
        return [sys.executable, "-m", "pip"]
    try:
        # Called as a module, pip does not mind that the environment has been renamed since it was made.
        venv = made("pip", key_of(sys.executable, sys.version), make_environment)
    except LabError as error:
        raise LabError(f"no pip for {sys.executable}; run as root: apt-get install python3-venv\n{error}") from error
    return [str(venv / "bin" / "python"), "-m", "pip"]


def make_environment(folder: Path) -> None:
    """Make a virtual environment with pip in it."""
    run([sys.executable, "-m", "venv", str(folder)])


def not_failing(argv: list[str]) -> bool:
    """Return whether a command ends well."""
    try:
        run(argv)
    except LabError:
        return False
    return True


def freeze_tree(image: Path, release: str, folder: Path) -> Path:
    """Copy the working tree to `folder` and compile it, so every run of a batch sees one tree, whatever is edited."""
    shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    compile_tree(image, RELEASES[release], folder, "/airhail")
    return folder


def compile_tree(image: Path, version: str, folder: Path, seen_as: str) -> None:
    """Byte-compile a folder for the guest, where it is seen as `seen_as`; never checked against the source again.

    The guest's Python runs out here on the image's own loader and libraries: same processor, same kernel interface.
    """
    libraries = [str(image / path) for path in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")]
    run(
        [
            *(str(image / "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", ":".join(libraries)),
            *(str(image / f"usr/bin/python{version}"), "-m", "compileall", "-q"),
            *("--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", seen_as, str(folder)),
        ],
        env={"PYTHONHOME": str(image / "usr"), "LC_ALL": "C.UTF-8"},
    )
