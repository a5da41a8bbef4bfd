"""The zygote: a process that has imported what the actors import, and forks into one whenever it is told to.

The first is forked from the supervisor before that has begun anything (`fork_zygote`), so that the two share the
memory of what both have imported; one that takes its place is started as a program, `python -m
airhail.supervisor.zygote MODULE...`. Either has a SOCK_SEQPACKET socket to the supervisor as descriptor 3. An actor
that is forked from here starts in milliseconds, where a new interpreter takes hundreds, and shares the memory of all
that was imported.

A fork copies whatever there is, so there is next to nothing: one thread, no descriptor but the socket, no event
loop, no configuration, and the collector's marks are kept off the shared pages (gc.freeze). Each actor is a
grandchild whose parent ends at once: the supervisor, being a subreaper, inherits it, and waits for it as for any
other child.
"""

import fcntl
import gc
import importlib
import importlib.util
import os
import runpy
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
from msgspec import Struct

from airhail.supervisor.spawning import ALL_SIGNALS, FIRST_PASSED

CONTROL = FIRST_PASSED
"""The descriptor of the socket to the supervisor."""

LOADED = b"loaded"
"""What the zygote says once, when it can fork."""

GO = b"g"
"""What a forked process waits for: that the supervisor has learned its pid."""

MAX_ORDER = 128 * 1024
"""Bytes of one order, nearly all of it the environment. A Unix socket takes 200 KiB at once
(net.core.wmem_default), and who has a larger environment gets along without the zygote."""

MAX_PASSED = 16
"""Descriptors of one order: an actor is handed three or four."""

PYTHONS_OWN: Mapping[int, Callable[..., object] | signal.Handlers] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGPIPE: signal.SIG_IGN,
    signal.SIGXFSZ: signal.SIG_IGN,
}
"""What Python itself makes of signals when it starts (Python/pylifecycle.c, init_signals; Modules/signalmodule.c)."""

COMM = 15
"""Bytes of a process's name (proc(5), /proc/pid/comm)."""


class Order(Struct, frozen=True):
    """Become an actor: the answer's socket comes with it as the first descriptor, the actor's own behind."""

    name: str
    module: str
    arguments: list[str]
    environment: dict[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Zygote:
    """A zygote as the supervisor holds it."""

    pid: int
    control: socket.socket


def fork_zygote(modules: Sequence[str]) -> Zygote | None:
    """Fork this process into a zygote that loads `modules`; None where a fork is not safe, or not possible.

    For a process that has done nothing yet but import: what it has opened is closed in the zygote, but a thread would
    be lost, with whatever lock it holds.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        return None
    # Now, and not by each of the two later: the collector writes to whatever it looks at, and a page that is written
    # to is no longer shared.
    gc.collect()
    gc.freeze()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            pid = os.fork()
        except OSError as error:
            print(f"airhail: cannot fork a zygote: {error.strerror}", file=sys.stderr)
            ours.close()
            return None
        if pid == 0:
            as_program(theirs.fileno(), modules)
        return Zygote(pid, ours)


def as_program(control: int, modules: Sequence[str]) -> NoReturn:
    """Make this forked process what `spawn_program` would have started, run it, and end without a return."""
    status = 1
    try:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number in ALL_SIGNALS:
            signal.signal(number, PYTHONS_OWN.get(number, signal.SIG_DFL))
        os.dup2(control, CONTROL)
        os.closerange(CONTROL + 1, os.sysconf("SC_OPEN_MAX"))
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        rename("zygote")
        sys.argv = [__name__, *modules]
        main()
        status = os.EX_OK
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else os.EX_OK if end.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # The frames above belong to the supervisor: nothing of theirs may run here.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def rename(name: str) -> None:
    """Set the name that ps(1) shows for this process."""
    Path("/proc/self/comm").write_bytes(name.encode()[:COMM])


def main() -> None:
    """Load the modules, then fork on orders until the supervisor is gone; go on as the actor in a forked process."""
    for module in sys.argv[1:]:
        preload(module)
    if len(threads := os.listdir("/proc/self/task")) != 1:
        sys.exit(f"zygote: loading {sys.argv[1:]} started {len(threads) - 1} threads, which a fork would lose")
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=CONTROL)
    control.send(LOADED)
    order = fork_on_orders(control)
    if order is not None:
        sys.argv[1:] = order.arguments
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def preload(module: str) -> None:
    """Import what `python -m MODULE` imports. Modules that fail are left for the actor to fail with."""
    try:
        spec = importlib.util.find_spec(module)
        package = spec is not None and spec.submodule_search_locations is not None
        name = f"{module}.__main__" if package else module
        importlib.import_module(name)
        del sys.modules[name]  # runpy wants to be the first to run it
    except Exception as error:
        print(f"zygote: cannot load {module}: {type(error).__name__}: {error}", file=sys.stderr)


def fork_on_orders(control: socket.socket) -> Order | None:
    """Fork at each order; return it in the forked process, and None here when the supervisor is gone."""
    while True:
        data, descriptors, flags, _ = socket.recv_fds(control, MAX_ORDER, MAX_PASSED)
        if not data:
            return None
        if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise ValueError(f"an order of more than {MAX_ORDER} bytes or {MAX_PASSED} descriptors")
        order = msgspec.msgpack.decode(data, type=Order)
        if fork_grandchild():
            control.detach()
            become(order, *descriptors)
            return order
        for descriptor in descriptors:
            os.close(descriptor)


def fork_grandchild() -> bool:
    """Fork twice; return True in the grandchild once the child between has ended, and False here.

    By then the grandchild is a child of the supervisor, which may wait for its end.
    """
    adopted, between = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        # The supervisor sees the answer's socket close, and does without us.
        print(f"zygote: cannot fork: {error.strerror}", file=sys.stderr)
        os.close(adopted)
        os.close(between)
        return False
    if child:
        os.close(adopted)
        # A process gives its children away before it can be waited for (exit_notify in kernel/exit.c), but after it
        # has closed its files: only our own end of the pipe tells.
        os.waitpid(child, 0)
        os.close(between)
        return False
    try:
        grandchild = os.fork()
    except OSError as error:
        os.write(2, f"zygote: cannot fork: {error.strerror}\n".encode())
        os._exit(1)
    if grandchild:
        os._exit(0)
    os.close(between)
    os.read(adopted, 1)
    os.close(adopted)
    return True


def become(order: Order, answer: int, *passed: int) -> None:
    """Make this process what an actor started from nothing would be, once the supervisor knows of it."""
    os.setsid()
    os.write(answer, os.getpid().to_bytes(4, "big"))
    # The answer's socket goes behind the actor's own until it has done its work.
    beside = FIRST_PASSED + len(passed)
    sources = [fcntl.fcntl(fd, fcntl.F_DUPFD, beside + 1) for fd in (*passed, answer)]
    for place, source in enumerate(sources):
        os.dup2(source, FIRST_PASSED + place)
    os.closerange(beside + 1, os.sysconf("SC_OPEN_MAX"))
    environment = {**order.environment, **dict.fromkeys((b"LISTEN_PID", b"WATCHDOG_PID"), str(os.getpid()).encode())}
    os.environb.clear()
    os.environb.update(environment)
    rename(order.name)
    if os.read(beside, 1) != GO:
        os._exit(0)  # the supervisor is gone, or has started another one in the meantime
    os.close(beside)


if __name__ == "__main__":
    main()
