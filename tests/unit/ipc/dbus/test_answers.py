"""What others that call us are told."""

from pathlib import Path

import pytest
from jeepney import MessageType

from airhail.ipc.dbus import answers
from airhail.ipc.dbus.answers import answer
from airhail.ipc.dbus.errors import FILE_NOT_FOUND, INCONSISTENT_MESSAGE, UNKNOWN_METHOD
from airhail.ipc.dbus.wire import Incoming, decode

PEER = "org.freedesktop.DBus.Peer"


def call(interface: str | None, member: str, trouble: str | None = None, no_reply_expected: bool = False) -> Incoming:
    return Incoming(
        kind=MessageType.method_call,
        serial=5,
        sender=":1.9",
        path="/",
        interface=interface,
        member=member,
        trouble=trouble,
        no_reply_expected=no_reply_expected,
    )


def told(message: Incoming) -> Incoming:
    data = answer(message, 1)
    assert data is not None
    reply = decode(data)
    assert reply.reply_serial == 5
    return reply


@pytest.mark.parametrize("interface", [None, PEER])
def test_ping_is_answered(interface: str | None) -> None:
    assert told(call(interface, "Ping")).kind is MessageType.method_return


def test_machine_id_is_the_first_file_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "machine-id"
    monkeypatch.setattr(answers, "MACHINE_ID_FILES", (tmp_path / "absent", file))
    reply = told(call(PEER, "GetMachineId"))
    assert reply.error_name == FILE_NOT_FOUND
    assert str(file) in reply.body[0]
    file.write_text("0123\n")
    assert told(call(PEER, "GetMachineId")).body == ("0123",)


def test_all_else_is_an_unknown_method() -> None:
    reply = told(call("x.Y", "Z"))
    assert reply.error_name == UNKNOWN_METHOD
    assert reply.body == ("airhail serves no method Z of x.Y at /",)


def test_call_that_could_not_be_read_is_told_so() -> None:
    assert told(call("x.Y", "Z", trouble="its body is odd")).error_name == INCONSISTENT_MESSAGE


def test_who_wants_no_answer_gets_none() -> None:
    assert answer(call(PEER, "Ping", no_reply_expected=True), 1) is None
