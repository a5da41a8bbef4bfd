"""The supervisors side by side: each is given the same actors, as its own manual says."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.tools import debian_tools, python_tools

ROOT = Path(__file__).parents[2]

SETTLED = 1.2
"""Seconds an actor lives before it is killed: runit waits a second before it starts again what lived less, and
airhail is told to call that healthy."""

AIRHAIL = "airhail"
"""The contender that the others are compared with."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """How a contender is started."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path


def prepare_airhail(folder: Path, names: Sequence[str]) -> Prepared:
    """Airhail as it comes, but for the time it takes to count as healthy."""
    return airhail(folder, names, "fork")


def prepare_airhail_exec(folder: Path, names: Sequence[str]) -> Prepared:
    """Airhail with its plain spawner: a Python process for each actor, as every other supervisor has it."""
    return airhail(folder, names, "exec")


def airhail(folder: Path, names: Sequence[str], spawner: str) -> Prepared:
    """Airhail with one of its spawners."""
    with (folder / "airhail.toml").open("a") as config:
        config.write(f"[supervisor]\nhealthy_after = {SETTLED / 2}\nmax_restarts = 1000\nwindow = 86400\n")
        config.write(f"spawner = '{spawner}'\n")
    return Prepared((sys.executable, "-m", "tests.bench.airhail", *names), {"PYTHONPATH": str(ROOT)}, folder)


def prepare_supervisord(folder: Path, names: Sequence[str]) -> Prepared:
    """Supervisord with its defaults."""
    lines = ["[supervisord]", "nodaemon=true", f"logfile={folder}/log", f"pidfile={folder}/pid"]
    for name in names:
        lines += [f"[program:{name}]", f"command={' '.join(actor_command(name))}", "autorestart=true"]
    (folder / "supervisord.conf").write_text("\n".join(lines))
    command = (*python_program("supervisor.supervisord"), "-c", str(folder / "supervisord.conf"))
    return Prepared(command, {}, folder)


def prepare_circus(folder: Path, names: Sequence[str]) -> Prepared:
    """Circus with its defaults."""
    endpoints = [f"{key} = ipc://{folder}/{key}" for key in ("endpoint", "pubsub_endpoint", "stats_endpoint")]
    lines = ["[circus]", *endpoints]
    for name in names:
        lines += [f"[watcher:{name}]", f"cmd = {' '.join(actor_command(name))}", "copy_env = True"]
    (folder / "circus.ini").write_text("\n".join(lines))
    return Prepared((*python_program("circus.circusd"), str(folder / "circus.ini")), {}, folder)


def prepare_runit(folder: Path, names: Sequence[str]) -> Prepared:
    """Runit over a directory of services."""
    root = debian_tools()
    environment = {"PATH": f"{root}/usr/bin:{root}/usr/sbin:{root}/sbin:{root}/bin:{os.environ['PATH']}"}
    return Prepared((program_of(root, "runsvdir"), "-P", str(services(folder, names))), environment, folder)


def services(folder: Path, names: Sequence[str]) -> Path:
    """Write a directory with a `run` script for each actor, as runit reads it."""
    for name in names:
        script = folder / "services" / name / "run"
        script.parent.mkdir(parents=True)
        script.write_text(f"#!/bin/sh\ncd {ROOT}\nexec 2>&1 {' '.join(actor_command(name))}\n")
        script.chmod(0o755)
    return folder / "services"


def python_program(module: str) -> tuple[str, ...]:
    """Return the beginning of a command line that runs one of the programs from PyPI."""
    # -P: in the folder that they are started in, `supervisor` is ours.
    return (str(python_tools() / "python"), "-P", "-m", module)


def program_of(root: Path, name: str) -> str:
    """Return where a package has put its program."""
    return str(next(path for path in root.glob(f"**/*bin/{name}")))


def actor_command(name: str) -> tuple[str, ...]:
    """Return the command line of the actor called `name`."""
    return (sys.executable, "-m", "tests.bench.actor", name)


CONTENDERS: dict[str, Callable[[Path, Sequence[str]], Prepared]] = {
    AIRHAIL: prepare_airhail,
    "airhail-exec": prepare_airhail_exec,
    "supervisord": prepare_supervisord,
    "circus": prepare_circus,
    "runit": prepare_runit,
}
