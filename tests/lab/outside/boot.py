"""Boot one User Mode Linux kernel for one job, and see it to its end within a wall-clock limit."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.lab.outside.rootless import as_root, remove

# The clock of every run starts here (nanoseconds since the epoch: 2027-01-15), so that dates repeat too.
TIME_TRAVEL_START_NS = 1_800_000_000_000_000_000
# Constant, because the command line is mixed into the kernel's random numbers; radios without a host cost nothing.
RADIOS = 4
# One channel at a time, as a laptop's radio: mac80211's software scan and remain-on-channel.
CHANNELS = 1
# RAM overlays, eight daemons and as many Pythons fit in half of it. Sparse: only what is touched is used.
MEMORY = "1024M"
# The kernel takes a session of its own, so no terminal or process group takes it along; its processes die with it.
DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
# A killed kernel's last words; a whole console is a few lines (quiet).
CONSOLE_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Assets:
    """What `setup` made: the paths a boot needs."""

    kernel: Path
    image: Path
    packages: Path
    detrand: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """How a boot ended: by itself, or killed at its limit; seconds of wall clock."""

    wall_s: float
    timed_out: bool
    console: str


def command_line(assets: Assets, real_time: bool, channels: int = CHANNELS, console: str = "null,fd:1") -> list[str]:
    """Return the kernel's command line: the same for every run of one kind, whatever the seed, job and place."""
    clock = [] if real_time else ["time-travel=inf-cpu", f"time-travel-start={TIME_TRAVEL_START_NS}"]
    return [
        str(assets.kernel),
        f"mem={MEMORY}",
        "seccomp=on",  # twice as fast as ptrace; the kernel's default is off
        *clock,
        "rootfstype=hostfs",
        "rootflags=/proc/self/cwd/image",
        "ro",
        "init=/sbin/lab-init",
        "con=null",
        f"con0={console}",
        "quiet",
        "panic=-1",
        f"mac80211_hwsim.radios={RADIOS}",
        f"mac80211_hwsim.channels={channels}",
    ]


def furnish(job: Path, assets: Assets, tree: Path) -> None:
    """Make in the job directory the names under which the guest finds everything (through the kernel's cwd)."""
    (job / "logs").mkdir(parents=True)
    (job / "image").symlink_to(assets.image)
    (job / "packages").symlink_to(assets.packages)
    (job / "tree").symlink_to(tree)


def environment(job: Path, assets: Assets, seed: int | None) -> dict[str, str]:
    """Return the kernel's environment; `seed` None leaves its random numbers to chance.

    HOME is where the kernel keeps its pid file.
    """
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(job), "TMPDIR": memory_folder()}
    if seed is not None:
        env |= {"LD_PRELOAD": str(assets.detrand), "LAB_SEED": str(seed)}
    return env


def memory_folder() -> str:
    """Return where the kernel keeps its memory file: RAM when it can be written, else the usual temporary folder."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else os.environ.get("TMPDIR", "/tmp")


def boot(
    job: Path, assets: Assets, seed: int, cpu: int, limit_s: float, real_time: bool, channels: int = CHANNELS
) -> Ended:
    """Run a furnished job to its end; kill it, and all it started, when `limit_s` of wall clock have passed.

    Pinned to one CPU: the kernel and its processes hand over thousands of times a second, and a hand-over between
    CPUs costs six times one within.
    """
    pin = ["taskset", "--cpu-list", str(cpu)]
    start = time.monotonic()
    with (job / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [*as_root(), *DIE_WITH_PARENT, *pin, *command_line(assets, real_time, channels)],
            cwd=job,
            env=environment(job, assets, seed),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        timed_out = False
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            end_group(process)
    text = (job / "console.log").read_text(errors="replace")
    return Ended(time.monotonic() - start, timed_out, text[-CONSOLE_TAIL:])


def boot_on_terminal(job: Path, assets: Assets) -> None:
    """Run a furnished job in real time with its console on this terminal, until it ends."""
    command = [*as_root(), *DIE_WITH_PARENT, *command_line(assets, real_time=True, console="fd:0,fd:1")]
    subprocess.run(command, cwd=job, env=environment(job, assets, None), stderr=subprocess.DEVNULL)


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of the kernel's process group, and collect the kernel."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clear(job: Path) -> None:
    """Remove a job's files."""
    remove(job)
