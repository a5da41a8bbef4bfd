"""The black box: memory of a process that its parent holds too, and reads when the process has ended.

Whatever ends a process, also SIGKILL, leaves the box as it was. It is a memfd (memfd_create(2)) that the parent
makes and hands over; sealed, so that a wild child can neither grow nor shrink it. A process without such a parent
has a box of its own, which serves its inspection socket alone.

    header     MAGIC, once the process has opened its box
    rings      the newest state documents, log lines, messages, task tree and steps of the core (ring.py)
    stack      what faulthandler wrote, from the descriptor's own offset on
"""

import fcntl
import mmap
import os
from dataclasses import dataclass

from airhail.ipc.errors import LocalProtocolError
from airhail.ipc.inspection.ring import Ring
from airhail.ipc.limits import LOG_RING, STACK_ROOM, STATE_RING, STEPS_RING, TASKS_RING, TRACE_RING

NAME = "blackbox"
"""The box's name among LISTEN_FDNAMES."""

MAGIC = b"airhail1"
HEADER = mmap.PAGESIZE
RINGS = {"state": STATE_RING, "log": LOG_RING, "messages": TRACE_RING, "tasks": TASKS_RING, "steps": STEPS_RING}
STACK = HEADER + sum(RINGS.values())
SIZE = STACK + STACK_ROOM


class BlackBox:
    """The box as the process that fills it sees it."""

    def __init__(self, memory: mmap.mmap) -> None:
        view = memoryview(memory)
        view[: len(MAGIC)] = MAGIC
        rings = carve(view)
        self.state, self.log, self.messages, self.tasks, self.steps = (rings[name] for name in RINGS)

    @classmethod
    def own(cls) -> "BlackBox":
        """Make one that nobody else sees; its pages cost memory once they are written."""
        return cls(mmap.mmap(-1, SIZE))

    @classmethod
    def open(cls, descriptor: int) -> "BlackBox":
        """Open the one that the parent made, and point the descriptor at the room for the stack.

        Raises LocalProtocolError when it is no box.
        """
        try:
            memory = mmap.mmap(descriptor, SIZE)
            os.lseek(descriptor, STACK, os.SEEK_SET)
        except (OSError, ValueError) as error:
            raise LocalProtocolError(f"the descriptor {descriptor} for the black box is none: {error}") from error
        return cls(memory)


@dataclass(frozen=True, slots=True)
class Remains:
    """What a process left in its box: payloads, oldest first."""

    state: bytes | None = None
    log: tuple[bytes, ...] = ()
    messages: tuple[bytes, ...] = ()
    tasks: bytes | None = None
    steps: bytes | None = None
    stack: str = ""


def create_box(name: str) -> int:
    """Make an empty box and return its descriptor, which is closed on exec."""
    descriptor = os.memfd_create(f"airhail-{name}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, SIZE)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    return descriptor


def clear_box(descriptor: int) -> None:
    """Empty a box for its next process, and give its memory back."""
    with mmap.mmap(descriptor, SIZE) as memory:
        memory.madvise(mmap.MADV_REMOVE)


def copy_box(descriptor: int) -> bytes:
    """Return a box as it is now, for `read_box`."""
    return os.pread(descriptor, SIZE, 0)


def read_box(copied: bytes) -> Remains:
    """Return what is in a box, whatever its bytes are; nothing when its process never opened it."""
    if not copied.startswith(MAGIC):
        return Remains()
    rings = carve(memoryview(copied))
    return Remains(
        state=rings["state"].newest(),
        log=tuple(record.payload for record in rings["log"].read().records),
        messages=tuple(record.payload for record in rings["messages"].read().records),
        tasks=rings["tasks"].newest(),
        steps=rings["steps"].newest(),
        stack=copied[STACK:].partition(b"\0")[0].decode(errors="replace"),
    )


def carve(view: memoryview) -> dict[str, Ring]:
    """Return the rings of a box by name."""
    rings = {}
    start = HEADER
    for name, size in RINGS.items():
        rings[name] = Ring(view[start : start + size])
        start += size
    return rings
