"""Clocks that jump, for real processes: a time namespace cannot shift a clock while processes run in it."""

import mmap
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("clocks.c")
AHEAD = struct.Struct("=qqq")


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the processes with this environment read from their clocks."""

    environment: dict[str, str]
    memory: mmap.mmap

    def jump(self, *, realtime: int = 0, monotonic: int = 0, boottime: int = 0) -> None:
        """Set how many seconds each clock is ahead of the kernel's."""
        AHEAD.pack_into(self.memory, 0, realtime, monotonic, boottime)


@contextmanager
def clocks_in(folder: Path) -> Iterator[Clocks]:
    """Make clocks that show the kernel's time until they jump."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) for the library that shifts a process's clocks")
    library, file = folder / "clocks.so", folder / "clocks"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE], check=True)
    file.write_bytes(bytes(mmap.PAGESIZE))
    with file.open("r+b") as opened, mmap.mmap(opened.fileno(), mmap.PAGESIZE) as memory:
        yield Clocks({"LD_PRELOAD": str(library), "CLOCKS": str(file)}, memory)
