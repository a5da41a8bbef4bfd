"""File descriptors that the parent handed over: sd_listen_fds(3)."""

import os
from collections.abc import MutableMapping

from airhail.ipc.errors import LocalProtocolError

# SD_LISTEN_FDS_START (sd-daemon.h).
FIRST = 3


def listen_fds(environ: MutableMapping[str, str] = os.environ) -> dict[str, int]:
    """Return the descriptors handed to this very process, by name, and remove them from the environment.

    They are closed on exec from then on. Empty when they are for another process. Raises
    LocalProtocolError when the parent names them badly: then none can be told from another.
    """
    pid = environ.pop("LISTEN_PID", "")
    count = environ.pop("LISTEN_FDS", "")
    given = environ.pop("LISTEN_FDNAMES", "")
    if pid != str(os.getpid()):
        return {}
    if not count.isdecimal():
        raise LocalProtocolError(f"LISTEN_FDS={count!r} is no number of descriptors")
    names = given.split(":") if given else []
    if len(names) != int(count) or len(set(names)) != len(names):
        raise LocalProtocolError(
            f"LISTEN_FDNAMES={given!r} must give {count} different names, one for each of LISTEN_FDS={count}"
        )
    handed = {name: FIRST + place for place, name in enumerate(names)}
    for descriptor in handed.values():
        os.set_inheritable(descriptor, False)
    return handed
