import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from airhail.ipc.listen import AlreadyServed, bound_listener
from airhail.supervisor.metrics import (
    Address,
    BadAddressError,
    Loopback,
    loopback_socket,
    metrics_socket,
    parse_address,
)
from airhail.supervisor.sockets import RuntimeDirectoryError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/airhail/metrics", Path("/run/airhail/metrics")),
        ("127.0.0.1:9100", Loopback("127.0.0.1", 9100)),
        ("127.1.2.3:1", Loopback("127.1.2.3", 1)),
        ("localhost:9100", Loopback("127.0.0.1", 9100)),
        ("[::1]:65535", Loopback("::1", 65535)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is none of"),
        ("9100", "is none of"),
        ("example.org:80", "is none of"),
        ("unix:metrics", "must begin with a slash"),
        ("0.0.0.0:9100", "can be reached by others"),
        ("[::]:9100", "can be reached by others"),
        ("192.168.1.1:9100", "can be reached by others"),
        ("127.0.0.1:0", "1 to 65535"),
        ("127.0.0.1:65536", "1 to 65535"),
        ("127.0.0.1:x", "1 to 65535"),
        ("127.0.0.1:\N{SUPERSCRIPT TWO}", "1 to 65535"),
    ],
)
def test_what_is_no_address_for_metrics(text: str, why: str) -> None:
    with pytest.raises(BadAddressError, match=why):
        parse_address(text)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeDirectoryError, match=f"port {port}: Address already in use"):
            loopback_socket(Loopback("127.0.0.1", port))


def test_a_dead_socket_is_replaced_and_a_served_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "m"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with metrics_socket(path) as ours:
        assert ours.getsockname() == str(path)
        with pytest.raises(RuntimeDirectoryError, match="another process serves"), metrics_socket(path):
            pass
    assert not path.exists()


@pytest.fixture
def foreign() -> Iterator[Path]:
    """A socket that nobody serves and that this user may not try."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as dead:
        path = Path(folder, "foreign.sock")
        dead.bind(str(path))
        path.chmod(0)
        path.parent.chmod(0o755)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)  # nobody, whom permissions bind
        try:
            yield path
        finally:
            os.seteuid(was)


def test_a_socket_of_another_user_is_told_and_left_alone(foreign: Path) -> None:
    with pytest.raises(RuntimeDirectoryError, match="another user's socket"), metrics_socket(foreign):
        pass
    with pytest.raises(AlreadyServed, match="another user's socket"), bound_listener(foreign):
        pass
    assert foreign.is_socket()
