"""Bus addresses become socket names, or a sentence."""

import pytest

from airhail.ipc.dbus.address import SYSTEM_BUS, SYSTEM_BUS_VARIABLE, socket_names, system_bus_address


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("unix:path=/run/bus", [b"/run/bus"]),
        ("unix:path=/run/bus,guid=00ff", [b"/run/bus"]),
        ("unix:abstract=/tmp/x", [b"\0/tmp/x"]),
        ("unix:path=/a%20b%c3%a9", [b"/a b\xc3\xa9"]),
        ("tcp:host=localhost,port=1;unix:path=/a;unix:path=/b", [b"/a", b"/b"]),
        (SYSTEM_BUS, [b"/var/run/dbus/system_bus_socket"]),
    ],
)
def test_sockets_are_found_in_order(address: str, names: list[bytes]) -> None:
    assert socket_names(address) == names


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "names no Unix socket"),
        ("tcp:host=localhost", "names no Unix socket"),
        ("unix:tmpdir=/tmp", "names no Unix socket"),
        ("/run/bus", "no ':' after its transport"),
        ("unix:/run/bus", "where key=value belongs"),
    ],
)
def test_bad_address_is_told(address: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        socket_names(address)


def test_environment_names_the_system_bus() -> None:
    assert system_bus_address({}) == SYSTEM_BUS
    assert system_bus_address({SYSTEM_BUS_VARIABLE: ""}) == SYSTEM_BUS
    assert system_bus_address({SYSTEM_BUS_VARIABLE: "unix:path=/x"}) == "unix:path=/x"
