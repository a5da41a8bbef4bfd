"""The kernel's alarm: it ends an actor that hangs and has lost its parent, or that was asked to stop and does not.

A parent acts after one watchdog, so nobody who has one comes to the end of this. The time in which the process itself
was stopped (SIGSTOP, a frozen cgroup) is no hang, yet the timer counts it and goes off as soon as the process goes
on. So it must go off twice, with time for a sign of life in between. Python's own handler counts that: it runs in an
endless loop of Python's and in a system call that does not return. What computes in C and never lets Python in is
ended by the processor's time that it takes, of which a stopped process takes none.
"""

import faulthandler
import os
import signal
from types import FrameType

FIRST_FACTOR = 3
"""Watchdog intervals without a sign of life until the alarm goes off first: long after the parent has acted."""

SECOND_FACTOR = 1
"""The same from there until it ends the process. Who was only stopped gives a sign of life before that."""

PROCESSOR_FACTOR = 2
"""The same, in seconds of the processor's time. A healthy actor takes none to speak of."""


class Alarm:
    """The alarm of this process; for its main thread. Without a *watchdog* (s) only `ring_in` sets it."""

    def __init__(self, watchdog: float | None) -> None:
        self._watchdog = watchdog
        self._rung = False
        if watchdog is not None:
            signal.signal(signal.SIGALRM, self._ring)
            faulthandler.register(signal.SIGPROF, chain=True)

    def put_off(self) -> None:
        """Begin anew: this process lives."""
        if self._watchdog is not None:
            self._rung = False
            signal.setitimer(signal.ITIMER_REAL, FIRST_FACTOR * self._watchdog)
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_FACTOR * self._watchdog)

    def ring_in(self, seconds: float) -> None:
        """End the process after so many seconds, whatever it does; the log then shows where it stood."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        faulthandler.register(signal.SIGALRM, chain=True)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        assert self._watchdog is not None, "without one this is not the handler"
        if not self._rung:
            self._rung = True
            signal.setitimer(signal.ITIMER_REAL, SECOND_FACTOR * self._watchdog)
            return
        faulthandler.dump_traceback()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
