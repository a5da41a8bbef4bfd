import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from airhail.ipc.inspection.logs import Line
from airhail.supervisor.crashes import KEPT, CrashStore
from airhail.supervisor.reports import CrashReport

REPORT = CrashReport("a", 5.0, "exit 1", 7, 1.0, log=[Line(1.0, "info", "x" * 1000)])


@pytest.fixture
def store(tmp_path: Path) -> CrashStore:
    return CrashStore(tmp_path / "state" / "crashes")


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file grow beyond this, as a full disk would not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_nothing_yet(store: CrashStore) -> None:
    assert store.list() == []
    assert store.load(1) is None
    assert not store.folder.exists()


def test_what_is_saved_is_there(store: CrashStore) -> None:
    assert [store.save(REPORT), store.save(REPORT)] == [1, 2]
    assert store.load(2) == REPORT
    assert (store.folder / "000001-a.json").stat().st_mode & 0o777 == 0o640


def test_the_oldest_go(store: CrashStore) -> None:
    for _ in range(KEPT + 3):
        last = store.save(REPORT)
    assert [kept.number for kept in store.list()] == list(range(4, last + 1))


def test_other_files_are_left_alone(store: CrashStore) -> None:
    store.save(REPORT)
    (store.folder / "notes.txt").write_text("mine")
    store.save(REPORT)
    assert (store.folder / "notes.txt").read_text() == "mine"


def test_what_was_not_finished_is_cleared_away(store: CrashStore) -> None:
    store.save(REPORT)
    (store.folder / "000002-a.new").write_bytes(b"{")
    assert store.save(REPORT) == 2
    assert sorted(os.listdir(store.folder)) == ["000001-a.json", "000002-a.json"]


def test_a_report_that_does_not_fit_costs_no_other(store: CrashStore) -> None:
    for _ in range(KEPT):
        store.save(REPORT)
    before = {kept.path: kept.path.read_bytes() for kept in store.list()}
    with file_size_limit(500), pytest.raises(OSError, match="too large"):
        store.save(REPORT)
    assert {kept.path: kept.path.read_bytes() for kept in store.list()} == before
    assert len(os.listdir(store.folder)) == KEPT
    assert store.save(REPORT) == KEPT + 1


FILL = """
import errno, sys
from pathlib import Path
from airhail.supervisor.crashes import CrashStore
from tests.unit.supervisor.test_crashes import REPORT

store = CrashStore(Path(sys.argv[1], "crashes"))
saved = 0
while True:
    try:
        saved = store.save(REPORT)
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
        break
print(saved, [kept.number for kept in store.list() if store.load(kept.number) == REPORT])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_full_disk_loses_none_that_were_whole(tmp_path: Path) -> None:
    # In a mount namespace of its own, which takes the mount with it.
    mount = f"mount -t tmpfs -o size=32k,nr_inodes=1000 tmpfs {tmp_path}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", FILL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    if "mount" in done.stderr and done.returncode == 32:
        pytest.skip(f"no file system may be mounted here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    saved, _, whole = done.stdout.partition(" ")
    assert int(saved) > 1
    assert msgspec.json.decode(whole) == list(range(1, int(saved) + 1))
