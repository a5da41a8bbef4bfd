"""The runtime directory on a real file system: who may have it, and what becomes of the names in it."""

import os
import pwd
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airhail.supervisor.sockets import (
    AlreadyRunningError,
    RuntimeDirectoryError,
    bound_socket,
    held_directory,
)
from tests.system.supervised.harness import ROOT, supervised

HOLD = """
import sys
from pathlib import Path
from airhail.supervisor.sockets import held_directory
with held_directory(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with supervised() as one:
        yield one.directory / "run"


@pytest.mark.parametrize("kill", [False, True])
def test_one_holder_at_a_time_and_a_dead_one_holds_nothing(directory: Path, kill: bool) -> None:
    command = [sys.executable, "-c", HOLD, str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunningError, match=rf"\(pid {holder.pid}\)"), held_directory(directory):
            pass
        if kill:
            holder.kill()
        else:
            holder.communicate()
        holder.wait()
        with held_directory(directory):
            assert int((directory / "lock").read_text()) == os.getpid()


@pytest.mark.parametrize("mode", [0o757, 0o770], ids=["all", "the group"])
def test_a_directory_that_others_may_write_to_is_refused(directory: Path, mode: int) -> None:
    directory.mkdir()
    directory.chmod(mode)
    with (
        pytest.raises(RuntimeDirectoryError, match=f"mode 0{mode:o}: others could replace"),
        held_directory(directory),
    ):
        pass


def test_a_directory_of_another_user_is_refused_by_what_is_so(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root's `airhail run` beside the service of the system, which runs as a user of its own."""
    with held_directory(directory):
        uid = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
        with pytest.raises(AlreadyRunningError, match=rf"\(pid {os.getpid()}\)"), held_directory(directory):
            pass
    owner = re.escape(pwd.getpwuid(uid).pw_name)
    with (
        pytest.raises(RuntimeDirectoryError, match=f"belongs to {owner}: start the service"),
        held_directory(directory),
    ):
        pass


def test_a_file_in_place_of_the_directory_is_refused(directory: Path) -> None:
    directory.write_text("")
    with pytest.raises(RuntimeDirectoryError, match="set AIRHAIL_RUNTIME_DIR"), held_directory(directory):
        pass


def test_a_stale_socket_is_replaced(directory: Path) -> None:
    path = directory / "a.sock"
    with held_directory(directory):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        with bound_socket(path, socket.SOCK_STREAM), socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(path))
            assert path.stat().st_mode & 0o777 == 0o660
        assert not path.exists()


def test_what_is_no_socket_is_left_alone(directory: Path) -> None:
    path = directory / "a.sock"
    with held_directory(directory):
        path.write_text("precious")
        with pytest.raises(RuntimeDirectoryError, match="not a socket"), bound_socket(path, socket.SOCK_STREAM):
            pass
        assert path.read_text() == "precious"


def test_a_name_that_someone_else_took_over_is_left_alone(directory: Path) -> None:
    path = directory / "a.sock"
    with held_directory(directory), socket.socket(socket.AF_UNIX) as other:
        with bound_socket(path, socket.SOCK_STREAM):
            path.unlink()
            other.bind(str(path))
        assert path.exists()
