"""The runtime directory: one supervisor at a time, and sockets that outlive the actors that serve them.

Each socket is bound once and kept while its actor ends and starts again, so a caller that connects in
between waits in the backlog instead of being refused.
"""

import errno
import fcntl
import os
import pwd
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BACKLOG = 64
"""Callers that may wait while an actor restarts. A host has a few commands and actors that call; a caller
beyond this gets EAGAIN from connect(2) and may try again."""

SOCKET_MODE = 0o660
"""Owner and group may connect; what each may do is decided by who they are (SO_PEERCRED)."""

NOTIFY_MODE = 0o600
"""Our actors run as the user that we run as. The queue of datagrams is short, and anybody else who may write to it
could keep their signs of life out."""

DIRECTORY_MODE = 0o750
"""Only the owner may create or remove names here, so holding the lock means owning every socket."""


class AlreadyRunningError(Exception):
    """Another supervisor holds the runtime directory."""


class RuntimeDirectoryError(Exception):
    """The runtime directory cannot be used as it is."""


@contextmanager
def held_directory(directory: Path) -> Iterator[None]:
    """Hold the runtime directory for this process alone; made when it is missing.

    The lock (flock(2)) goes with the process, so it is never stale. The file stays: to unlink it would
    let two processes each lock a file of that name.

    Raises AlreadyRunningError when another supervisor holds it, RuntimeDirectoryError when others could
    change what is in it.
    """
    try:
        directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        found = directory.stat()
    except OSError as error:
        raise RuntimeDirectoryError(
            f"cannot use {directory} as runtime directory: {error.strerror}; "
            "set AIRHAIL_RUNTIME_DIR to a directory of your own"
        ) from error
    open_to_others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid != os.geteuid() and not open_to_others:
        raise refusal_of_another_users(directory, found.st_uid)
    if found.st_uid != os.geteuid() or open_to_others:
        raise RuntimeDirectoryError(
            f"{directory} belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}: others "
            f"could replace the sockets in it; it must belong to user {os.geteuid()} and be writable for nobody else"
        )
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_running(directory, lock) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def already_running(directory: Path, lock: int) -> AlreadyRunningError:
    """Return what to tell about a lock that another supervisor holds."""
    holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
    return AlreadyRunningError(
        f"airhail already runs in {directory} (pid {holder or 'unknown'}); "
        "ask it with `airhail status`, or set AIRHAIL_RUNTIME_DIR for a second one"
    )


def refusal_of_another_users(directory: Path, owner: int) -> AlreadyRunningError | RuntimeDirectoryError:
    """Return what to tell about another user's directory: that airhail runs in it, if it does and we may see that."""
    with suppress(OSError):
        # The file is that user's as well, if it is one: nothing is made, followed, or waited for.
        lock = os.open(directory / "lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return already_running(directory, lock)
        finally:
            os.close(lock)
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"user {owner}"
    return RuntimeDirectoryError(
        f"{directory} belongs to {name}: start the service that runs as that user, or set AIRHAIL_RUNTIME_DIR"
    )


@contextmanager
def bound_socket(path: Path, kind: socket.SocketKind, mode: int = SOCKET_MODE) -> Iterator[socket.socket]:
    """Bind a Unix socket at `path`, in place of one that nobody serves any more; unlink it afterwards.

    Call it only while holding the directory: then a socket found there is stale. A name that has been taken
    over by something else in the meantime is left alone.

    Raises RuntimeDirectoryError when something other than a socket has the name, or it cannot be bound.
    """
    try:
        remove_stale(path)
        bound = socket.socket(socket.AF_UNIX, kind)
        try:
            bind_private(bound, path, mode)
            ours = identity(path)
            if kind is socket.SOCK_STREAM:
                bound.listen(BACKLOG)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        raise RuntimeDirectoryError(f"cannot bind {path}: {error.strerror or error}") from error
    with bound:
        try:
            yield bound
        finally:
            if identity(path) == ours:
                path.unlink()


def remove_stale(path: Path) -> None:
    """Unlink the socket at `path`, if there is one; refuse anything else."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise OSError(errno.EEXIST, "something that is not a socket has this name; move it away")
    path.unlink()


def bind_private(bound: socket.socket, path: Path, mode: int) -> None:
    """Bind with this mode from the first moment on."""
    # A chmod after the bind would leave a moment in which the process's umask decides who may connect.
    before = os.umask(0o777 & ~mode)
    try:
        bound.bind(str(path))
    finally:
        os.umask(before)


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from another that has its name later, or None when there is none."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
