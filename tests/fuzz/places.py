"""Where fuzzing keeps its environment, its corpus and its finds."""

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = ("atheris>=3.0", "coverage>=7.6")


def cache_root() -> Path:
    """Return the folder that everything lies in (`AIRHAIL_FUZZ_CACHE` names another)."""
    if chosen := os.environ.get("AIRHAIL_FUZZ_CACHE"):
        return Path(chosen).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(base) / "airhail-fuzz").resolve()


def corpus(target: str) -> Path:
    """Return the folder of the inputs that reach something new, which every run begins with and adds to."""
    return made(cache_root() / "corpus" / target)


def finds(target: str) -> Path:
    """Return the folder of the inputs that broke the invariant."""
    return made(cache_root() / "finds" / target)


def made(folder: Path) -> Path:
    """Return *folder*, there for certain."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def environment() -> Path:
    """Return the Python that has atheris and airhail's dependencies; made when the list has changed.

    Raises subprocess.CalledProcessError when pip cannot install them.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*TOOLS, *project["dependencies"]]
    key = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()[:16]
    folder = cache_root() / f"environment-{key}"
    whole = folder / "whole"
    if not whole.exists():
        print(f"making the environment {folder}", file=sys.stderr, flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted], check=True)
        whole.touch()
    return folder / "bin" / "python"
