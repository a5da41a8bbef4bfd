from itertools import product

import pytest

from airhail.ipc.access import Access, decide_access
from airhail.ipc.peercred import Credentials

OURS, ROOT, STRANGER = 1000, 0, 1001
SOCKET_GROUP, OTHER_GROUP = 50, 51


@pytest.mark.parametrize(
    ("uid", "gid", "groups", "own", "group"),
    list(
        product(
            (OURS, ROOT, STRANGER),
            (SOCKET_GROUP, OTHER_GROUP),
            (frozenset(), frozenset({SOCKET_GROUP}), frozenset({OTHER_GROUP})),
            (OURS, ROOT),
            (SOCKET_GROUP, None),
        )
    ),
)
def test_every_case(uid: int, gid: int, groups: frozenset[int], own: int, group: int | None) -> None:
    access = decide_access(Credentials(1, uid, gid, groups), own, group)
    if uid in (own, ROOT):
        assert access is Access.CHANGE
    elif group is not None and (gid == group or group in groups):
        assert access is Access.READ
    else:
        assert access is Access.NONE


def test_group_zero_is_a_group_like_any_other() -> None:
    assert decide_access(Credentials(1, STRANGER, 0), OURS, 0) is Access.READ
    assert decide_access(Credentials(1, STRANGER, 0), OURS, None) is Access.NONE
