"""Writes a report on each actor that ends badly, beside the supervisor's own work and never in its way."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

import trio

from airhail.ipc.inspection.blackbox import clear_box, copy_box, read_box
from airhail.supervisor.actor import Actor
from airhail.supervisor.crashes import CrashStore
from airhail.supervisor.reports import abnormal, report_of

log = logging.getLogger(__name__)

WAITING = 8
"""Ends whose reports wait for the disk. More at once than there are actors means a disk that does not answer."""

FINISH_WITHIN = 5.0
"""Seconds for the last reports when the supervisor ends: runit is the least patient init, with 7 s (sv(8))."""


@dataclass(frozen=True, slots=True)
class Case:
    """An end to be reported: the actor before and after it, and its box as it was then."""

    before: Actor
    after: Actor
    code: int
    box: bytes
    at: float
    now: float


class Coroner:
    """Holds the actors' black boxes, by name; `run` must run while it is used."""

    def __init__(self, boxes: Mapping[str, int], store: CrashStore) -> None:
        self._boxes = boxes
        self._store = store
        self._cases, self._waiting = trio.open_memory_channel[Case](WAITING)
        self._done = trio.Event()

    def birth(self, name: str) -> None:
        """Empty the box of an actor that is about to start."""
        clear_box(self._boxes[name])

    def death(self, before: Actor, after: Actor, code: int) -> None:
        """Take note of an actor's end, and have a report written when it was a bad one; never waits."""
        if not abnormal(before, code):
            return
        try:
            box = copy_box(self._boxes[before.spec.name])
        except MemoryError:
            log.error("%s: no crash report: there is no memory to copy its black box", before.spec.name)
            return
        try:
            self._cases.send_nowait(Case(before, after, code, box, time.time(), trio.current_time()))
        except trio.WouldBlock:
            log.error("%s: no crash report: %d wait for the disk already", before.spec.name, WAITING)

    async def run(self) -> None:
        """Write reports until `finish`."""
        async for case in self._waiting:
            try:
                # In a thread, because a disk may take seconds; left behind there if it takes for ever.
                await trio.to_thread.run_sync(self._close, case, abandon_on_cancel=True)
            except RuntimeError as error:
                # threading.Thread.start, when this user may start no more (RLIMIT_NPROC counts threads).
                log.error("%s: no crash report: %s", case.before.spec.name, error)
        self._done.set()

    async def finish(self) -> None:
        """Write the last reports, for FINISH_WITHIN seconds at most."""
        self._cases.close()
        with trio.move_on_after(FINISH_WITHIN):
            await self._done.wait()

    def _close(self, case: Case) -> None:
        report = report_of(case.before, case.after, read_box(case.box), case.at, case.now)
        if case.code < 0 and report.stack:
            # One that ended by itself wrote it to the log itself.
            log.error("%s stood here when it was ended:\n%s", report.actor, report.stack.rstrip())
        try:
            number = self._store.save(report)
        except OSError as error:
            why = error.strerror or error
            log.error("%s: no crash report: %s: %s; make room there", report.actor, self._store.folder, why)
        else:
            log.warning("%s: crash report %d: `airhail crashes %d` shows it", report.actor, number, number)
