"""Readiness: sd_notify(3), spoken and understood.

Source of the words: sd_notify(3) (READY, STATUS, STOPPING, WATCHDOG), sd_watchdog_enabled(3) (WATCHDOG_USEC,
WATCHDOG_PID).
"""

import errno
import logging
import math
import os
import socket
import sys
from collections.abc import MutableMapping

from airhail.ipc.errors import shorten
from airhail.ipc.limits import BUSY_RETRY, MAX_NOTIFICATION, MAX_STATUS

log = logging.getLogger(__name__)


class Notifier:
    """Tells the parent how this process is; without a parent that listens it does nothing.

    Nothing here waits or raises. What could not be delivered is counted in `lost` and stands in the next
    datagram again, so a READY=1 that met a full queue arrives with the next sign of life, which is due soon.
    """

    def __init__(self, address: str | None, watchdog: float | None) -> None:
        self.watchdog_interval = watchdog
        """Seconds between two signs of life that the parent waits for at most; None when it does not."""
        self.lost = 0
        # A leading @ stands for the null byte of an abstract name (sd_notify(3)).
        self._address = "\0" + address[1:] if address and address[0] == "@" else address
        self._unsent: dict[str, str] = {}
        self._complained = False
        self._queue_full = False
        # Never, and yet a number: an endless pause behind it does not end.
        self._last_sign = -sys.float_info.max
        self._socket: socket.socket | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> "Notifier":
        """Take what the parent left in the environment, and remove it: it is not for our children."""
        address = environ.pop("NOTIFY_SOCKET", "")
        if address[:1] not in ("/", "@"):
            address = ""
        microseconds = environ.pop("WATCHDOG_USEC", "")
        pid = environ.pop("WATCHDOG_PID", str(os.getpid()))
        for_us = pid == str(os.getpid()) and microseconds.isdecimal() and int(microseconds) > 0
        return cls(address or None, int(microseconds) / 1e6 if for_us else None)

    @property
    def next_sign_in(self) -> float:
        """Seconds from one sign of life to the next, at most; infinity when nobody waits for any."""
        if self._queue_full:
            return BUSY_RETRY
        # Half of what the parent waits, as sd_watchdog_enabled(3) advises.
        return math.inf if self.watchdog_interval is None else self.watchdog_interval / 2

    @property
    def next_sign(self) -> float:
        """When the next sign of life is due, by the clock of `alive`; infinity when nobody waits for one."""
        return self._last_sign + self.next_sign_in

    def alive(self, now: float) -> bool:
        """Give a sign of life when one is nearly due, by the monotonic *now*; tell whether it was. As `watchdog`."""
        # The parent's queue of datagrams is short: a busy machine, or the many steps of a start, must not fill it.
        if now < self._last_sign + self.next_sign_in / 2:
            return False
        self._last_sign = now
        self.watchdog()
        return True

    def ready(self) -> None:
        """Say that this process truly serves."""
        self._send(READY="1")

    def status(self, text: str) -> None:
        """Say in words what this process is doing."""
        self._send(STATUS=shorten(" ".join(text.split()), MAX_STATUS))

    def watchdog(self) -> None:
        """Give a sign of life; only the task that decides may."""
        self._send(WATCHDOG="1")

    def stopping(self) -> None:
        """Say that this process is ending, and meant to."""
        self._send(STOPPING="1")

    def close(self) -> None:
        """Say no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, **fields: str) -> None:
        if self._socket is None or self._address is None:
            return
        self._unsent.update(fields)
        datagram = "\n".join(f"{key}={value}" for key, value in self._unsent.items())
        try:
            self._socket.sendto(datagram.encode(errors="replace"), self._address)
        except OSError as error:
            self.lost += 1
            self._queue_full = error.errno == errno.EAGAIN
            if not self._complained:
                self._complained = True
                log.warning("the parent cannot be told %s: %s", ", ".join(fields), error.strerror or error)
            return
        self._unsent.clear()
        self._complained = self._queue_full = False


def parse(datagram: bytes) -> dict[str, str]:
    """Return the assignments of one datagram; what is none, or too long as a whole, is left out."""
    if len(datagram) > MAX_NOTIFICATION:
        return {}
    fields = {}
    for line in datagram.decode(errors="replace").split("\n"):
        key, equals, value = line.partition("=")
        if equals and key:
            fields[key] = value
    return fields
