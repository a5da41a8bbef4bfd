"""Files that outlive a process: whole or as they were, never half."""

import logging
import os
import stat
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import msgspec

log = logging.getLogger(__name__)


class Versioned(Protocol):
    """A document that says which version of its shape it has."""

    @property
    def version(self) -> int:
        """The version."""


Document = TypeVar("Document", bound=Versioned)


class NotPrivateError(ValueError):
    """A file that is for its owner alone is open to others; the sentence says how."""


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put *content* in the place of what *path* holds; on disk when this returns.

    A crash or a full disk leaves the old file or the new one. Others may read it unless it is *private*. Raises
    OSError.
    """
    temporary = path.with_suffix(".new")
    # The usual order: write aside, flush to disk, rename, flush the folder.
    with open(temporary, "wb", opener=_private if private else None) as file:
        _fill(file, content)
    temporary.replace(path)
    _flush_folder(path.parent)


def create_private(path: Path, content: bytes) -> None:
    """Make the file *path* for its owner alone; on disk when this returns.

    Raises FileExistsError when there is one already, which stays as it is, and OSError.
    """
    temporary = path.with_suffix(".new")
    with open(temporary, "wb", opener=_private) as file:
        _fill(file, content)
    try:
        # Unlike a rename, a link takes nobody's place.
        path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _flush_folder(path.parent)


def read_bounded(path: Path, limit: int) -> bytes:
    """Return what *path* holds; ValueError when that is more than *limit* bytes, FileNotFoundError without a file."""
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"it is larger than {limit} bytes")
    return content


def read_private(path: Path, limit: int) -> bytes:
    """Do as `read_bounded`, but raise NotPrivateError when others can read or write the file, or own it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        seen = os.fstat(descriptor)
        if not stat.S_ISREG(seen.st_mode):
            raise NotPrivateError("it is no ordinary file")
        if seen.st_uid != os.geteuid():
            raise NotPrivateError(f"it belongs to user {seen.st_uid}, airhail runs as user {os.geteuid()}")
        if seen.st_mode & 0o077:
            raise NotPrivateError(f"its mode is {stat.S_IMODE(seen.st_mode):04o}: others can get at it")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"it is larger than {limit} bytes")
    return content


def decode_document(content: bytes, kind: type[Document], version: int) -> Document:
    """Read a document from JSON. Raises ValueError when it is none of that *kind* and *version*."""
    try:
        document = msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from error
    if document.version != version:
        raise ValueError(f"its version is {document.version}, this airhail reads version {version}")
    return document


def load_document(path: Path, kind: type[Document], version: int, limit: int, *, lost: str) -> Document | None:
    """Return the document in *path*, None without one.

    One that cannot be read is kept aside, and the log says so, with what to do about what is *lost*. Raises OSError.
    """
    try:
        return decode_document(read_bounded(path, limit), kind, version)
    except FileNotFoundError:
        return None
    except ValueError as error:
        aside = path.with_suffix(".unreadable")
        path.replace(aside)
        log.error("%s cannot be read (%s): kept as %s; %s", path, error, aside, lost)
        return None


def _private(path: str, flags: int) -> int:
    """Open as `open` does, for the owner alone from the first moment; what a crash left there is not trusted."""
    Path(path).unlink(missing_ok=True)
    return os.open(path, flags | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _fill(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
