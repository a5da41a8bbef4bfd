"""How we answer the method calls that others make to us: the standard interfaces, our own methods, or why not.

What and in which words: D-Bus specification, "Standard Interfaces" and the well-known errors that GLib and sd-bus
answer with too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airhail.ipc.dbus.errors import (
    ACCESS_DENIED,
    FILE_NOT_FOUND,
    INCONSISTENT_MESSAGE,
    INVALID_ARGS,
    PROPERTY_READ_ONLY,
    UNKNOWN_INTERFACE,
    UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
    UNKNOWN_PROPERTY,
    Refusal,
)
from airhail.ipc.dbus.exports import Exports, Interfaces
from airhail.ipc.dbus.interfaces import Interface, Method, Property
from airhail.ipc.dbus.introspection import INTROSPECTABLE, OBJECT_MANAGER, PEER, PROPERTIES, introspection
from airhail.ipc.dbus.variants import check_fits
from airhail.ipc.dbus.wire import Incoming

# machine-id(5), and where D-Bus kept it before (dbus-uuidgen(1)).
MACHINE_ID_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


@dataclass(frozen=True, slots=True)
class Given:
    """The answer to a call, known at once."""

    signature: str
    body: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Invoked:
    """A method of ours is to be carried out with these arguments."""

    method: Method
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A property of ours is to be changed."""

    path: str
    interface: Interface
    property: Property
    value: Any


Answer = Given | Invoked | Written


def answer(call: Incoming, exports: Exports, owner_of: Callable[[str], str | None]) -> Answer:
    """Say what becomes of a method call; raises Refusal with the error to answer with.

    `owner_of` gives the unique name behind a well-known one.
    """
    if call.trouble is not None:
        raise Refusal(INCONSISTENT_MESSAGE, f"The call is odd: {call.trouble}")
    path, member = call.path or "/", call.member or ""
    # Any path of ours is at home here: Peer is about the process (D-Bus specification).
    if call.interface in (None, PEER.name) and member in PEER.methods:
        return _peer(member)
    if not exports.exists(path):
        raise Refusal(UNKNOWN_OBJECT, f"airhail serves no object {path}")
    root = exports.root_of(path)
    allowed = exports.roots[root] if root is not None else None
    if allowed is not None and call.sender != owner_of(allowed):
        raise Refusal(ACCESS_DENIED, f"only {allowed} may call {path}")
    own = exports.objects.get(path, {})
    standard = [INTROSPECTABLE, *([PROPERTIES] if own else []), *([OBJECT_MANAGER] if path == root else [])]
    interface, method = _find(call, [*own.values(), *standard, PEER])
    if call.signature != method.takes:
        sentence = f"{interface.name}.{member} takes {method.takes!r}, not {call.signature!r}"
        raise Refusal(INVALID_ARGS, sentence)
    if interface is INTROSPECTABLE:
        return Given("s", (introspection([*own.values(), *standard, PEER], exports.children(path)),))
    if interface is OBJECT_MANAGER:
        return Given(method.gives, (exports.managed(path),))
    if interface is PROPERTIES:
        return _properties(path, own, member, call.body)
    return Invoked(method, call.body)


def _find(call: Incoming, interfaces: list[Interface]) -> tuple[Interface, Method]:
    """Return the method that is meant; a call may leave the interface out (D-Bus specification, "Method Calls")."""
    asked = [each for each in interfaces if call.interface in (None, each.name)]
    if not asked:
        raise Refusal(UNKNOWN_INTERFACE, f"airhail serves no interface {call.interface} at {call.path}")
    for interface in asked:
        if (method := interface.methods.get(call.member or "")) is not None:
            return interface, method
    where = f" of {call.interface}" if call.interface else ""
    raise Refusal(UNKNOWN_METHOD, f"airhail serves no method {call.member}{where} at {call.path}")


def _properties(path: str, own: Interfaces, member: str, arguments: tuple[Any, ...]) -> Answer:
    name, *rest = arguments
    if (interface := own.get(name)) is None:
        if name in (PEER.name, INTROSPECTABLE.name, PROPERTIES.name, OBJECT_MANAGER.name) and member == "GetAll":
            return Given("a{sv}", ({},))
        raise Refusal(UNKNOWN_INTERFACE, f"airhail serves no interface {name} with properties at {path}")
    if member == "GetAll":
        return Given("a{sv}", (interface.get_all(),))
    if (found := interface.properties.get(rest[0])) is None:
        raise Refusal(UNKNOWN_PROPERTY, f"{name} at {path} has no property {rest[0]}")
    if member == "Get":
        return Given("v", (interface.get(found.name),))
    if found.write is None:
        raise Refusal(PROPERTY_READ_ONLY, f"{name}.{found.name} at {path} cannot be changed by others")
    try:
        check_fits(rest[1], found.signature, f"{name}.{found.name}")
    except ValueError as error:
        raise Refusal(INVALID_ARGS, str(error)) from error
    return Written(path, interface, found, rest[1])


def _peer(member: str) -> Given:
    if member == "Ping":
        return Given("", ())
    machine_id = read_machine_id()
    if machine_id is None:
        files = " nor ".join(str(file) for file in MACHINE_ID_FILES)
        raise Refusal(FILE_NOT_FOUND, f"Neither {files} can be read")
    return Given("s", (machine_id,))


def read_machine_id() -> str | None:
    """Return this machine's id, None when no file that holds it can be read."""
    for file in MACHINE_ID_FILES:
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError:
            continue
    return None
