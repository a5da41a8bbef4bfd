"""Whatever is sent to the metrics' HTTP port, in any pieces, the conversation ends without an error in one whole
HTTP/1.1 response, or in none when the other side closed before its request was whole. Only a request for /metrics
under a name of our own is answered with the metrics."""

from itertools import accumulate, pairwise

import h11
import trio
import trio.testing

from airhail.actors.metrics.http import converse

PIECES = 4
METRICS = "airhail_up 1\n"
OK = 200

SEEDS = (
    bytes(PIECES) + b"GET /metrics HTTP/1.1\r\nHost: localhost:9100\r\n\r\n",
    bytes([5, 10, 20, 30]) + b"HEAD /metrics?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    bytes(PIECES) + b"GET /metrics HTTP/1.0\r\n\r\n",
    bytes(PIECES) + b"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\nGET /metrics HTTP/1.1\r\nHost: [::1]\r\n\r\n",
    bytes(PIECES) + b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc",
    bytes(PIECES) + b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n",
    bytes(PIECES) + b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    bytes(PIECES) + b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 9000,
    bytes(PIECES) + b"\x16\x03\x01\x02\x00\x01",
)


def check(data: bytes) -> None:
    """Send *data*, the first bytes of which say how it is cut, and read the response as a client does."""
    lengths, request = data[:PIECES], data[PIECES:]
    edges = [0, *(min(end, len(request)) for end in accumulate(lengths)), len(request)]
    pieces = [request[start:end] for start, end in pairwise(edges) if start < end]
    status, said = trio.run(talk, pieces, clock=trio.testing.MockClock(autojump_threshold=0))
    if status is None:
        assert said == b""
        return
    head_only = request.startswith(b"HEAD ")
    response, body = parse(said, head_only=head_only)
    assert response.status_code == status
    assert (body == METRICS.encode()) == (status == OK and not head_only)
    if status == OK:
        assert request.split(b" ", 2)[1].partition(b"?")[0] == b"/metrics"


async def talk(pieces: list[bytes]) -> tuple[int | None, bytes]:
    """Return the status of one conversation, and all that was answered."""
    ours, theirs = trio.testing.memory_stream_pair()
    statuses: list[int | None] = []

    async def serve() -> None:
        statuses.append(await converse(theirs, scraped, loopback=True))
        await theirs.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        for piece in pieces:
            await trio.testing.wait_all_tasks_blocked()
            if statuses:
                break
            await ours.send_all(piece)
        if not statuses:
            await ours.send_eof()
        said = bytearray()
        while more := await ours.receive_some():
            said += more
    return statuses[0], bytes(said)


async def scraped() -> str:
    """Return the metrics."""
    return METRICS


def parse(said: bytes, *, head_only: bool) -> tuple[h11.Response, bytes]:
    """Return the one response in *said*."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="HEAD" if head_only else "GET", target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(said)
    client.receive_data(b"")
    response = client.next_event()
    assert isinstance(response, h11.Response), response
    body = b""
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage), event
    return response, body
