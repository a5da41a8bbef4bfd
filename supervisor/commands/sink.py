"""Where a recording goes: a file of its own, or standard output."""

import os
import stat
import sys
from pathlib import Path

from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus


class Sink:
    """Takes whole lines; the file is made when it is opened, or with the first ones, and keeps no half of any."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._whole = 0

    def open(self) -> None:
        """Make the file, which nothing is in yet; CommandError when that cannot be."""
        self.write(b"")

    def write(self, data: bytes) -> None:
        """Write whole lines; CommandError when that cannot be."""
        try:
            if self._descriptor is None:
                self._descriptor = self._open()
            rest = memoryview(data)
            # Without a buffer: a thread that is left behind in it could not be ended.
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            self._cut()
            place = self._path or "standard output"
            kept = "; what was recorded before is there" if self._whole else ""
            raise CommandError(ExitStatus.FAILED, f"{place} cannot be written: {error.strerror}{kept}") from error
        self._whole += len(data)

    def _open(self) -> int:
        if self._path is None:
            return sys.stdout.fileno()
        # For its owner alone: a recording tells who is near.
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def _cut(self) -> None:
        """Take back the half of a line for which there was no room."""
        if self._path is None or self._descriptor is None:
            return
        if stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.ftruncate(self._descriptor, self._whole)
