"""The supervisor's shell: it tells the tree's machine what happens and does what the machine decides."""

import logging
import math
import os
import random
import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

import trio

from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.notify import Notifier
from airhail.ipc.published import Published
from airhail.ipc.server import serve
from airhail.supervisor import actor_events, core
from airhail.supervisor.core import Stage, Tree
from airhail.supervisor.coroner import Coroner
from airhail.supervisor.document import document, summary
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.lapses import Lapses
from airhail.supervisor.notifications import receive
from airhail.supervisor.processes import Processes, kill_children
from airhail.supervisor.spawning import Launch

log = logging.getLogger(__name__)

NAME = "supervisor"
"""What the supervisor calls itself beside its actors: its socket and its hello."""

EVENT_QUEUE = 64
"""Events waiting for the machine. Each actor has one exit and few notifications under way; who sends more
waits, and the kernel's own bounded queues hold the rest."""

STRAYS_WITHIN = 1.0
"""Seconds for killing what the actors left behind. SIGKILL takes milliseconds a generation."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(slots=True)
class Upward:
    """What whoever started the supervisor hears of it: sd_notify(3), and a newline on a descriptor."""

    notifier: Notifier
    ready_fd: int | None
    said: str = ""

    def alive(self, summary: str) -> None:
        """Say where things stand when that has changed, and give a sign of life when one is nearly due."""
        if summary != self.said:
            self.said = summary
            self.notifier.status(summary)
        self.notifier.alive(trio.current_time())

    def ready(self, without: Sequence[str]) -> None:
        """Say that everything serves, but for the actors that cannot."""
        if without:
            log.warning("ready, but for %s: the log of each says what to mend", ", ".join(without))
        else:
            log.info("every actor is ready")
        self.notifier.ready()
        if self.ready_fd is None:
            return
        try:
            os.write(self.ready_fd, b"\n")
        except OSError as error:
            # Whoever wanted to know has gone; that is no reason to stop.
            log.warning("cannot tell descriptor %d that all is ready: %s", self.ready_fd, error.strerror)
        os.close(self.ready_fd)
        self.ready_fd = None

    def stopping(self, reason: str) -> None:
        """Say that the supervisor ends."""
        log.info("stopping: %s", reason)
        self.notifier.stopping()


@dataclass(slots=True)
class Shell:
    """Drive one tree from its first start until every actor is gone."""

    tree: Tree
    launches: Mapping[str, Launch]
    upward: Upward
    version: str
    inspection: Inspection
    coroner: Coroner
    processes: Processes
    lapses: Lapses = field(default_factory=lambda: Lapses(math.inf, math.inf))

    async def run(self, listener: trio.SocketListener, notifications: trio.socket.SocketType) -> ExitStatus:
        """Start the actors and keep them until someone asks for an end or it comes to one.

        Serves the state document at `listener`. When this is cancelled or fails, the actors end by their
        lifeline.
        """
        send, events = trio.open_memory_channel[core.Event](EVENT_QUEUE)
        published = Published(self.document())
        self.inspection.steps.begin(self.tree)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.coroner.run)
            await nursery.start(self.watch_signals, send)
            nursery.start_soon(self.watch_notifications, notifications, send)
            await nursery.start(
                partial(serve, listener, name=NAME, published=published, methods={}, inspection=self.inspection)
            )
            await self.processes.spawner.begin()
            await self.drive(events, published)
            # From here on its helper's end is meant.
            self.processes.spawner.close()
            await self.end_strays()
            await self.coroner.finish()
            nursery.cancel_scope.cancel()
        return self.tree.outcome

    async def drive(self, events: trio.MemoryReceiveChannel[core.Event], published: Published) -> None:
        """Step the machine until the tree has stopped."""
        event: core.Event = core.Begun()
        while True:
            begun = time.perf_counter()
            self.step(event)
            self.inspection.stats.steps.observe(time.perf_counter() - begun)
            if self.tree.stage is Stage.STOPPED:
                return
            published.update(self.document())
            self.upward.alive(summary(self.tree))
            event = await self.next_event(events)

    async def next_event(self, events: trio.MemoryReceiveChannel[core.Event]) -> core.Event:
        """Wait for an event, the tree's next deadline, or the time for our own sign of life."""
        due = min(self.upward.notifier.next_sign, math.inf if self.tree.deadline is None else self.tree.deadline)
        while True:
            now = trio.current_time()
            if self.lapses.noticed(due, now, time.clock_gettime(time.CLOCK_BOOTTIME)):
                log.warning("the supervisor did not run for a while; every actor gets its time again")
                return actor_events.TimeLost()
            if due <= now:
                # A deadline goes before the queue: an actor that talks without end must not put off the others'.
                await trio.lowlevel.checkpoint()
                return actor_events.Tick()
            with trio.move_on_at(due):
                return await events.receive()

    def step(self, event: core.Event) -> None:
        """Tell the machine one event, and what follows from doing what it decides."""
        pending = deque([event])
        while pending:
            before, event = self.tree, pending.popleft()
            self.tree, effects = self.inspection.steps.take(core.step, before, event, trio.current_time())
            self.report_end(before, event)
            for effect in effects:
                pending.extend(self.perform(effect))
            log_changes(before, self.tree)

    def report_end(self, before: Tree, event: core.Event) -> None:
        """Have an actor's end reported, while its black box still tells of this life."""
        match event:
            case core.ActorEvent(name, actor_events.Exited(code)) if before.actors[name].pid is not None:
                self.coroner.death(before.actors[name], self.tree.actors[name], code)

    def perform(self, effect: core.Effect) -> list[core.Event]:
        """Do one effect; return what came of it at once."""
        match effect:
            case actor_events.SpawnActor(name):
                return [core.ActorEvent(name, self.spawn(name))]
            case actor_events.AskActor(name):
                self.processes.send(name, signal.SIGTERM)
            case actor_events.AbortActor(name, why):
                log.error("%s: %s; aborting it, so that its log says where it hangs", name, why)
                self.processes.send(name, signal.SIGABRT)
            case actor_events.KillActor(name):
                self.processes.kill_group(name)
            case core.AnnounceReady(without):
                self.upward.ready(without)
            case core.AnnounceStopping(reason):
                self.upward.stopping(reason)
            case _:
                assert_never(effect)
        return []

    def spawn(self, name: str) -> actor_events.Spawned | actor_events.SpawnFailed:
        """Start an actor's process."""
        launch = self.launches[name]
        try:
            self.coroner.birth(name)
            pid = self.processes.spawn(name, launch)
        except OSError as error:
            return actor_events.SpawnFailed(error.strerror or str(error), random.random())
        return actor_events.Spawned(pid)

    async def watch_signals(
        self, send: trio.MemorySendChannel[core.Event], task_status: trio.TaskStatus[None]
    ) -> None:
        """Pass on requests to stop and the ends of actors."""
        with trio.open_signal_receiver(*stop_signals(), signal.SIGCHLD) as signals:
            task_status.started()
            async for number in signals:
                if number != signal.SIGCHLD:
                    await send.send(core.StopRequested(f"received {signal.Signals(number).name}"))
                    continue
                for ended in list(self.processes.reap()):
                    await send.send(core.ActorEvent(ended.name, actor_events.Exited(ended.code, random.random())))

    async def end_strays(self) -> None:
        """Kill what the actors left behind, and what that leaves behind in turn."""
        with trio.move_on_after(STRAYS_WITHIN), trio.open_signal_receiver(signal.SIGCHLD) as signals:
            while True:
                list(self.processes.reap())
                if not kill_children():
                    return
                await anext(signals)

    async def watch_notifications(
        self, notifications: trio.socket.SocketType, send: trio.MemorySendChannel[core.Event]
    ) -> None:
        """Pass on what the main processes of actors say of themselves."""
        ignored = 0
        while True:
            said = await receive(notifications)
            name = None if said is None else self.processes.name_of(said.pid)
            if said is not None and name is not None:
                await send.send(core.ActorEvent(name, actor_events.Notified(said.fields)))
                continue
            ignored += 1
            # Told at each doubling: whoever sends without end must not fill the log.
            if ignored.bit_count() == 1:
                what = "a datagram that is none" if said is None else f"from process {said.pid}, which is no actor's"
                log.warning("notifications ignored so far: %d; the last %s", ignored, what)

    def document(self) -> dict[str, object]:
        """Return the state document as it is now."""
        return document(self.tree, os.getpid(), self.version)


def stop_signals() -> list[signal.Signals]:
    """Return the signals that ask for an end: SIGTERM, and what our starter did not have us ignore.

    nohup(1) leaves SIGHUP ignored, and a shell SIGINT in what it runs in the background.
    """
    return [one for one in STOP_SIGNALS if one is signal.SIGTERM or signal.getsignal(one) is not signal.SIG_IGN]


def log_changes(before: Tree, after: Tree) -> None:
    """Write what changed between two states of the tree."""
    for name, one in after.actors.items():
        was = before.actors[name]
        if was.pid is not None and one.pid is None:
            log.log(logging.WARNING if one.wanted else logging.INFO, "%s: %s", name, one.last_exit)
        if one.phase is not was.phase:
            log.info("%s: %s -> %s", name, was.phase.value, one.phase.value)
