"""Messages and bytes: what arrives on a bus stream, read so that no odd message can stop the reader.

jeepney's types do the marshalling. Its own Parser is not used because it raises on a header field or a
message type it does not know; the specification says to ignore both ("Header Fields", "Message Format").
File descriptors are not agreed on with the bus, so none arrive.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.low_level import Header, calc_msg_size, endian_map, padding

from airhail.ipc.dbus.limits import MAX_MESSAGE
from airhail.ipc.dbus.variants import kind_of, plain

# The fixed part of every message; with it the whole length is known.
FIXED: Final = 16
FIELDS_AT: Final = 12

# What jeepney's decoders raise on bytes that do not hold what the signature says.
UNREADABLE: Final = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AssertionError,
    struct.error,
    RecursionError,
)


class StreamBroken(Exception):
    """Tell that the bytes are no D-Bus messages any more: nothing after them can be read either."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message that arrived.

    `kind` is None for a message type that the specification does not know yet. `body` holds plain
    Python values, variants taken off; it is empty when `trouble` says why it could not be read.
    """

    kind: MessageType | None
    serial: int
    no_reply_expected: bool = False
    path: str | None = None
    interface: str | None = None
    member: str | None = None
    error_name: str | None = None
    reply_serial: int | None = None
    sender: str | None = None
    signature: str = ""
    body: tuple[Any, ...] = ()
    trouble: str | None = None


class MessageReader:
    """Cut a stream of bytes into messages."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.size: int | None = None

    def add_data(self, data: bytes) -> None:
        """Take in the bytes that arrived next."""
        self.buffer += data

    def next_message(self) -> Incoming | None:
        """Return the next whole message, or None until more bytes are there; raises StreamBroken."""
        if self.size is None and len(self.buffer) >= FIXED:
            self.size = message_size(bytes(self.buffer[:FIXED]))
        if self.size is None or len(self.buffer) < self.size:
            return None
        data = bytes(self.buffer[: self.size])
        del self.buffer[: self.size]
        self.size = None
        return decode(data)


def message_size(start: bytes) -> int:
    """Return the length of the message that starts with these 16 bytes; raises StreamBroken."""
    if start[:1] not in endian_map:
        raise StreamBroken(f"a message starts with {start[:1]!r}, which is no byte order mark")
    size: int = calc_msg_size(start)
    if size > MAX_MESSAGE:
        raise StreamBroken(f"a message claims {size} bytes; the largest that a bus carries has {MAX_MESSAGE}")
    return size


def decode(data: bytes) -> Incoming:
    """Read one whole message; raises StreamBroken when even its header makes no sense."""
    endianness = endian_map[data[:1]]
    order = endianness.struct_code()
    kind_code, flags = data[1], data[2]
    (serial,) = struct.unpack_from(order + "I", data, 8)
    try:
        pairs, at = kind_of("a(yv)").parse_data(data, FIELDS_AT, endianness)
    except UNREADABLE as error:
        raise StreamBroken(f"a message's header cannot be read: {error!r}") from error
    fields, trouble = known_fields(pairs)
    signature = fields.get("signature", "")
    body: tuple[Any, ...] = ()
    if signature and trouble is None:
        try:
            raw, _ = kind_of(f"({signature})").parse_data(data, at + padding(at, 8), endianness)
            body = plain(raw, f"({signature})")
        except UNREADABLE as error:
            trouble = f"its body does not hold {signature!r}: {error!r}"
    return Incoming(
        kind=KINDS.get(kind_code),
        serial=serial,
        no_reply_expected=bool(flags & MessageFlag.no_reply_expected),
        body=body,
        trouble=trouble,
        **fields,
    )


KINDS: Final = {kind.value: kind for kind in MessageType}

# Field code -> our name for it and the type the specification gives it ("Header Fields").
# Destination is left out: everything that arrives is for us.
FIELDS: Final[dict[int, tuple[str, str]]] = {
    HeaderFields.path: ("path", "o"),
    HeaderFields.interface: ("interface", "s"),
    HeaderFields.member: ("member", "s"),
    HeaderFields.error_name: ("error_name", "s"),
    HeaderFields.reply_serial: ("reply_serial", "u"),
    HeaderFields.sender: ("sender", "s"),
    HeaderFields.signature: ("signature", "g"),
}


def known_fields(pairs: Sequence[tuple[int, tuple[str, Any]]]) -> tuple[dict[str, Any], str | None]:
    """Pick the fields we use; a known field of the wrong type is left out and told as trouble."""
    fields: dict[str, Any] = {}
    trouble = None
    for code, (signature, value) in pairs:
        if code not in FIELDS:
            continue
        name, expected = FIELDS[code]
        if signature == expected:
            fields[name] = value
        else:
            trouble = f"its header field {name} has the type {signature!r} instead of {expected!r}"
    return fields, trouble


def encode_call(
    destination: str,
    path: str,
    interface: str,
    member: str,
    signature: str | None,
    body: tuple[Any, ...],
    serial: int,
) -> bytes:
    """Encode a method call that never starts a service, nor lets one ask the user for a password.

    A service that was stopped stays stopped; what needs a password is refused at once.
    Raises ValueError or TypeError when a name or an argument does not fit.
    """
    if body and not signature:
        raise ValueError(f"{member} has arguments {body!r} but no signature")
    message = new_method_call(DBusAddress(path, destination, interface), member, signature, body)
    message.header.flags |= MessageFlag.no_auto_start
    return encode(message, serial)


def encode_return(call: Incoming, signature: str | None, body: tuple[Any, ...], serial: int) -> bytes:
    """Encode the answer to a method call."""
    return encode(new_method_return(parent(call), signature, body), serial)


def encode_error(call: Incoming, name: str, sentence: str, serial: int) -> bytes:
    """Encode the error with which a method call is answered."""
    return encode(new_error(parent(call), name, "s", (sentence,)), serial)


def encode_signal(
    path: str, interface: str, member: str, signature: str, body: tuple[Any, ...], serial: int
) -> bytes:
    """Encode a signal to whoever listens. Raises ValueError or TypeError when an argument does not fit."""
    return encode(new_signal(DBusAddress(path, interface=interface), member, signature or None, body), serial)


def encode(message: Message, serial: int) -> bytes:
    """Encode with `serial`; raises ValueError when the values do not fit the signature."""
    try:
        data: bytes = message.serialise(serial)
    except struct.error as error:
        raise ValueError(f"{message.body!r} does not fit its D-Bus signature: {error}") from error
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"the message has {len(data)} bytes; the bus carries at most {MAX_MESSAGE}")
    return data


def parent(call: Incoming) -> Message:
    """Return what jeepney's reply builders read of a call: its serial and its sender."""
    fields = {HeaderFields.sender: call.sender} if call.sender is not None else {}
    return Message(Header(endian_map[b"l"], MessageType.method_call, 0, 1, 0, call.serial, fields), ())
