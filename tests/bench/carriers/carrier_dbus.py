"""D-Bus: a call to another client of a private dbus-daemon, by jeepney's blocking calls, the map as bytes.

`address` is a bus, not a socket.
"""

import time

import msgpack
from jeepney import DBusAddress, MessageType, new_method_call, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.bench.carriers import MESSAGE, WARM_UP

NAME = "org.airhail.Bench"
ECHO = DBusAddress("/", bus_name=NAME, interface=NAME)


def serve(address: str) -> None:
    """Answer on the bus `address`."""
    with open_dbus_connection(address) as bus:
        bus.send_and_get_reply(message_bus.RequestName(NAME))
        print("serves", flush=True)
        while True:
            call = bus.receive()
            if call.header.message_type is MessageType.method_call:
                body = msgpack.packb(msgpack.unpackb(call.body[0]))
                bus.send(new_method_return(call, "ay", (body,)))


def ask(address: str, rounds: int) -> list[float]:
    """Return the seconds of each round trip."""
    with open_dbus_connection(address) as bus:
        return [call(bus) for _ in range(WARM_UP + rounds)][WARM_UP:]


def call(bus: DBusConnection) -> float:
    """Call once, and return the seconds that it took."""
    begun = time.perf_counter()
    reply = bus.send_and_get_reply(new_method_call(ECHO, "Echo", "ay", (msgpack.packb(MESSAGE),)))
    msgpack.unpackb(reply.body[0])
    return time.perf_counter() - begun
