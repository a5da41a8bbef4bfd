"""Who is at the other end of a Unix socket, as the kernel says."""

import socket
import struct
from dataclasses import dataclass

import trio

# struct ucred: pid, uid, gid (unix(7), SO_PEERCRED).
UCRED = struct.Struct("=iII")
# asm-generic/socket.h; Python has no name for it. The supplementary groups at the time of connect.
SO_PEERGROUPS = 59
# The most that socket.getsockopt takes (CPython Modules/socketmodule.c): 256 groups.
GETSOCKOPT_MAX = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """The process that connected, as it was then; `groups` are the supplementary ones."""

    pid: int
    uid: int
    gid: int
    groups: frozenset[int] = frozenset()


def peer_credentials(sock: socket.socket | trio.socket.SocketType) -> Credentials:
    """Read the credentials of the process at the other end of *sock*.

    A process with more than 256 groups counts as having none besides its own.
    """
    pid, uid, gid = UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, GETSOCKOPT_MAX)
    except OSError:
        raw = b""
    groups = frozenset(group for (group,) in struct.iter_unpack("=I", raw))
    return Credentials(pid, uid, gid, groups)
