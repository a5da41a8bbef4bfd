"""Files that outlive a process: whole or as they were, never half."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put *content* in the place of what *path* holds; on disk when this returns.

    A crash or a full disk leaves the old file or the new one. Raises OSError.
    """
    temporary = path.with_suffix(".new")
    # The usual order: write aside, flush to disk, rename, flush the folder.
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_bounded(path: Path, limit: int) -> bytes:
    """Return what *path* holds; ValueError when that is more than *limit* bytes, FileNotFoundError without a file."""
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"it is larger than {limit} bytes")
    return content
