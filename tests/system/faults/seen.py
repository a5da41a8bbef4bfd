"""What the supervisor's document says of one actor, and what the kernel says of a process."""

from pathlib import Path

import trio

from airhail.ipc.client import Client
from tests.system.supervised.harness import WITHIN, State, children, descriptors


def phase(state: State, name: str) -> str:
    return str(state["actors"][name]["state"])


def restarts(state: State, name: str) -> int:
    return int(state["actors"][name]["restarts"])


def back(state: State, name: str, times: int = 1) -> bool:
    """Tell whether an actor serves again after so many restarts."""
    return phase(state, name) == "RUNNING" and restarts(state, name) == times


def last_exit(state: State, name: str) -> str:
    return str(state["actors"][name]["last_exit"])


def zombies(parent: int) -> list[int]:
    """Return the children of a process that have ended and are not reaped."""
    return [pid for pid in children(parent) if process_state(pid) == "Z"]


def process_state(pid: int) -> str:
    """Return the letter of a process's state (proc_pid_stat(5)); X when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "X"


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has to itself or shares (proc_pid_statm(5), resident)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


async def alone_with(client: Client) -> None:
    """Wait until this is the only connection that the server has."""
    while (await client.call("stats", within=WITHIN))["connections"] > 1:
        pass


async def back_to(before: tuple[int, int], pid: int) -> None:
    """Wait until a process has as many descriptors and children as before: the last crash report is written then."""
    with trio.fail_after(WITHIN):
        while (descriptors(pid), len(children(pid))) != before:  # noqa: ASYNC110  (of another process)
            await trio.sleep(0.01)
