"""Limits of a running process, taken away and given back."""

import itertools
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.supervised.harness import children


@contextmanager
def limited(pid: int, what: int, soft: int) -> Iterator[None]:
    """Lower a soft limit of a running process while the context is open (prlimit(2))."""
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (soft, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, what, before)


@contextmanager
def no_new_process(pid: int, user: Sequence[str]) -> Iterator[None]:
    """Let a process of the user that `user` makes us, and its children, start none while the context is open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    pids = [pid, *children(pid)]
    limit_processes(pids, user, 0)
    try:
        yield
    finally:
        limit_processes(pids, user, hard)


def limit_processes(pids: Sequence[int], user: Sequence[str], soft: int) -> None:
    """Set the soft limit on how many processes the user of these may have; those that ended are left out."""
    limit = "unlimited" if soft == resource.RLIM_INFINITY else str(soft)
    for pid in pids:
        # By a process of that user: another one would need CAP_SYS_RESOURCE, which root need not have.
        command = [*user, "prlimit", f"--pid={pid}", f"--nproc={limit}:"]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode and "No such process" not in done.stderr:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")


def as_an_ordinary_user() -> Sequence[str]:
    """Return the beginning of a command that the limit on processes holds for: it holds for everyone but root.

    For root this is `nobody`, who may read what root may, since the tests and their Python may lie in root's home.
    """
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root is not held to RLIMIT_NPROC, and there is no setpriv (util-linux) to be somebody else")
    capabilities = "+dac_override,+dac_read_search"
    return (
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        *(f"--inh-caps={capabilities}", f"--ambient-caps={capabilities}", f"--bounding-set=-all,{capabilities}"),
    )


def limit_that_leaves(pid: int, spare: int) -> int:
    """Return the limit on descriptors at which a process may open so many more."""
    used = {int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()}
    free = (number for number in itertools.count() if number not in used)
    return next(itertools.islice(free, spare, None))
