"""Play a scenario many times: a fresh boot each, one kernel per CPU at a time."""

import json
import os
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.outside.boot import Assets, Ended, boot, boot_on_terminal, clear, furnish
from tests.lab.outside.cache import cache_root
from tests.lab.outside.merge import merge_logs
from tests.lab.outside.python import add_wheels, freeze_tree
from tests.lab.outside.result import Outcome, outcome_of, summary
from tests.lab.outside.shell import LabError, say

# Wall clock for one run. The slowest scenario takes seconds; a run that hangs has no timer left and never ends.
LIMIT_S = 300.0
# In real time the hosts idle a minute before anything begins, and NetworkManager's own deadlines are real too.
REAL_TIME_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Batch:
    """What was asked for."""

    scenario: str
    runs: int
    seed: int
    release: str
    real_time: bool
    keep: bool
    wheels: bool

    def repeat(self, seed: int) -> str:
        """Return the command that plays the run of this seed again."""
        return f"scripts/lab run {self.scenario} --runs 1 --seed {seed} --release {self.release}"


def out_folder(scenario: str) -> Path:
    """Make the folder a batch keeps its runs in (`AIRHAIL_LAB_OUT` names another place)."""
    base = Path(os.environ.get("AIRHAIL_LAB_OUT") or cache_root() / "runs").resolve()
    folder = base / f"{time.strftime('%Y%m%d-%H%M%S')}-{scenario}-{os.getpid()}"
    folder.mkdir(parents=True)
    return folder


def play(batch: Batch, assets: Assets) -> dict[str, Any]:
    """Play every run, show each as it ends, and return the summary."""
    folder = out_folder(batch.scenario)
    tree = freeze_tree(assets.image, batch.release, folder / "tree")
    if batch.wheels:
        add_wheels(batch.release, tree)
    cpus: queue.SimpleQueue[int] = queue.SimpleQueue()
    for cpu in sorted(os.sched_getaffinity(0)):
        cpus.put(cpu)
    start = time.monotonic()
    outcomes: list[Outcome] = []
    showing = threading.Lock()

    def one(run: int) -> None:
        cpu = cpus.get()
        try:
            outcome = play_one(batch, assets, tree, folder, run, cpu)
        finally:
            cpus.put(cpu)
        with showing:
            outcomes.append(outcome)
            print(outcome.line(), flush=True)
            if not outcome.ok:
                print(f"  logs: {outcome.logs}\n  again: {batch.repeat(outcome.seed)}", flush=True)

    with ThreadPoolExecutor(max_workers=cpus.qsize()) as pool:
        try:
            for finished in [pool.submit(one, run) for run in range(batch.runs)]:
                finished.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    clear(tree)
    if not any(folder.iterdir()):
        folder.rmdir()
    return summary(batch.scenario, batch.release, batch.seed, time.monotonic() - start, outcomes)


def play_one(batch: Batch, assets: Assets, tree: Path, folder: Path, run: int, cpu: int) -> Outcome:
    """Play one run on one CPU; keep its logs when it failed, or when asked to."""
    seed = batch.seed + run
    job = folder / f"run-{run}-seed-{seed}"
    furnish(job, assets, tree)
    module = f"tests.lab.scenarios.{batch.scenario.replace('-', '_')}"
    (job / "job.json").write_text(json.dumps({"module": module}))
    limit = REAL_TIME_LIMIT_S if batch.real_time else LIMIT_S
    ended: Ended = boot(job, assets, seed, cpu, limit, batch.real_time)
    result = job / "result.json"
    written = result.read_text() if result.exists() else None
    logs = str(job / "logs")
    outcome = outcome_of(run, seed, written, ended.timed_out, ended.wall_s, ended.console, logs)
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
    (job / "job.json").write_text(json.dumps({"module": "tests.lab.guest.shell", "host": host}))
    boot_on_terminal(job, assets)
    result = job / "result.json"
    outcome = json.loads(result.read_text()) if result.exists() else {"ok": False, "reason": "the kernel ended"}
    if not outcome["ok"]:
        raise LabError(f"shell: {outcome['reason']}; logs: {job / 'logs'}")


def show(result: dict[str, Any]) -> None:
    """Print the summary as the last line."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
