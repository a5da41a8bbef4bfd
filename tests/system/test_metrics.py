"""Metrics of a real tree: by the command, and over HTTP from the socket that the supervisor holds."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
import trio

from tests.system.supervised.harness import WITHIN, Supervised, pid_of, supervised

ASK_AS_NOBODY = """
import os, socket, sys

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
with socket.socket(socket.AF_UNIX) as sock:
    sock.connect(sys.argv[1])
    try:
        sock.sendall(b"GET /metrics HTTP/1.0\\r\\n\\r\\n")
        os.write(1, sock.recv(100))
    except OSError:
        pass  # closed before it was asked
"""


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        yield one


async def scraped(tree: Supervised) -> str:
    with trio.fail_after(WITHIN):
        async with await trio.open_unix_socket(tree.directory / "metrics") as stream:
            await stream.send_all(b"GET /metrics HTTP/1.1\r\nHost: airhail\r\n\r\n")
            answer = b"".join([bytes(chunk) async for chunk in stream]).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    return body


async def test_metrics_over_http_also_through_a_restart_of_who_serves_them(tree: Supervised) -> None:
    tree.configure(f'[supervisor]\nmetrics_listen = "unix:{tree.directory}/metrics"\n')
    async with tree.running("a=serve", "b=plain"):
        state = await tree.until_running()
        body = await scraped(tree)
        for name, up in (("a", 1), ("b", 0), ("metrics", 1), ("supervisor", 1)):
            assert f'airhail_up{{actor="{name}"}} {up}\n' in body
        assert 'airhail_actor_state{actor="b",state="RUNNING"} 1\n' in body
        os.kill(pid_of(state, "metrics"), signal.SIGKILL)
        body = await scraped(tree)
        assert 'airhail_actor_restarts_total{actor="metrics"} 1\n' in body
        await tree.stop()
    assert not (tree.directory / "metrics").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_strangers_are_not_told(tree: Supervised) -> None:
    path = tree.directory / "metrics"
    tree.configure(f'[supervisor]\nmetrics_listen = "unix:{path}"\n')
    async with tree.running("a=serve"):
        await tree.until_running()
        tree.directory.chmod(0o755)
        path.chmod(0o666)

        asked = await trio.run_process([sys.executable, "-c", ASK_AS_NOBODY, str(path)], capture_stdout=True)
        assert asked.stdout == b""
    assert "user 65534 may not read the metrics" in tree.log.read_text()
