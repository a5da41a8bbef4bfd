"""Where the metrics are served: the actor for it, the address, and the socket that the supervisor holds for it."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airhail.ipc.listen import AlreadyServed, refuse_served
from airhail.supervisor.sockets import BACKLOG, RuntimeDirectoryError, bound_socket
from airhail.supervisor.specs import ActorSpec, actor_command

METRICS = ActorSpec("metrics", actor_command("metrics"))
"""The last actor to start: it has nothing to tell before the others have."""

HTTP = "http"
"""The name of its socket among LISTEN_FDNAMES."""

UNIX = "unix:"


class BadAddressError(ValueError):
    """The metrics cannot be served there; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Loopback:
    """A TCP port on a loopback address."""

    host: str
    port: int


Address = Path | Loopback


def parse_address(text: str) -> Address:
    """Return the address that `unix:PATH`, `127.0.0.1:PORT` or `[::1]:PORT` is.

    Raises BadAddressError, also for an address that others could reach: what asks there is known to nobody.
    """
    if text.startswith(UNIX):
        path = Path(text.removeprefix(UNIX))
        if not path.is_absolute():
            raise BadAddressError(f"{text!r}: the path after unix: must begin with a slash")
        return path
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        loopback = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise BadAddressError(f"{text!r} is none of unix:PATH, 127.0.0.1:PORT and [::1]:PORT") from None
    if not colon or not port.isascii() or not port.isdecimal() or not 0 < int(port) <= 65535:
        raise BadAddressError(f"{text!r}: after the last colon stands a port, 1 to 65535")
    if not loopback.is_loopback:
        raise BadAddressError(
            f"{text!r} can be reached by others: give a loopback address, and put a proxy before it"
        )
    return Loopback(str(loopback), int(port))


@contextmanager
def metrics_socket(address: Address) -> Iterator[socket.socket]:
    """Listen at the address until the context ends; RuntimeDirectoryError when that cannot be."""
    if isinstance(address, Path):
        try:
            refuse_served(address)
        except AlreadyServed as error:
            raise RuntimeDirectoryError(f"metrics: {error}, or choose another address") from error
        with bound_socket(address, socket.SOCK_STREAM) as bound:
            yield bound
    else:
        with loopback_socket(address) as bound:
            yield bound


def loopback_socket(address: Loopback) -> socket.socket:
    """Return a listening TCP socket."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=BACKLOG)
    except OSError as error:
        where = f"{address.host} port {address.port}"
        raise RuntimeDirectoryError(f"metrics: cannot listen on {where}: {error.strerror}; choose another") from error
