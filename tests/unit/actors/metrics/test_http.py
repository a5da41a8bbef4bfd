"""HTTP over trio's own memory streams."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, memory_stream_pair

from airhail.actors.metrics.http import ANSWER_WITHIN, MAX_REQUEST, REQUEST_WITHIN, converse
from airhail.ipc.errors import PeerGone

BODY = "airhail_up 1\n"


async def scraped() -> str:
    return BODY


async def away() -> str:
    raise PeerGone("nobody is there")


async def stuck() -> str:
    await trio.sleep_forever()
    raise AssertionError


async def ask(request: bytes, *, loopback: bool = True, source: object = scraped, end: bool = False) -> bytes:
    """Send a request and return all that is answered."""
    ours, theirs = memory_stream_pair()
    await theirs.send_all(request)
    if end:
        await theirs.send_eof()
    await converse(ours, source, loopback=loopback)  # type: ignore[arg-type]
    await ours.aclose()
    return b"".join([bytes(chunk) async for chunk in theirs])


def status(answer: bytes) -> int:
    return int(answer.split()[1])


async def test_metrics() -> None:
    answer = await ask(b"GET /metrics HTTP/1.1\r\nHost: localhost:9100\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status(answer) == 200
    assert body == BODY.encode()
    assert b"Content-Type: text/plain; version=0.0.4; charset=utf-8" in head
    assert b"Connection: close" in head


async def test_head_is_without_a_body() -> None:
    answer = await ask(b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert f"Content-Length: {len(BODY)}".encode() in answer


@pytest.mark.parametrize(
    ("request_head", "expected"),
    [
        (b"GET /metrics HTTP/1.0\r\n", 200),
        (b"GET /metrics?name=x HTTP/1.1\r\nHost: [::1]:9100\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET /metrics/ HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"GET //metrics HTTP/1.1\r\nHost: localhost\r\n", 404),
        (b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n", 405),
        (b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (b"GET /metrics HTTP/1.1\r\nHost: localhost.evil.example:9100\r\n", 421),
        (b"GET /metrics HTTP/1.1\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n", 400),
        (b"GET /metrics\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 2 * MAX_REQUEST + b"\r\n", 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
    ],
)
async def test_what_is_answered(request_head: bytes, expected: int) -> None:
    assert status(await ask(request_head + b"\r\n")) == expected


async def test_on_a_unix_socket_any_name_will_do() -> None:
    assert status(await ask(b"GET /metrics HTTP/1.1\r\nHost: airhail\r\n\r\n", loopback=False)) == 200


async def test_a_request_in_pieces_is_the_same_request() -> None:
    ours, theirs = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: converse(ours, scraped, loopback=True))
        for byte in b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n":
            await theirs.send_all(bytes([byte]))
        assert status(bytes(await theirs.receive_some())) == 200


async def test_no_request_in_time(autojump_clock: MockClock) -> None:
    begun = trio.current_time()
    assert status(await ask(b"GET /metrics HTTP/1.1\r\n")) == 408
    assert trio.current_time() - begun == REQUEST_WITHIN


async def test_nobody_tells_in_time(autojump_clock: MockClock) -> None:
    begun = trio.current_time()
    assert status(await ask(b"GET /metrics HTTP/1.0\r\n\r\n", source=stuck)) == 504
    assert trio.current_time() - begun == ANSWER_WITHIN


async def test_the_supervisor_is_away() -> None:
    answer = await ask(b"GET /metrics HTTP/1.0\r\n\r\n", source=away)
    assert status(answer) == 503
    assert answer.endswith(b"nobody is there\n")


async def test_whoever_leaves_without_asking_gets_nothing() -> None:
    assert await ask(b"", end=True) == b""


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_the_answer_is_http_or_nothing(noise: bytes) -> None:
    answer = trio.run(lambda: ask(noise, end=True))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
