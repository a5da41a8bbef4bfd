"""One HTTP/1.1 conversation: one request, one answer, closed.

h11 reads the requests: what a server must refuse is long (RFC 9112), and h11 is the one library that does that
and no I/O.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11
import trio

from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError
from airhail.ipc.inspection.exposition import CONTENT_TYPE

MAX_REQUEST = 8 * 1024
"""Bytes of a request's head; Apache's and nginx's defaults for one line of it are the same."""

REQUEST_WITHIN = 5.0
"""Seconds from the connection to the whole request: Prometheus sends it in one piece."""

ANSWER_WITHIN = 10.0
"""Seconds for making and sending the answer: Prometheus' own scrape_timeout by default."""

CHUNK = 4096
"""Bytes read at once: a request is a few hundred."""

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What a request on a loopback address may call us. A web page can have its own name resolved to a loopback
address and so read what is there (DNS rebinding); then the name is another one."""

Scraped = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, before it has a date or a length."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"
    allow: str | None = None


def refusal(request: h11.Request, *, loopback: bool) -> Answer | None:
    """Return why a request is not answered with metrics; None when it is."""
    headers = dict(request.headers)
    host = headers.get(b"host", b"localhost").decode("ascii", "replace").lower()
    if loopback and without_port(host) not in OWN_NAMES:
        return Answer(421, f"{host!r} is not what this host is called here: ask for localhost\n")
    if request.target.partition(b"?")[0] != b"/metrics":
        return Answer(404, "there is nothing here but /metrics\n")
    if request.method not in (b"GET", b"HEAD"):
        return Answer(405, "GET and HEAD are all that is understood\n", allow="GET, HEAD")
    return None


def without_port(host: str) -> str:
    """Return a Host header's value without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


async def converse(stream: trio.abc.Stream, scraped: Scraped, *, loopback: bool) -> int | None:
    """Answer one request and return the status; None when none came in time. Leaves the stream open."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_REQUEST)
    request = None
    try:
        with trio.fail_after(REQUEST_WITHIN):
            request = await read_request(connection, stream)
        if request is None:
            return None
        answer = refusal(request, loopback=loopback) or await metrics_answer(scraped)
    except trio.TooSlowError:
        answer = Answer(408, f"no request within {REQUEST_WITHIN:g} s\n")
    except h11.RemoteProtocolError as error:
        answer = Answer(error.error_status_hint, f"this is no request: {error}\n")
    await send(connection, stream, answer, head_only=request is not None and request.method == b"HEAD")
    return answer.status


async def read_request(connection: h11.Connection, stream: trio.abc.Stream) -> h11.Request | None:
    """Return the request; None when the other side closed without one."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(bytes(await stream.receive_some(CHUNK)))
        elif isinstance(event, h11.Request):
            return event
        else:
            return None


async def metrics_answer(scraped: Scraped) -> Answer:
    """Return the metrics, or that there are none now."""
    try:
        with trio.move_on_after(ANSWER_WITHIN):
            return Answer(200, await scraped(), CONTENT_TYPE)
    except (PeerGone, CallError, RemoteProtocolError) as error:
        return Answer(503, f"{error}\n")
    return Answer(504, f"the processes did not tell their counters within {ANSWER_WITHIN:g} s\n")


async def send(connection: h11.Connection, stream: trio.abc.Stream, answer: Answer, *, head_only: bool) -> None:
    """Send the answer, for ANSWER_WITHIN seconds at most."""
    body = answer.body.encode()
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("X-Content-Type-Options", "nosniff"),
        *([("Allow", answer.allow)] if answer.allow else []),
    ]
    parts = [connection.send(h11.Response(status_code=answer.status, headers=headers))]
    if not head_only:
        parts.append(connection.send(h11.Data(data=body)))
    parts.append(connection.send(h11.EndOfMessage()))
    with trio.move_on_after(ANSWER_WITHIN):
        await stream.send_all(b"".join(part for part in parts if part))
