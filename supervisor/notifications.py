"""What actors say of themselves: the receiving side of sd_notify(3), and who said it.

The kernel attaches the sender's pid to each datagram (SO_PASSCRED, unix(7)); a datagram counts only when it
comes from the main process of an actor, so neither a helper of an actor nor a stranger can speak for it.
"""

import socket
import struct
from dataclasses import dataclass

import trio

from airhail.ipc import notify
from airhail.ipc.limits import MAX_NOTIFICATION

CREDENTIALS = struct.Struct("=iII")
"""struct ucred: pid, uid, gid (unix(7))."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One datagram: who sent it, and the assignments in it."""

    pid: int
    fields: dict[str, str]


def pass_credentials(receiver: socket.socket) -> None:
    """Ask the kernel for the sender of every datagram; do it before anyone can send."""
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


async def receive(receiver: trio.socket.SocketType) -> Notification | None:
    """Return the next notification, or None when the datagram was not one."""
    # The room for control data holds the credentials and nothing more, so that descriptors which a sender
    # attaches (SCM_RIGHTS) are dropped by the kernel instead of filling our table.
    data, control, flags, _ = await receiver.recvmsg(MAX_NOTIFICATION, socket.CMSG_SPACE(CREDENTIALS.size))
    pid = sender(control)
    if pid is None or flags & socket.MSG_TRUNC:
        return None
    return Notification(pid, notify.parse(data))


def sender(control: list[tuple[int, int, bytes]]) -> int | None:
    """Return the pid in a datagram's control data; None when there is none."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            pid, _, _ = CREDENTIALS.unpack(data[: CREDENTIALS.size])
            return int(pid)
    return None
