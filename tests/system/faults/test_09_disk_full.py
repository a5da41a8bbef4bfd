"""A full disk under state and log: nothing crashes, nothing saved is lost, and what cannot be saved is said."""

import errno
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airhail.ipc.errors import CallError, ErrorName
from airhail.supervisor.exit_status import ExitStatus
from tests.system.faults.house import ACTORS, PEER, House, house_in
from tests.system.faults.seen import back, restarts
from tests.system.supervised.harness import WITHIN, Supervised, pid_of

OTHER = "42:00:00:00:02:00"

OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount")
ON_A_SMALL_DISK = 'mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && exec "$@" 2>>"$0/log"'


def on_a_small_disk(folder: Path) -> list[str]:
    """Return the beginning of a command that has a disk of 64 KiB at `folder`, and its log there too; no root."""
    if shutil.which("unshare") is None or subprocess.run([*OWN_MOUNTS, "true"], capture_output=True).returncode:
        pytest.skip("this kernel lets this user have no mounts of its own (unshare --user --mount)")
    folder.mkdir()
    return [*OWN_MOUNTS, "sh", "-c", ON_A_SMALL_DISK, str(folder)]


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Leave no room on a disk while the context is open."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    try:
        yield
    finally:
        filler.unlink()


async def saved(house: House, state: Path) -> set[str]:
    """Return the peers of the intents on the disk, which must be those that connection has."""
    on_disk = {intent["peer"] for intent in json.loads((state / "intents.json").read_text())["intents"]}
    assert on_disk == set((await house.connection())["links"])
    return on_disk


async def test_no_crash_and_no_lost_intent(tree: Supervised) -> None:
    folder = tree.directory / "state"
    before = on_a_small_disk(folder)
    async with house_in(tree) as house:
        async with house.airhail(*before) as process:
            state = Path(f"/proc/{process.pid}/root{folder}")
            async with house.client("connection") as client:
                await client.call("connect", {"peer": PEER}, within=WITHIN)
                with filled(state):
                    for method, peer in (("connect", OTHER), ("disconnect", PEER)):
                        with pytest.raises(CallError, match=r"could not be saved.*make room") as refused:
                            await client.call(method, {"peer": peer}, within=WITHIN)
                        assert refused.value.name is ErrorName.REFUSED
                    assert await saved(house, state) == {PEER}
                    tree_state = await house.until_running()
                    assert all(restarts(tree_state, name) == 0 for name in ACTORS)
                    # Its crash report finds no room either.
                    os.kill(pid_of(tree_state, "connection"), signal.SIGKILL)
                    await house.until(lambda now: back(now, "connection"))
                    assert await saved(house, state) == {PEER}
            async with house.client("connection") as client:
                await client.call("connect", {"peer": OTHER}, within=WITHIN)
            assert await saved(house, state) == {PEER, OTHER}
            assert "no crash report" in (state / "log").read_text()
            assert await house.stop() == ExitStatus.DONE
