"""The lab's cache: things made once, named by what they were made from, never half-made."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.outside.rootless import remove

# Enough of a SHA-256 that two recipes never share a folder, short enough to read.
KEY_LENGTH = 16


def cache_root() -> Path:
    """Return the folder everything made or kept lies in (`AIRHAIL_LAB_CACHE` names another)."""
    chosen = os.environ.get("AIRHAIL_LAB_CACHE")
    if chosen:
        return Path(chosen).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(base) / "airhail-lab").resolve()


def key_of(*parts: str | bytes) -> str:
    """Return the key of something made from `parts`, in this order."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()[:KEY_LENGTH]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`; another process waits, and a killed one leaves no lock behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of `kind` and `key`, made by `make(folder)` when it is not there yet.

    Made under another name and renamed when complete, so an interrupted making leaves nothing that looks whole.
    """
    folder = cache_root() / kind
    whole = folder / key
    if whole.is_dir():
        return whole
    with locked(folder / "lock"):
        if whole.is_dir():
            return whole
        for left in folder.glob("making-*"):  # by a process that was killed: we hold the lock, so nobody makes it now
            remove(left)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
        making.chmod(0o755)
        try:
            make(making)
            making.rename(whole)
        except BaseException:
            remove(making)
            raise
    return whole
