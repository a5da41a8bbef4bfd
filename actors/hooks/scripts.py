"""The programs in the folder of hooks: which may be run, and one run of one of them.

A hook is somebody else's program. It gets no descriptor of ours, and a limit: timeout(1) stands over it, which ends
it also when this process was killed meanwhile. Whatever is left in its process group ends with it.
"""

import logging
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import trio

log = logging.getLogger(__name__)

# From SIGTERM to SIGKILL: time to clean up, too short to go on.
KILL_AFTER_S = 2.0
# What timeout(1) and the kernel may need on top of that; then the group is killed from here.
SLACK_S = 2.0
# Of what one run says: enough for an error and its context, too little to drown the log.
MAX_LINES = 50
MAX_LINE = 400
# A group that was killed closes its output at once; who left the group may hold it open.
OUTPUT_S = 1.0
# What our own parent said to us.
OURS = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})


def scripts(folder: Path) -> Iterator[Path]:
    """Yield the hooks in *folder* in the order of their names; one that may not be run is told of in the log.

    Names that begin with a dot or end with a tilde are none, as editors leave them. Without a folder there are none.
    """
    try:
        names = sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        log.warning("%s: %s; no hook is run", folder, error.strerror)
        return
    for path in (folder / name for name in names if not name.startswith(".") and not name.endswith("~")):
        if why := refusal(path):
            log.warning("%s is not run: %s", path, why)
        else:
            yield path


def refusal(path: Path) -> str:
    """Say why a file may not be run as a hook; "" when it may.

    Whoever can write it, or put another one in its place, could have anything run as the user that airhail runs as.
    """
    try:
        # Not Path.resolve: up to Python 3.12 it raises RuntimeError for a link that leads to itself (pathlib.py).
        real = Path(os.path.realpath(path, strict=True))
        if not real.is_file():
            return "it is no file"
        for place in (real, real.parent, path.parent):
            if why := open_to_others(place):
                return why
    except OSError as error:
        return error.strerror or str(error)
    return "" if os.access(real, os.X_OK) else f"it is not executable: `chmod +x {path}`"


def open_to_others(path: Path) -> str:
    """Say who else than this process's user and root can write *path*; "" when nobody can."""
    seen, own = path.stat(), os.geteuid()
    if seen.st_uid not in (0, own):
        return f"{path} belongs to user {seen.st_uid}, airhail runs as user {own}"
    # A group of the user's own is usual on some systems; root has no reason to share.
    forbidden = stat.S_IWOTH | (stat.S_IWGRP if own == 0 else 0)
    return f"others can write {path}: `chmod go-w {path}`" if seen.st_mode & forbidden else ""


async def run(path: Path, event: str, facts: Mapping[str, str], limit: float) -> None:
    """Run a hook to its end, within *limit* seconds; its output goes into the log."""
    watch = shutil.which("timeout")
    if watch is None:
        log.error("%s is not run: there is no timeout(1) in PATH; install coreutils", path)
        return
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [watch, "-k", f"{KILL_AFTER_S:g}", f"{limit:g}", str(path), event]
    begun = trio.current_time()
    try:
        process = await trio.lowlevel.open_process(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, **facts, "AIRHAIL_EVENT": event},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        log.error("%s cannot be run: %s", path, error)
        return
    assert process.stdout is not None, "it was asked for"
    async with process.stdout as output:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tell, path.name, output)
                with trio.move_on_after(limit + KILL_AFTER_S + SLACK_S):
                    await ended(process.pid)
                kill_group(process.pid)
                nursery.cancel_scope.deadline = trio.current_time() + OUTPUT_S
        finally:
            kill_group(process.pid)
            with trio.CancelScope(shield=True):
                # Killed, it ends at once.
                status = await process.wait()
    level = logging.WARNING if status else logging.INFO
    log.log(level, "%s %s: %s after %.1f s", path.name, event, in_words(status, limit), trio.current_time() - begun)


async def ended(pid: int) -> None:
    """Wait for the end of a child without reaping it: as long as it is not, its number means nobody else."""
    descriptor = os.pidfd_open(pid)
    try:
        await trio.lowlevel.wait_readable(descriptor)
    finally:
        os.close(descriptor)


def kill_group(leader: int) -> None:
    """Kill a process group whose leader, a child of ours, is not reaped yet."""
    os.killpg(leader, signal.SIGKILL)


async def tell(name: str, output: trio.abc.ReceiveStream) -> None:
    """Write a hook's output into the log, line by line, as far as it is bearable."""
    rest, lines = b"", 0
    async for piece in output:
        *whole, rest = (rest + piece).split(b"\n")
        rest = rest[: MAX_LINE + 1]
        for line in whole[: MAX_LINES - lines]:
            log.info("%s: %s", name, line[:MAX_LINE].decode(errors="backslashreplace"))
        if lines < MAX_LINES <= lines + len(whole):
            log.info("%s: says more than %d lines", name, MAX_LINES)
        lines += len(whole)
    if rest and lines < MAX_LINES:
        log.info("%s: %s", name, rest[:MAX_LINE].decode(errors="backslashreplace"))


def in_words(status: int, limit: float) -> str:
    """Say how a hook ended, by the exit status of timeout(1)."""
    if status == 0:
        return "done"
    if status == 124 or status < 0:
        return f"was ended at its limit of {limit:g} s"
    return f"exit status {status}"
