"""Run one actor: what its parent hands over and expects, from start to end.

The parent is the supervisor, systemd or a shell; the protocol is the same (sd_listen_fds(3), sd_notify(3)),
and what it leaves out has a default.
"""

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import trio

from airhail.actors.alarm import Alarm
from airhail.actors.last_words import LastWords
from airhail.ipc.activation import listen_fds
from airhail.ipc.clock import MonotonicClock
from airhail.ipc.config import EX_CONFIG, EX_TEMPFAIL, Config, ConfigError, ConfigGone, load
from airhail.ipc.errors import LocalProtocolError
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.inspection.trace import recording
from airhail.ipc.limits import STOP_DEADLINE
from airhail.ipc.listen import AlreadyServed, adopt, bound_listener
from airhail.ipc.logs import LogSection, set_up
from airhail.ipc.notify import Notifier
from airhail.ipc.paths import PathError, socket_path
from airhail.ipc.published import Published
from airhail.ipc.server import Method, serve

log = logging.getLogger(__name__)

LIFELINE = "lifeline"
"""The name among LISTEN_FDNAMES of the descriptor whose end of file means that the parent is gone."""

LIFELINE_CHUNK = 4096
"""Bytes taken from the lifeline at once, to be thrown away: a parent has no reason to write any."""

# What ends an actor that a restart cannot help.
HOPELESS = (ConfigError, PathError, AlreadyServed)


class Actor:
    """What an actor's body works with."""

    def __init__(
        self,
        name: str,
        config: Config,
        notifier: Notifier,
        handed: Mapping[str, int],
        nursery: trio.Nursery,
        inspection: Inspection,
    ) -> None:
        self.name = name
        self.config = config
        self.notifier = notifier
        self.inspection = inspection
        self.published = Published({}, inspection.keep_state)
        self._handed = handed
        self._nursery = nursery
        self._alarm = Alarm(notifier.watchdog_interval)
        self._stopping = False

    @property
    def alive_every(self) -> float:
        """Seconds after which `alive` must be called again at the latest."""
        return self.notifier.next_sign_in

    async def serve(self, methods: Mapping[str, Method]) -> None:
        """Serve *methods* and the published state at the actor's socket, then say READY=1.

        Return when connections are accepted; they are until the actor ends.
        """
        await self._nursery.start(self._serve, methods)
        self.notifier.ready()
        log.info("ready")

    def handed_listener(self, name: str) -> trio.SocketListener:
        """Return the listening socket that the parent handed over under this name; ConfigError without one."""
        if (descriptor := self._handed.get(name)) is None:
            raise ConfigError(f"{self.name} needs a listening socket called {name} in LISTEN_FDNAMES")
        return adopt(socket.socket(fileno=descriptor))

    def alive(self) -> None:
        """Give a sign of life. For the task that decides, and no other: a timer proves nothing."""
        if not self._stopping and self.notifier.alive(trio.current_time()):
            self._alarm.put_off()

    def stop(self, why: str) -> None:
        """Say STOPPING=1 and end the body, once; after STOP_DEADLINE the kernel ends the process."""
        if self._stopping:
            return
        log.info("stopping: %s", why)
        self._stopping = True
        self.notifier.stopping()
        self._alarm.ring_in(STOP_DEADLINE)
        self._nursery.cancel_scope.cancel()

    async def _serve(self, methods: Mapping[str, Method], *, task_status: trio.TaskStatus[None]) -> None:
        if (descriptor := self._handed.get(self.name)) is not None:
            await self._serve_at(adopt(socket.socket(fileno=descriptor)), methods, task_status)
        else:
            with bound_listener(socket_path(self.name)) as listener:
                await self._serve_at(listener, methods, task_status)

    async def _serve_at(
        self, listener: trio.SocketListener, methods: Mapping[str, Method], task_status: trio.TaskStatus[None]
    ) -> None:
        async with listener:
            await serve(
                listener,
                name=self.name,
                published=self.published,
                methods=methods,
                inspection=self.inspection,
                task_status=task_status,
            )


def run_actor(
    name: str, body: Callable[[Actor], Awaitable[None]], check: Callable[[Config], object] = lambda config: None
) -> int:
    """Run *body* as the actor *name* until it returns or is stopped; return the process's exit status.

    *check* reads the sections of the configuration that the actor uses, before anything else and, with --check,
    instead of it; it raises ConfigError.

    0: the body returned, SIGTERM or SIGINT came, or the parent is gone. 1: it crashed, the traceback is in
    the log. 75 (EX_TEMPFAIL): the configuration is away for the moment. 78 (EX_CONFIG): a restart is useless before
    somebody changes something; the log says what.
    """
    # No KeyboardInterrupt: a signal either stops the actor in order or ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments = options(name)
    if arguments.check:
        return checked(arguments.config, check)
    notifier = Notifier.from_environment()
    try:
        handed = listen_fds()
        # A stuck actor is ended by SIGABRT (its parent) or its alarm; both show where it stood.
        last_words = LastWords(handed)
        last_words.prepare()
        config = load(arguments.config)
        check(config)
        handler = set_up(name, config.section("log", LogSection).level, last_words.inspection.log_handler)
    except (ConfigError, LocalProtocolError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        notifier.status(str(error))
        return EX_TEMPFAIL if isinstance(error, ConfigGone) else EX_CONFIG
    try:
        inspection = last_words.inspection
        trio.run(
            live,
            name,
            body,
            config,
            notifier,
            handed,
            inspection,
            clock=MonotonicClock(),
            instruments=[inspection.tasks],
        )
    except BaseException as error:
        last_words.keep_traceback(error)
        return exit_status(error, notifier)
    finally:
        handler.close()
    return os.EX_OK


def options(name: str) -> argparse.Namespace:
    """Return what the command line says."""
    if len(sys.argv) == 1:
        # As the supervisor starts it. argparse is a tenth of the time and of the memory that a forked actor takes.
        return argparse.Namespace(config=None, check=False)
    parser = argparse.ArgumentParser(prog=f"airhail.actors.{name}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration to read")
    parser.add_argument("--check", action="store_true", help="only say what is wrong with the configuration")
    return parser.parse_args()


def checked(config_file: Path | None, check: Callable[[Config], object]) -> int:
    """Check the configuration, print the first mistake, and return the exit status."""
    try:
        config = load(config_file)
        config.section("log", LogSection)
        check(config)
    except ConfigError as error:
        print(error)
        return EX_CONFIG
    return os.EX_OK


async def live(
    name: str,
    body: Callable[[Actor], Awaitable[None]],
    config: Config,
    notifier: Notifier,
    handed: Mapping[str, int],
    inspection: Inspection,
) -> None:
    """Run *body* beside what can end it."""
    recording.set(inspection.trace)
    async with trio.open_nursery() as nursery:
        actor = Actor(name, config, notifier, handed, nursery, inspection)
        await nursery.start(stop_on_signal, actor)
        if LIFELINE in handed:
            nursery.start_soon(stop_on_lifeline, actor, handed[LIFELINE])
        await body(actor)
        nursery.cancel_scope.cancel()


async def stop_on_signal(actor: Actor, *, task_status: trio.TaskStatus[None]) -> None:
    """Stop at the first SIGTERM or SIGINT; a second one then ends the process at once."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            actor.stop(signal.Signals(number).name)
            return


async def stop_on_lifeline(actor: Actor, descriptor: int) -> None:
    """Stop when the other end of *descriptor* is closed; what is written there means nothing."""
    # Not an FdStream: it would make the descriptor non-blocking for everyone who shares it, the next life too.
    while True:
        await trio.lowlevel.wait_readable(descriptor)
        if not os.read(descriptor, LIFELINE_CHUNK):
            break
    actor.stop("the parent is gone")


def exit_status(error: BaseException, notifier: Notifier) -> int:
    """Log what ended the actor and return the exit status that says whether a restart may help."""
    if (hopeless := first(error, HOPELESS)) is not None:
        log.critical("%s", hopeless)
        notifier.status(str(hopeless))
        return EX_CONFIG
    log.critical("crashed", exc_info=error)
    return 1


def first(error: BaseException, kinds: tuple[type[Exception], ...]) -> BaseException | None:
    """Return the first error of *kinds* in *error*, which may be a group, if all of it is of them."""
    if not isinstance(error, BaseExceptionGroup):
        return error if isinstance(error, kinds) else None
    found = [first(inner, kinds) for inner in error.exceptions]
    return found[0] if None not in found else None
