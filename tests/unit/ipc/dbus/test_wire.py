"""Bytes become messages however they are cut; odd messages are told, only nonsense ends a stream."""

import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jeepney import DBusAddress, MessageType, new_signal

from airhail.ipc.dbus.limits import MAX_MESSAGE
from airhail.ipc.dbus.wire import (
    Incoming,
    MessageReader,
    StreamBroken,
    decode,
    encode_call,
    encode_error,
    encode_return,
)

TIMEOUT = ("a{sv}", {"timeout": ("i", 60)})


def signal(number: int = 0, signature: str = "us") -> bytes:
    body = {"us": (number, "x" * (number % 50)), "v": (("s", "x"),)}[signature]
    message = new_signal(DBusAddress("/a", interface="b.c"), "D", signature, body)
    data: bytes = message.serialise(number + 1)
    return data


def read_all(chunks: Iterable[bytes]) -> list[Incoming]:
    reader = MessageReader()
    messages = []
    for chunk in chunks:
        reader.add_data(chunk)
        while message := reader.next_message():
            messages.append(message)
    return messages


def with_kind(data: bytes, kind: int) -> bytes:
    return data[:1] + bytes([kind]) + data[2:]


@given(st.lists(st.integers(0, 200), min_size=1, max_size=8), st.data())
def test_any_cutting_gives_the_same_messages(numbers: list[int], data: st.DataObject) -> None:
    stream = b"".join(signal(number) for number in numbers)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole = read_all([stream])
    assert [message.body[0] for message in whole] == numbers
    assert read_all(chunks) == whole
    assert read_all(stream[at : at + 1] for at in range(len(stream))) == whole


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    try:
        read_all([data])
    except StreamBroken:
        return


@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(1, 255))
def test_damaged_message_is_read_or_told_or_refused_by_name(at: int, number: int, damage: int) -> None:
    data = bytearray(signal(number))
    data[at % len(data)] ^= damage
    try:
        read_all([bytes(data)])
    except StreamBroken:
        return


def test_call_is_read_back_with_its_fields() -> None:
    data = encode_call("org.example.A", "/a", "b.c", "StartFind", "a{sv}", (TIMEOUT[1],), 7)
    # Flag 2, NO_AUTO_START (D-Bus specification, "Message Format").
    assert data[2] & 2
    message = decode(data)
    assert message == Incoming(
        kind=MessageType.method_call,
        serial=7,
        path="/a",
        interface="b.c",
        member="StartFind",
        signature="a{sv}",
        body=({"timeout": 60},),
    )


def test_answers_go_back_to_the_caller() -> None:
    call = Incoming(kind=MessageType.method_call, serial=9, sender=":1.5", member="X")
    reply = decode(encode_return(call, "s", ("yes",), 3))
    assert (reply.kind, reply.reply_serial, reply.body) == (MessageType.method_return, 9, ("yes",))
    error = decode(encode_error(call, "a.b.No", "because", 4))
    assert (error.kind, error.reply_serial) == (MessageType.error, 9)
    assert (error.error_name, error.body) == ("a.b.No", ("because",))
    assert b":1.5" in encode_error(call, "a.b.No", "because", 4)


def header_field(code: int, signature: bytes, value: bytes) -> bytes:
    field = struct.pack("<BB", code, len(signature)) + signature + b"\0"
    field += b"\0" * (-len(field) % 4) + value
    return field + b"\0" * (-len(field) % 8)


def with_field(data: bytes, field: bytes) -> bytes:
    """Put a header field before the others of a little-endian message."""
    (length,) = struct.unpack_from("<I", data, 12)
    end = 16 + length
    fields = field + data[16:end]
    padding = b"\0" * (-len(fields) % 8)
    return data[:12] + struct.pack("<I", len(fields)) + fields + padding + data[end + -end % 8 :]


def test_unknown_header_field_is_ignored() -> None:
    data = with_field(signal(5), header_field(200, b"u", struct.pack("<I", 1)))
    assert read_all([data]) == read_all([signal(5)])


def test_header_field_of_the_wrong_type_is_told() -> None:
    # Before the rightful path comes one that is a number.
    (message,) = read_all([with_field(signal(5), header_field(1, b"u", struct.pack("<I", 1)))])
    assert message.trouble == "its header field path has the type 'u' instead of 'o'"
    assert message.body == ()


def test_unknown_message_type_is_no_kind() -> None:
    assert decode(with_kind(signal(), 77)).kind is None


def test_body_that_is_not_what_it_claims_is_told_and_the_next_is_read() -> None:
    before, variant, after = signal(0, "v").rpartition(b"\x01s\0")
    damaged = before + variant.replace(b"s", b"z") + after
    odd, good = read_all([damaged + signal(3)])
    assert odd.trouble is not None
    assert "does not hold 'v'" in odd.trouble
    assert odd.interface == "b.c"
    assert good.body == (3, "xxx")


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        (b"HTTP/1.1 200 OK\r\n", "byte order mark"),
        (b"l\1\0\1" + struct.pack("<III", MAX_MESSAGE, 1, 8), "the largest that a bus carries"),
        (b"l\1\0\1" + struct.pack("<III", 0, 1, 8) + b"\xff" * 8, "header cannot be read"),
    ],
)
def test_nonsense_breaks_the_stream(start: bytes, problem: str) -> None:
    with pytest.raises(StreamBroken, match=problem):
        read_all([start])


@pytest.mark.parametrize(
    ("signature", "body", "problem"),
    [
        (None, ("x",), "has arguments"),
        ("u", (-1,), "does not fit its D-Bus signature"),
        ("u", (1, 2), "2 entries for 1 fields"),
        ("o", ("no/path",), "must start with /"),
        ("ay", (bytes(MAX_MESSAGE + 1),), "at most"),
    ],
)
def test_call_that_does_not_fit_is_refused(signature: str | None, body: tuple[object, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        encode_call("org.example.A", "/a", "b.c", "D", signature, body, 1)
