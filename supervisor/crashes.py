"""The crash reports on disk: each one whole, few enough, and none lost for another.

A report is written aside, made durable and then renamed; older ones go only once it is there. So a disk that is
full, or a supervisor that is killed, costs at most the report that was being written.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from airhail.supervisor.reports import CrashReport, encode_report

KEPT = 32
"""Reports that are kept: a restart window gives up after eleven, so the last two troubles are all there. At
MAX_REPORT bytes each that is 16 MiB at most, and some 500 KiB as they really are."""

FILE = re.compile(r"(?P<number>[0-9]+)-(?P<actor>.+)\.json")
ASIDE = ".new"


@dataclass(frozen=True, slots=True)
class Kept:
    """One report on disk."""

    number: int
    path: Path


class CrashStore:
    """The reports in one folder, which is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, report: CrashReport) -> int:
        """Keep a report and return its number; raises OSError, and everything is then as it was."""
        self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        for left in self.folder.glob(f"*{ASIDE}"):
            left.unlink()
        number = max((kept.number for kept in self.list()), default=0) + 1
        path = self.folder / f"{number:06}-{report.actor}.json"
        aside = path.with_suffix(ASIDE)
        try:
            write_durably(aside, encode_report(report))
            aside.rename(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(self.folder)
        for old in self.list()[:-KEPT]:
            old.path.unlink(missing_ok=True)
        return number

    def list(self) -> list[Kept]:
        """Return the reports there are, the oldest first; raises OSError when the folder may not be read."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        found = [(match, self.folder / name) for name in names if (match := FILE.fullmatch(name)) is not None]
        return sorted((Kept(int(match["number"]), path) for match, path in found), key=lambda one: one.number)

    def load(self, number: int) -> CrashReport | None:
        """Return a report; None when there is none of this number.

        Raises OSError when it may not be read, msgspec.DecodeError when it is none.
        """
        for kept in self.list():
            if kept.number == number:
                return msgspec.json.decode(kept.path.read_bytes(), type=CrashReport)
        return None


def write_durably(path: Path, data: bytes) -> None:
    """Write a new file, for the group too where the umask lets it, and have it on the disk before this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
