"""Who may do what, at a real socket, as the kernel's credentials say."""

import json
import os
import sys

import pytest
import trio

from airhail.ipc.client import open_client
from tests.system.ipc_rig import LIMIT, Rig, serving

INSPECTION = ("inspect", "stats", "tasks", "log", "trace")
NOBODY = 65534
STRANGERS_GROUP = 54321

# Everything is imported before the rights are given up: the interpreter may live where others cannot read.
ASK = """
import json, os, sys
import trio
from airhail.ipc.client import open_client
from airhail.ipc.errors import CallError

INSPECTION = ("inspect", "stats", "tasks", "log", "trace")
path, uid, gid, groups = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])

async def attempt(client, method, args):
    try:
        return await client.call(method, args, within=20)
    except CallError as error:
        return [error.name, error.sentence]

async def main():
    try:
        async with open_client(path, within=20) as client:
            async with client.subscribe() as states:
                state = await anext(states)
            added = await attempt(client, "add", {"a": 1, "b": 2})
            borrowed = await attempt(client, "borrow", {})
            shown = {method: await attempt(client, method, {}) for method in INSPECTION}
            return [state, added, borrowed, shown]
    except CallError as error:
        return [error.name, error.sentence]

os.setgroups(groups)
os.setgid(gid)
os.setuid(uid)
print(json.dumps(trio.run(main)))
"""

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become somebody else; tests/unit/ipc/test_access.py has every case"
)


def open_to_all(rig: Rig) -> None:
    """Let anybody reach the socket, so that only the server's own check is left."""
    rig.path.parent.chmod(0o711)
    rig.path.chmod(0o666)


async def ask_as(rig: Rig, uid: int, gid: int, groups: list[int]) -> list[object]:
    command = [sys.executable, "-c", ASK, str(rig.path), str(uid), str(gid), json.dumps(groups)]
    done = await trio.run_process(command, capture_stdout=True)
    answer: list[object] = json.loads(done.stdout)
    return answer


async def test_own_user_may_change() -> None:
    async with serving() as rig, open_client(rig.path) as client:
        assert await client.call("borrow", within=LIMIT) == {}
        assert rig.holder is not None
        assert rig.holder.credentials.uid == os.geteuid()


@needs_root
@pytest.mark.parametrize(("gid", "groups"), [(STRANGERS_GROUP, []), (NOBODY, [STRANGERS_GROUP])])
async def test_group_of_the_socket_may_read_but_not_change(gid: int, groups: list[int]) -> None:
    async with serving(group=STRANGERS_GROUP) as rig:
        open_to_all(rig)
        state, added, borrowed, shown = await ask_as(rig, NOBODY, gid, groups)
        assert state == {"n": 0}
        assert added == {"sum": 3}
        assert borrowed == [
            "not_permitted",
            f"user {NOBODY} may read rig but not borrow: ask as its own user or as root",
        ]
        assert rig.holder is None
        assert isinstance(shown, dict)
        assert {method: type(answer) for method, answer in shown.items()} == dict.fromkeys(INSPECTION, dict)


@needs_root
async def test_stranger_may_nothing() -> None:
    async with serving(group=STRANGERS_GROUP) as rig:
        open_to_all(rig)
        answer = await ask_as(rig, NOBODY, NOBODY, [])
        assert answer[0] == "not_permitted"
        assert f"user {NOBODY}" in str(answer[1])


@needs_root
async def test_root_may_change_what_another_user_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    async with serving() as rig:
        assert (await ask_as(rig, 0, 0, []))[2] == {}


@needs_root
async def test_files_own_mode_refuses_with_a_sentence() -> None:
    async with serving() as rig:
        answer = await ask_as(rig, NOBODY, NOBODY, [])
        assert answer[0] == "not_permitted"
        assert str(rig.path) in str(answer[1])
