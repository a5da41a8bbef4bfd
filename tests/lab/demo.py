"""Play the scenario first-link and tell it as it happens: the program of `scripts/demo`."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.lab.outside.cache import cache_root
from tests.lab.outside.image import DEFAULT_RELEASE, RELEASES
from tests.lab.outside.python import ROOT
from tests.lab.story import Said, Story, read

LAB = [sys.executable, str(ROOT / "scripts" / "lab")]
SCENARIO = "first-link"
# Between two looks at the logs: often enough to seem at once, seldom enough to cost the kernel next door nothing.
LOOK_EVERY_S = 0.2
LOGS = ("lab.log", "*/airhail.log", "*/peers.log", "*/receiver.log")

OPENING = """
Two hosts, alpha and beta, with no network between them. They live in a Linux kernel of their own (User Mode Linux)
with the real NetworkManager and wpa_supplicant of Debian {release}, simulated radios, and airhail on each.
Times are virtual: waiting costs nothing, and the same seed plays the same story.
"""
CLOSING = """
It happened: {phases} (virtual; {wall:.0f} s of your time, seed {seed}).

The same by hand, in a host of the lab:     scripts/lab shell alpha
Between two machines with Wi-Fi, on both:   scripts/run
  and in another terminal                   .venv/bin/airhail peers
                                            .venv/bin/airhail connect PEER --wait
The same story with other dice:             scripts/demo --seed {next}
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    top = argparse.ArgumentParser(prog="scripts/demo", description="Two hosts in the lab, one link, told.")
    top.add_argument("--seed", type=int, default=1, help="everything random follows from it (%(default)s)")
    top.add_argument("--release", choices=sorted(RELEASES), default=DEFAULT_RELEASE, help="(%(default)s)")
    return top


class Logs:
    """The logs of a run under *folder*, which need not exist yet, read as they grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._offsets: dict[Path, int] = {}

    def news(self) -> Iterator[Said]:
        """Yield the lines that were completed since the last time."""
        for pattern in LOGS:
            for file in sorted(self._folder.glob(f"*/run-0-*/logs/{pattern}")):
                yield from self._news_of(file)

    def _news_of(self, file: Path) -> Iterator[Said]:
        offset = self._offsets.get(file, 0)
        with file.open("rb") as opened:
            opened.seek(offset)
            whole = opened.read().rpartition(b"\n")
        self._offsets[file] = offset + len(whole[0]) + len(whole[1])
        logs = file.parent.parent if file.parent.name != "logs" else file.parent
        yield from read(str(file.relative_to(logs).with_suffix("")), whole[0].decode(errors="replace"))


def play(seed: int, release: str, folder: Path) -> dict[str, Any]:
    """Play the scenario, its files under *folder*, and tell it meanwhile; return the lab's result."""
    command = [*LAB, "run", SCENARIO, "--runs", "1", "--seed", str(seed), "--release", release, "--keep"]
    environment = {**os.environ, "AIRHAIL_LAB_OUT": str(folder)}
    logs, story = Logs(folder), Story()
    # The lab's own messages go to the terminal; it bounds each run's wall clock itself (outside/runs.py).
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as lab:
        while lab.poll() is None:
            show(story.add(logs.news()))
            time.sleep(LOOK_EVERY_S)
        show(story.add(logs.news()))
        show(story.end())
        last = (lab.stdout.read().splitlines() or [""])[-1] if lab.stdout is not None else ""
    if not last.startswith("{"):
        return {"ok": False, "failures": [{"reason": f"the lab ended with status {lab.returncode}", "logs": ""}]}
    result: dict[str, Any] = json.loads(last)
    return result


def show(lines: list[str]) -> None:
    """Print lines at once."""
    for line in lines:
        print(line, flush=True)


def main() -> int:
    """Set the lab up, play, tell; return 0 only if the link happened."""
    arguments = parser().parse_args()
    setup = subprocess.run([*LAB, "setup", "--release", arguments.release], check=False)
    if setup.returncode:
        return setup.returncode
    print(OPENING.format(release=arguments.release), flush=True)
    (cache_root() / "runs").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=cache_root() / "runs"))
    result = play(arguments.seed, arguments.release, folder)
    if not result["ok"]:
        (failure,) = result["failures"]
        print(f"\nIt did not happen: {failure['reason']}\nThe logs: {failure['logs'] or folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    phases = ", ".join(f"{name} {ms[0] / 1000:.2f} s" for name, ms in result["phases_ms"].items())
    print(CLOSING.format(phases=phases, wall=result["wall_s"], seed=arguments.seed, next=arguments.seed + 1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell reports it; the lab got the same Ctrl-C
