"""A small real service for the tests to talk to, on jeepney's blocking connection: ADDRESS NAME.

It answers some calls, fails some, keeps some waiting; sends signals on request; and lists objects
through org.freedesktop.DBus.ObjectManager, which calls add, change and remove.
"""

import struct
import sys
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

INTERFACE = "org.example.Test"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"
THING = "org.example.Thing"
ROOT = "/org/example"


class Service:
    """Answer calls one at a time until the bus goes away."""

    def __init__(self, connection: DBusConnection) -> None:
        self.connection = connection
        self.held: list[Message] = []
        self.failures = 0
        self.objects: dict[str, dict[str, dict[str, tuple[str, Any]]]] = {}

    def run(self) -> None:
        while True:
            message = self.connection.receive()
            if message.header.message_type is MessageType.method_call:
                answer = getattr(self, message.header.fields[HeaderFields.member], None)
                if answer is None:
                    reply = new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", ("no",))
                    self.connection.send(reply)
                else:
                    answer(message, *message.body)

    def reply(self, message: Message, signature: str | None = None, *body: Any) -> None:
        self.connection.send(new_method_return(message, signature, body))

    def emit(self, path: str, interface: str, member: str, signature: str, *body: Any) -> None:
        self.connection.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    # --- calls -----------------------------------------------------------------------------------------

    def Echo(self, message: Message, value: tuple[str, Any]) -> None:
        self.reply(message, "v", value)

    def Fail(self, message: Message, name: str, sentence: str) -> None:
        self.connection.send(new_error(message, name, "s", (sentence,)))

    def Hold(self, message: Message) -> None:
        """Do not answer until Release."""
        self.held.append(message)

    def Release(self, message: Message) -> None:
        """Answer what is held, then this."""
        for held in self.held:
            self.reply(held, "s", "late")
        self.held.clear()
        self.reply(message)

    def Size(self, message: Message, data: bytes) -> None:
        self.reply(message, "u", len(data))

    def CallBack(self, message: Message, path: str, interface: str, member: str) -> None:
        """Call the caller, and return the reply's type, error name and first argument."""
        caller = message.header.fields[HeaderFields.sender]
        call = new_method_call(DBusAddress(path, caller, interface or None), member)
        reply = self.connection.send_and_get_reply(call)
        first = str(reply.body[0]) if reply.body else ""
        name = reply.header.fields.get(HeaderFields.error_name, "")
        self.reply(message, "sss", reply.header.message_type.name, name, first)

    # --- signals ---------------------------------------------------------------------------------------

    def Burst(self, message: Message, number: int) -> None:
        """Send so many numbered signals, then answer."""
        for each in range(number):
            self.emit(ROOT, INTERFACE, "Counted", "u", each)
        self.reply(message)

    def Whisper(self, message: Message) -> None:
        """Send a signal with a header field that no specification knows."""
        signal = new_signal(DBusAddress(ROOT, interface=INTERFACE), "Whispered", "s", ("psst",))
        self.connection.sock.sendall(with_unknown_field(signal.serialise(next(self.connection.outgoing_serial))))
        self.reply(message)

    # --- objects ---------------------------------------------------------------------------------------

    def GetManagedObjects(self, message: Message) -> None:
        if self.failures:
            self.failures -= 1
            self.Fail(message, "org.example.Error.Busy", "not now")
        else:
            self.reply(message, "a{oa{sa{sv}}}", self.objects)

    def RefuseListings(self, message: Message, times: int) -> None:
        self.failures = times
        self.reply(message)

    def Add(self, message: Message, path: str, colour: str) -> None:
        self.objects[path] = {THING: {"Colour": ("s", colour), "Parts": ("a{sv}", {"size": ("u", 3)})}}
        self.emit(ROOT, OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", path, self.objects[path])
        self.reply(message)

    def Change(self, message: Message, path: str, colour: str) -> None:
        self.objects[path][THING]["Colour"] = ("s", colour)
        self.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", THING, {"Colour": ("s", colour)}, [])
        self.reply(message)

    def Repaint(self, message: Message, path: str, times: int) -> None:
        """Change so many times in a row, the last time to "last"."""
        for number in range(times):
            colour = ("s", "last" if number == times - 1 else str(number))
            self.objects[path][THING]["Colour"] = colour
            self.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", THING, {"Colour": colour}, [])
        self.reply(message)

    def Invalidate(self, message: Message, path: str) -> None:
        del self.objects[path][THING]["Colour"]
        self.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", THING, {}, ["Colour"])
        self.reply(message)

    def Remove(self, message: Message, path: str) -> None:
        interfaces = list(self.objects.pop(path))
        self.emit(ROOT, OBJECT_MANAGER, "InterfacesRemoved", "oas", path, interfaces)
        self.reply(message)


def with_unknown_field(data: bytes) -> bytes:
    """Return a little-endian message with header field 200, a string, put before the others."""
    (length,) = struct.unpack_from("<I", data, 12)
    field = struct.pack("<BB2sI4s", 200, 1, b"s\0", 3, b"new\0")
    field += b"\0" * (-len(field) % 8)
    fields = field + data[16 : 16 + length]
    body = data[16 + length + -(16 + length) % 8 :]
    return data[:12] + struct.pack("<I", len(fields)) + fields + b"\0" * (-len(fields) % 8) + body


def main() -> None:
    address, name = sys.argv[1:]
    with open_dbus_connection(address) as connection:
        connection.send_and_get_reply(message_bus.RequestName(name))
        print("ready", flush=True)
        try:
            Service(connection).run()
        except (ConnectionError, EOFError):
            return


if __name__ == "__main__":
    main()
