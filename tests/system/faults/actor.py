"""Actors with one fault each: `python -m tests.system.faults.actor NAME FAULT`. Most speak the bare protocol."""

import itertools
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import trio

from airhail.actors.runtime import Actor, run_actor
from airhail.ipc.methods import Caller, Method, NoArguments
from tests.system.supervised.actor import FOREVER, linger, say, write_down

HOLD_GIL = "import sys; sys.setswitchinterval(1e9)\nwhile True: pass"


def first_life() -> bool:
    """Tell whether this is the first process of the actor in this runtime directory."""
    try:
        os.close(os.open(f"{os.environ['AIRHAIL_RUNTIME_DIR']}/{sys.argv[1]}.lived", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def alive(for_how_long: float = FOREVER) -> None:
    """Give signs of life as a healthy actor does."""
    until = time.monotonic() + for_how_long
    while time.monotonic() < until:
        say("WATCHDOG=1")
        time.sleep(0.1)


def healthy() -> None:
    """Serve without a fault, and say so often."""
    say("READY=1")
    threading.Thread(target=alive, daemon=True).start()
    linger()


def hung(hang: Callable[[], None]) -> Callable[[], int]:
    """Return an actor that hangs in its first life, in the task that decides, and is well in the next."""

    def run() -> int:
        if not first_life():
            healthy()
            return 0

        async def body(actor: Actor) -> None:
            await actor.serve({})
            actor.alive()
            hang()

        name = sys.argv[1]
        del sys.argv[1:]
        return run_actor(name, body)

    return run


def spin() -> None:
    """Hold the interpreter lock and never let go."""
    exec(HOLD_GIL, {})


def grind() -> None:
    """Compute in C for ever, with the interpreter lock held and no look at signals."""
    all(itertools.repeat(True))


def block() -> None:
    """Wait in a system call, in the loop."""
    os.read(os.pipe()[0], 1)


def swallow() -> None:
    """Ignore every request to stop, in the loop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(FOREVER)


def crash_before_ready() -> None:
    """End before it is ready, the first time."""
    if first_life():
        sys.exit(1)
    healthy()


def hang_before_ready() -> None:
    """Never get ready, the first time."""
    if first_life():
        linger()
    healthy()


def ready_twice() -> None:
    """Say READY=1 again and again, and once more with another word."""
    say("READY=1")
    say("READY=1\nREADY=1\nSTATUS=ready again")
    healthy()


def ready_while_stopping() -> None:
    """Say READY=1 after STOPPING=1: too late."""
    say("READY=1")
    if first_life():
        say("STOPPING=1")
        say("READY=1\nSTATUS=ready after all")
    linger()


def done() -> None:
    """End well, though it should go on for ever, the first time."""
    say("READY=1")
    if first_life():
        sys.exit(0)
    healthy()


def glutton() -> None:
    """Take memory until the process may have no more (RLIMIT_AS), the first time."""
    if first_life():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 29, resource.RLIM_INFINITY))
        say("READY=1")
        take_all()
    healthy()


def hoarder() -> None:
    """Take memory without end once asked to, the first time; whether there is any is the kernel's business."""
    signal.signal(signal.SIGUSR1, lambda number, frame: take_all())
    healthy()


def take_all() -> None:
    """Fill memory, each page written to."""
    hoard = []
    while True:
        hoard.append(b"x" * (1 << 20))


def family() -> None:
    """Leave children, grandchildren and an orphan in a session of its own; ours are written down."""
    sleep = f"import time; time.sleep({FOREVER})"
    nested = (
        "import os, subprocess, sys; from tests.system.supervised.actor import write_down\n"
        f"write_down('grandchild', subprocess.Popen([sys.executable, '-c', {sleep!r}], start_new_session=True).pid)\n"
    )
    write_down("child", subprocess.Popen([sys.executable, "-c", sleep]).pid)
    # Its parent ends at once: it is the supervisor's from then on.
    subprocess.run([sys.executable, "-c", nested, sys.argv[1]], check=True)
    # Ignores what it is asked.
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + sleep
    write_down("deaf", subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True).pid)
    say("READY=1")
    linger()


def chatty() -> int | None:
    """Log without end, with the real runtime."""

    async def body(actor: Actor) -> None:
        async def count(caller: Caller, args: NoArguments) -> dict[str, int]:
            return {"lines": lines}

        lines = 0
        await actor.serve({"count": Method(NoArguments, count)})
        while True:
            actor.alive()
            for _ in range(100):
                logging.getLogger("chatty").warning("%s", "x" * 1000)
            lines += 100
            await trio.sleep(0.05)

    name = sys.argv[1]
    del sys.argv[1:]
    return run_actor(name, body)


def crowd() -> None:
    """Open files until there are no more, the first time, as an actor with a leak does."""
    say("READY=1")
    if first_life():
        kept = []
        while True:
            kept.append(os.open(os.devnull, os.O_RDONLY))
    healthy()


PLAIN = (
    *(healthy, crash_before_ready, hang_before_ready, ready_twice, ready_while_stopping, done),
    *(glutton, hoarder, family, chatty, crowd),
)
FAULTS: dict[str, Callable[[], int | None]] = {
    **{function.__name__: function for function in PLAIN},
    **{hang.__name__: hung(hang) for hang in (spin, grind, block, swallow)},
}

if __name__ == "__main__":
    sys.exit(FAULTS[sys.argv[2]]())
