"""The command `scripts/fuzz`: fuzz a target for a while, and say what came of it."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz.places import ROOT, corpus, environment, finds
from tests.fuzz.targets import WATCHED

LONGEST_INPUT = 8192
"""Bytes of one input: room for every structure that the targets know; the limits themselves are unit tests."""

SLOWEST_INPUT = 10
"""Seconds after which an input counts as a hang; none that is well takes a tenth of one."""

MOST_MEMORY = 1024
"""MiB. Each input is dropped after its check, so memory that fills this is a find."""

EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
EDGES = re.compile(r"^#\d+\s+\w+\s+cov: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Report:
    """What one run came to."""

    target: str
    seconds: int
    inputs: int
    """How many were tried."""
    edges: int
    """Of airhail and the parsers in Python below it, as libFuzzer counts them."""
    corpus: int
    """How many inputs are kept because each reaches something that no other does."""
    lines: dict[str, str]
    """For each module that the target watches, how much of it the corpus reaches; empty after a find."""
    finds: list[str]
    """Files with inputs that broke the invariant."""


def main() -> int:
    """Run the command; the exit status is 1 when an input broke an invariant."""
    arguments = parse_arguments()
    python = environment()
    if arguments.replay is not None:
        return run(python, "tests.fuzz.replay", arguments.target, arguments.replay.resolve()).returncode
    targets = WATCHED if arguments.target == "all" else [arguments.target]
    reports = [fuzz(python, target, arguments.seconds) for target in targets]
    return 1 if any(report.finds for report in reports) else 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", choices=(*WATCHED, "all"), help="tests/fuzz/targets/TARGET.py says what it holds")
    parser.add_argument("--seconds", type=int, default=600, metavar="N", help="for each target (default: 600)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run the target on this one input instead")
    arguments = parser.parse_args()
    if arguments.replay is not None and arguments.target == "all":
        parser.error("--replay needs the one target that the input is for")
    return arguments


def fuzz(python: Path, target: str, seconds: int) -> Report:
    """Fuzz one target and print its report as one line of JSON."""
    folder = corpus(target)
    run(python, "tests.fuzz.seed", target, folder, check=True)
    before = set(finds(target).iterdir())
    began = time.monotonic()
    said = run_engine(python, target, folder, seconds)
    found = sorted(str(path) for path in set(finds(target).iterdir()) - before)
    report = Report(
        target,
        seconds=round(time.monotonic() - began),
        inputs=last_number(EXECUTED, said),
        edges=last_number(EDGES, said),
        corpus=len(list(folder.iterdir())),
        lines={} if found else measure(python, target, folder),
        finds=found,
    )
    print(json.dumps(asdict(report)), flush=True)
    for path in found:
        print(f"see it again: scripts/fuzz {target} --replay {path}", file=sys.stderr)
    return report


def run_engine(python: Path, target: str, folder: Path, seconds: int) -> str:
    """Let libFuzzer work; return what it said, shown while it comes. It ends at the first find."""
    options = (
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={SLOWEST_INPUT}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-artifact_prefix={finds(target)}/",
        "-print_final_stats=1",
        str(folder),
    )
    command = [str(python), "-m", "tests.fuzz.engine", target, *options]
    said = []
    with subprocess.Popen(
        command, cwd=ROOT, env=quiet(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as engine:
        assert engine.stdout is not None
        for line in engine.stdout:
            print(line, end="", file=sys.stderr, flush=True)
            said.append(line)
    return "".join(said)


def measure(python: Path, target: str, folder: Path) -> dict[str, str]:
    """Return how much of the target's modules its corpus reaches, with the lines that it does not."""
    with tempfile.TemporaryDirectory() as place:
        data = f"--data-file={place}/data"
        watched = f"--source={','.join(WATCHED[target])}"
        run(python, "coverage", "run", data, watched, "-m", "tests.fuzz.replay", target, folder, check=True)
        run(python, "coverage", "json", data, "--quiet", "-o", f"{place}/json", check=True)
        files = json.loads(Path(place, "json").read_text())["files"]
    return {
        file: f"{entry['summary']['percent_covered_display']} %, not: {entry['missing_lines']}"
        for file, entry in files.items()
    }


def run(python: Path, *command: str | Path, check: bool = False) -> "subprocess.CompletedProcess[bytes]":
    """Run a module with its arguments in the fuzzing environment."""
    return subprocess.run([python, "-m", *command], cwd=ROOT, env=quiet(), check=check)


def quiet() -> dict[str, str]:
    """Return the environment of a child that leaves no compiled files in the tree."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def last_number(pattern: re.Pattern[str], text: str) -> int:
    """Return the number in the last match, 0 when there is none."""
    matches = pattern.findall(text)
    return int(matches[-1]) if matches else 0
