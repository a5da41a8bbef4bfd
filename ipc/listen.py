"""Listen on a Unix socket of one's own, when no parent has bound it."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from airhail.ipc.connect import try_connect
from airhail.ipc.errors import CallError, PeerGone
from airhail.ipc.limits import CONNECTIONS


class AlreadyServed(Exception):
    """Another process serves the path, or may do so."""


@contextmanager
def bound_listener(path: Path) -> Iterator[trio.SocketListener]:
    """Bind and listen at *path* (mode 0660), replacing a dead socket, and unlink it afterwards if it is ours.

    For a process started by hand: two that start at the same instant may both find the path free, and the
    second one wins. The supervisor's lock knows no such instant. Raises AlreadyServed, or OSError when the
    folder cannot be written to.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.setblocking(False)
        if path.exists():
            try:
                refuse_served(path)
            except AlreadyServed as error:
                raise AlreadyServed(f"{error}, or set AIRHAIL_RUNTIME_DIR") from error
            path.unlink()
        # A file made by bind takes its mode from the umask: nobody may connect before the mode is right.
        mask = os.umask(0o777)
        try:
            sock.bind(str(path))
        finally:
            os.umask(mask)
        path.chmod(0o660)
        sock.listen(CONNECTIONS)
        ours = path.stat()
        try:
            yield adopt(sock)
        finally:
            if path.exists() and os.path.samestat(path.stat(), ours):
                path.unlink()


def adopt(sock: socket.socket) -> trio.SocketListener:
    """Return the listener for a bound and listening stream socket; ValueError when it is none."""
    return trio.SocketListener(trio.socket.from_stdlib_socket(sock))


def refuse_served(path: Path) -> None:
    """Raise AlreadyServed when somebody accepts connections at *path*, and when this user cannot know."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            try_connect(probe, path)
        except PeerGone:
            return
        except CallError as error:
            raise AlreadyServed(f"{path} is another user's socket: have it removed first") from error
    raise AlreadyServed(f"another process serves {path}: stop it first")
