"""Run a tree of actors: everything the supervisor needs before the first one starts, and how it ends."""

import logging
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import assert_never

import trio

from airhail import __version__
from airhail.ipc.activation import listen_fds
from airhail.ipc.clock import MonotonicClock
from airhail.ipc.config import FOUND, Config, ConfigError, load
from airhail.ipc.errors import LocalProtocolError
from airhail.ipc.inspection import blackbox
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.trace import recording
from airhail.ipc.listen import adopt
from airhail.ipc.logs import LogSection, set_up
from airhail.ipc.notify import Notifier
from airhail.ipc.paths import PathError, runtime_dir, socket_path, state_dir
from airhail.supervisor.core import plant
from airhail.supervisor.coroner import Coroner
from airhail.supervisor.crashes import CrashStore
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.forking import ForkSpawner
from airhail.supervisor.metrics import HTTP, METRICS, Address, metrics_socket
from airhail.supervisor.notifications import pass_credentials
from airhail.supervisor.processes import Processes, become_subreaper, lifeline
from airhail.supervisor.programs import module_of
from airhail.supervisor.settings import SECTION, SpawnerKind, SupervisorSection, configured, metrics_address
from airhail.supervisor.shell import NAME, STOP_SIGNALS, Shell, Upward
from airhail.supervisor.sockets import (
    NOTIFY_MODE,
    AlreadyRunningError,
    RuntimeDirectoryError,
    bound_socket,
    held_directory,
)
from airhail.supervisor.spawning import ExecSpawner, Launch, Spawner
from airhail.supervisor.specs import ActorSpec
from airhail.supervisor.zygote import fork_zygote

log = logging.getLogger(__name__)

GONE_WITHIN = 10.0
"""Seconds from the end of the tree to that of the process, by SIGALRM if need be. Closing takes milliseconds, and one
second more for a log that nobody reads."""


def run(
    specs: Sequence[ActorSpec],
    config_file: Path | None = None,
    ready_fd: int | None = None,
    metrics: Address | None = None,
) -> ExitStatus:
    """Keep these actors running until someone asks for an end or it comes to one; return how that was.

    `ready_fd` gets a newline, and is closed, when every actor serves. `metrics` is where they are served, instead
    of what the configuration says. Raises CommandError when it cannot begin.
    """
    # Whoever started us may have blocked signals, and a mask is inherited through exec (sigprocmask(2)).
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*STOP_SIGNALS, signal.SIGCHLD})
    if ready_fd is not None:
        keep_to_ourselves(ready_fd)
    try:
        config = load(config_file)
        metrics = metrics or metrics_address(config)
        specs = configured([*specs, *([METRICS] if metrics else [])], config)
        kind = config.section(SECTION, SupervisorSection).spawner
        level = config.section("log", LogSection).level
    except ConfigError as error:
        raise CommandError(ExitStatus.BAD_CONFIG, str(error)) from error

    # Before the log's thread, the event loop, and whatever we open: see there.
    spawner = new_spawner(kind, specs)
    inspection = Inspection()
    handler = set_up(NAME, level, inspection.log_handler)
    try:
        return trio.run(
            supervise,
            specs,
            config,
            spawner,
            metrics,
            ready_fd,
            inspection,
            clock=MonotonicClock(),
            instruments=[inspection.tasks],
        )
    except AlreadyRunningError as error:
        raise CommandError(ExitStatus.ALREADY_RUNNING, str(error)) from error
    except (RuntimeDirectoryError, PathError, OSError) as error:
        raise CommandError(ExitStatus.OS_ERROR, str(error)) from error
    except LocalProtocolError as error:
        raise CommandError(ExitStatus.BAD_CONFIG, f"what started airhail passes sockets badly: {error}") from error
    except Exception:
        log.critical("crashed; the actors end by their lifeline", exc_info=True)
        raise
    finally:
        handler.close()


async def supervise(
    specs: Sequence[ActorSpec],
    config: Config,
    spawner: Spawner,
    metrics: Address | None,
    ready_fd: int | None,
    inspection: Inspection,
) -> ExitStatus:
    """Hold the runtime directory and every socket in it while the tree runs."""
    recording.set(inspection.trace)
    names = [NAME, *(spec.name for spec in specs)]
    upward = Upward(Notifier.from_environment(), ready_fd)
    handed = listen_fds()
    if strange := handed.keys() - names:
        raise LocalProtocolError(f"{sorted(strange)} in LISTEN_FDNAMES; known names are {names}")
    with ExitStack() as stack:
        stack.enter_context(held_directory(runtime_dir()))
        listeners = {name: stack.enter_context(listening_socket(name, handed)) for name in names}
        notifications = stack.enter_context(bound_socket(socket_path("notify"), socket.SOCK_DGRAM, NOTIFY_MODE))
        pass_credentials(notifications)
        become_subreaper()
        boxes = {spec.name: stack.enter_context(black_box(spec.name)) for spec in specs}
        passed = {
            spec.name: {
                spec.name: listeners[spec.name].fileno(),
                # One for each: they would share whatever one of them does to its end (O_NONBLOCK, fcntl(2)).
                "lifeline": stack.enter_context(lifeline()),
                blackbox.NAME: boxes[spec.name],
            }
            for spec in specs
        }
        if metrics is not None:
            passed[METRICS.name][HTTP] = stack.enter_context(metrics_socket(metrics)).fileno()
        launches = {spec.name: launch(spec, config, passed[spec.name]) for spec in specs}
        stack.enter_context(closing(spawner))
        coroner = Coroner(boxes, CrashStore(state_dir() / "crashes"))
        shell = Shell(
            plant(specs, trio.current_time()), launches, upward, __version__, inspection, coroner, Processes(spawner)
        )
        try:
            return await shell.run(adopt(listeners[NAME]), trio.socket.from_stdlib_socket(notifications))
        finally:
            # An event loop that broke, for want of memory, may wait for ever for what is left of itself.
            signal.setitimer(signal.ITIMER_REAL, GONE_WITHIN)


def new_spawner(kind: SpawnerKind, specs: Sequence[ActorSpec]) -> Spawner:
    """Return a spawner of this kind for these actors."""
    match kind:
        case SpawnerKind.EXEC:
            return ExecSpawner()
        case SpawnerKind.FORK:
            modules = [module for spec in specs if (module := module_of(spec.command))]
            modules = list(dict.fromkeys(modules))
            return ForkSpawner(modules, os.environ, fork_zygote(modules))
        case _:
            assert_never(kind)


def keep_to_ourselves(ready_fd: int) -> None:
    """Keep the descriptor from the actors, so that its reader sees the end when we close it."""
    try:
        os.set_inheritable(ready_fd, False)
    except OSError as error:
        sentence = f"--ready-fd {ready_fd}: {error.strerror}; give the number of a descriptor open for writing"
        raise CommandError(ExitStatus.USAGE, sentence) from error


@contextmanager
def listening_socket(name: str, handed: Mapping[str, int]) -> Iterator[socket.socket]:
    """Take the socket that was handed to us for an actor, or bind one."""
    if name in handed:
        with socket.socket(fileno=handed[name]) as given:
            yield given  # its path belongs to whoever bound it
    else:
        with bound_socket(socket_path(name), socket.SOCK_STREAM) as bound:
            yield bound


@contextmanager
def black_box(name: str) -> Iterator[int]:
    """Hold an actor's black box (ipc/inspection/blackbox.py) through all its lives."""
    descriptor = blackbox.create_box(name)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def launch(spec: ActorSpec, config: Config, passed: Mapping[str, int]) -> Launch:
    """Return how an actor is started: its environment is ours, and what the protocol adds.

    LISTEN_PID and WATCHDOG_PID come later.
    """
    added = {
        "LISTEN_FDS": str(len(passed)),
        "LISTEN_FDNAMES": ":".join(passed),
        "NOTIFY_SOCKET": str(socket_path("notify").absolute()),
        "AIRHAIL_RUNTIME_DIR": str(runtime_dir().absolute()),
        "AIRHAIL_STATE_DIR": str(state_dir().absolute()),
        "AIRHAIL_CONFIG": str(config.path.absolute()),
        FOUND: "1" if config.found else "",
    }
    if spec.watchdog is not None:
        added["WATCHDOG_USEC"] = str(round(spec.watchdog * 1e6))
    return Launch(spec.command, {**os.environ, **added}, tuple(passed.values()))
