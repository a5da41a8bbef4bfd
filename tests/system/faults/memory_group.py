"""A memory cgroup of one's own, so that the kernel really kills for memory (cgroups(7), either version)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """Processes that together may have so much memory."""

    folder: Path

    def add(self, pid: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(pid))


@contextmanager
def memory_group(size: int) -> Iterator[MemoryGroup]:
    """Make a group that may have `size` bytes; the test is skipped where this user may make none."""
    version_1 = ROOT / "memory"
    parent, limit = (version_1, "memory.limit_in_bytes") if version_1.is_dir() else (ROOT, "memory.max")
    folder = parent / f"airhail-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"this user may make no memory cgroup in {parent}: {error.strerror}")
    try:
        try:
            (folder / limit).write_text(str(size))
        except OSError as error:
            pytest.skip(f"{folder} has no memory limit to set: {error.strerror}")
        yield MemoryGroup(folder)
    finally:
        for pid in (folder / "cgroup.procs").read_text().split():
            (parent / "cgroup.procs").write_text(pid)
        folder.rmdir()
