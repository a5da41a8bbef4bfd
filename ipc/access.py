"""Who may do what at an actor's socket."""

import enum

from airhail.ipc.peercred import Credentials


class Access(enum.Enum):
    """What one connection may do."""

    NONE = enum.auto()
    READ = enum.auto()
    """Subscribe, and methods that change nothing."""
    CHANGE = enum.auto()


def decide_access(peer: Credentials, own_uid: int, socket_group: int | None) -> Access:
    """Grant our own user and root everything, the group that owns the socket reading, others nothing."""
    if peer.uid in (0, own_uid):
        return Access.CHANGE
    if socket_group is not None and socket_group in {peer.gid} | peer.groups:
        return Access.READ
    return Access.NONE
