"""Play many runs: a fresh boot each, one kernel per CPU at a time."""

import json
import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.lab.outside.boot import CHANNELS, Assets, Ended, boot, boot_on_terminal, clear, furnish
from tests.lab.outside.cache import cache_root
from tests.lab.outside.merge import merge_logs
from tests.lab.outside.python import add_wheels, freeze_tree
from tests.lab.outside.result import Outcome, outcome_of
from tests.lab.outside.shell import LabError, say

# Wall clock for one run. The slowest scenario takes seconds; a run that hangs has no timer left and never ends.
LIMIT_S = 300.0
# In real time the hosts idle a minute before anything begins, and NetworkManager's own deadlines are real too.
REAL_TIME_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Play:
    """One run to be played."""

    seed: int
    again: str
    """The command that plays it again, without its release."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What its program in the guest is told (`lab.parameters`)."""
    channels: int = CHANNELS
    """How many channels a radio serves at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was asked for."""

    name: str
    module: str
    """The program in the guest: HOSTS and `scenario(lab)`."""
    plays: Sequence[Play]
    release: str
    real_time: bool = False
    keep: bool = False
    wheels: bool = False


def out_folder(name: str) -> Path:
    """Make the folder a batch keeps its runs in (`AIRHAIL_LAB_OUT` names another place)."""
    base = Path(os.environ.get("AIRHAIL_LAB_OUT") or cache_root() / "runs").resolve()
    folder = base / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}-{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def play(batch: Batch, assets: Assets, out: TextIO) -> list[Outcome]:
    """Play every run, show each on `out` as it ends, and return how they ended, in the order of the plays."""
    folder = out_folder(batch.name)
    tree = freeze_tree(assets.image, batch.release, folder / "tree")
    if batch.wheels:
        add_wheels(batch.release, tree)
    cpus: queue.SimpleQueue[int] = queue.SimpleQueue()
    for cpu in sorted(os.sched_getaffinity(0)):
        cpus.put(cpu)
    showing = threading.Lock()

    def one(run: int) -> Outcome:
        cpu = cpus.get()
        try:
            outcome = play_one(batch, assets, tree, folder, run, cpu)
        finally:
            cpus.put(cpu)
        with showing:
            print(outcome.line(), file=out)
            if not outcome.ok:
                again = f"{batch.plays[run].again} --release {batch.release}"
                print(f"  logs: {outcome.logs}\n  again: {again}", file=out)
            out.flush()
        return outcome

    with ThreadPoolExecutor(max_workers=cpus.qsize()) as pool:
        try:
            outcomes = [finished.result() for finished in [pool.submit(one, run) for run in range(len(batch.plays))]]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    clear(tree)
    if not any(folder.iterdir()):
        folder.rmdir()
    return outcomes


def play_one(batch: Batch, assets: Assets, tree: Path, folder: Path, run: int, cpu: int) -> Outcome:
    """Play one run on one CPU; keep its logs when it failed, or when asked to."""
    asked = batch.plays[run]
    job = folder / f"run-{run}-seed-{asked.seed}"
    furnish(job, assets, tree)
    (job / "job.json").write_text(json.dumps({"module": batch.module, "parameters": dict(asked.parameters)}))
    limit = REAL_TIME_LIMIT_S if batch.real_time else LIMIT_S
    ended: Ended = boot(job, assets, asked.seed, cpu, limit, batch.real_time, asked.channels)
    result = job / "result.json"
    written = result.read_text() if result.exists() else None
    logs = str(job / "logs")
    outcome = outcome_of(run, asked.seed, written, ended.timed_out, ended.wall_s, ended.console, logs)
    if outcome.ok and not batch.keep:
        clear(job)
    else:
        merge_logs(job / "logs")
    return outcome


def shell(host: str, release: str, assets: Assets) -> None:
    """Open a shell in a host of a lab made for it, in real time; its logs stay."""
    folder = out_folder("shell")
    tree = freeze_tree(assets.image, release, folder / "tree")
    job = folder / "run"
    furnish(job, assets, tree)
    say(f"two hosts are coming up; leave with exit; logs: {job / 'logs'}")
    (job / "job.json").write_text(json.dumps({"module": "tests.lab.guest.shell", "parameters": {"host": host}}))
    boot_on_terminal(job, assets)
    result = job / "result.json"
    outcome = json.loads(result.read_text()) if result.exists() else {"ok": False, "reason": "the kernel ended"}
    if not outcome["ok"]:
        raise LabError(f"shell: {outcome['reason']}; logs: {job / 'logs'}")
