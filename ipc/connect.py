"""Reach a Unix socket."""

import socket
from pathlib import Path

import trio

from airhail.ipc.errors import CallError, ErrorName, PeerGone
from airhail.ipc.limits import BUSY_RETRY


async def connect(path: str | Path) -> trio.SocketStream:
    """Connect to *path*, waiting without limit while its backlog is full.

    Raises PeerGone when nothing listens there, CallError (NOT_PERMITTED) when the file may not be used.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # Not trio's connect: it takes EAGAIN for "under way", but a Unix socket is then not connected and
        # never will be (connect(2), EAGAIN).
        while True:
            if try_connect(sock, path):
                return trio.SocketStream(trio.socket.from_stdlib_socket(sock))
            await trio.sleep(BUSY_RETRY)
    except BaseException:
        sock.close()
        raise


def try_connect(sock: socket.socket, path: str | Path) -> bool:
    """Connect now; False while the backlog is full."""
    try:
        sock.connect(str(path))
    except BlockingIOError:
        return False
    except PermissionError as error:
        sentence = f"{path} may not be used by this user: join the group that owns it, or ask as root"
        raise CallError(ErrorName.NOT_PERMITTED, sentence) from error
    except OSError as error:
        raise PeerGone(f"nothing answers at {path} ({error.strerror or error}): is airhail running?") from error
    return True
