"""Start actors by a zygote: the supervisor's end of it.

The zygote is a help and nothing depends on it: while it is not there, loads, fails or does not answer, the actor is
started in the plain way, and a new zygote is started for the next time.
"""

import errno
import logging
import os
import signal
import socket
from collections.abc import Mapping, Sequence

import msgspec
import trio

from airhail.supervisor import zygote
from airhail.supervisor.programs import arguments_of, module_of, program
from airhail.supervisor.spawning import ExecSpawner, Launch, spawn_program

log = logging.getLogger(__name__)

LOADED_WITHIN = 10.0
"""Seconds for the first zygote to load, for which the first actor waits. Imports take 0.3 s, a cold disk on a small
board several; one that takes longer is left to come later."""

FORKED_WITHIN = 1.0
"""Seconds for the zygote to fork. It takes 5 ms, and the supervisor does nothing else meanwhile."""

AGAIN_AFTER = 30.0
"""Seconds between two starts of a zygote. One that keeps failing must not cost more than it saves."""


class ForkSpawner:
    """Has a zygote fork into each process whose command line `programs.program` made with one of its modules."""

    def __init__(
        self, modules: Sequence[str], environment: Mapping[str, str], first: zygote.Zygote | None = None
    ) -> None:
        self._modules = modules
        self._environment = environment
        self._plain = ExecSpawner()
        self._pid: int | None = None
        self._control: socket.socket | None = None
        self._loaded = False
        self._begun = float("-inf")
        self._closed = False
        if first is not None:
            first.control.setblocking(False)
            self._pid, self._control = first.pid, first.control

    async def begin(self) -> None:
        """Wait until the zygote, one that is started now if there is none, has loaded, failed, or had its time."""
        self._start_zygote()
        if self._control is not None:
            with trio.move_on_after(LOADED_WITHIN):
                await trio.lowlevel.wait_readable(self._control)

    def spawn(self, name: str, launch: Launch) -> int:
        """Start an actor's process and return its pid; waits for the zygote for FORKED_WITHIN seconds at most.

        Raises OSError.
        """
        module = module_of(launch.command)
        if module in self._modules and self._can_fork():
            try:
                return self._fork(name, module, launch)
            except OSError as error:
                log.warning("%s: the zygote cannot start it (%s); starting it in the plain way", name, error)
                if error.errno != errno.EMSGSIZE:  # too large an environment, which is no fault of the zygote
                    self._give_up()
        return self._plain.spawn(name, launch)

    def ended(self, pid: int) -> bool:
        """Hear that a child which is no actor was reaped, and tell whether it was the zygote."""
        if pid != self._pid:
            return False
        if not self._closed:
            log.warning("the zygote has ended; actors start in the plain way until there is a new one")
        self._pid = None
        self._let_go()
        return True

    def close(self) -> None:
        """Let the zygote end, and start no other."""
        self._closed = True
        self._let_go()

    def _start_zygote(self) -> None:
        if self._closed or self._pid is not None or trio.current_time() - self._begun < AGAIN_AFTER:
            return
        self._begun = trio.current_time()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            try:
                command = program(zygote.__name__, *self._modules)
                self._pid = spawn_program(command, self._environment, [theirs.fileno()])
            except OSError as error:
                log.warning("cannot start a zygote: %s", error)
                ours.close()
                return
        self._control, self._loaded = ours, False

    def _can_fork(self) -> bool:
        """Tell whether the zygote is there and has loaded; when there is none, see about a new one."""
        if self._control is None:
            self._start_zygote()
            return False
        if not self._loaded:
            try:
                self._loaded = self._control.recv(len(zygote.LOADED)) == zygote.LOADED
            except BlockingIOError:
                return False
            except OSError as error:
                log.warning("the zygote failed to load: %s", error)
        return self._loaded

    def _fork(self, name: str, module: str, launch: Launch) -> int:
        assert self._control is not None
        environment = {os.fsencode(key): os.fsencode(value) for key, value in launch.environment.items()}
        order = msgspec.msgpack.encode(zygote.Order(name, module, arguments_of(launch.command), environment))
        ours, theirs = socket.socketpair()
        with ours:
            ours.settimeout(FORKED_WITHIN)
            with theirs:
                socket.send_fds(self._control, [order], [theirs.fileno(), *launch.descriptors])
            answer = ours.recv(4)
            if len(answer) < 4:
                raise ConnectionError("it did not fork")
            # From here on the process is ours; had we not come so far, it would end at the end of this socket.
            ours.send(zygote.GO)
        return int.from_bytes(answer, "big")

    def _give_up(self) -> None:
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
        self._let_go()

    def _let_go(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        self._loaded = False
