"""The XML in which an object tells what it offers (D-Bus specification, "Introspection Data Format")."""

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import quoteattr

from airhail.ipc.dbus.interfaces import Interface, Method, Property, Signal
from airhail.ipc.dbus.variants import complete_types

DOCTYPE: Final = (
    '<!DOCTYPE node PUBLIC "-//freedesktop//DTD D-BUS Object Introspection 1.0//EN"\n'
    ' "http://www.freedesktop.org/standards/dbus/1.0/introspect.dtd">\n'
)


async def _answered_elsewhere() -> tuple[()]:
    raise AssertionError("the standard interfaces are answered before their handlers are looked for")


def _standard(name: str, takes: str = "", gives: str = "") -> Method:
    return Method(name, _answered_elsewhere, takes, gives)


PEER: Final = Interface(
    "org.freedesktop.DBus.Peer", methods=(_standard("Ping"), _standard("GetMachineId", gives="s"))
)
INTROSPECTABLE: Final = Interface(
    "org.freedesktop.DBus.Introspectable", methods=(_standard("Introspect", gives="s"),)
)
PROPERTIES: Final = Interface(
    "org.freedesktop.DBus.Properties",
    methods=(_standard("Get", "ss", "v"), _standard("GetAll", "s", "a{sv}"), _standard("Set", "ssv")),
    signals=(Signal("PropertiesChanged", "sa{sv}as"),),
)
OBJECT_MANAGER: Final = Interface(
    "org.freedesktop.DBus.ObjectManager",
    methods=(_standard("GetManagedObjects", gives="a{oa{sa{sv}}}"),),
    signals=(Signal("InterfacesAdded", "oa{sa{sv}}"), Signal("InterfacesRemoved", "oas")),
)
"""D-Bus specification, "Standard Interfaces"."""


def introspection(interfaces: Iterable[Interface], children: Iterable[str]) -> str:
    """Return the XML of an object."""
    lines = ["<node>"]
    for interface in interfaces:
        lines += [f" <interface name={quoteattr(interface.name)}>", *_members(interface), " </interface>"]
    lines += [f" <node name={quoteattr(child)}/>" for child in children]
    return DOCTYPE + "\n".join([*lines, "</node>", ""])


def _members(interface: Interface) -> Iterator[str]:
    for method in interface.methods.values():
        yield f"  <method name={quoteattr(method.name)}>"
        yield from (f'   <arg type={quoteattr(kind)} direction="in"/>' for kind in complete_types(method.takes))
        yield from (f'   <arg type={quoteattr(kind)} direction="out"/>' for kind in complete_types(method.gives))
        yield "  </method>"
    for signal in interface.signals.values():
        yield f"  <signal name={quoteattr(signal.name)}>"
        yield from (f"   <arg type={quoteattr(kind)}/>" for kind in complete_types(signal.carries))
        yield "  </signal>"
    for each in interface.properties.values():
        yield f"  <property name={quoteattr(each.name)} type={quoteattr(each.signature)} access={_access(each)}/>"


def _access(each: Property) -> str:
    return '"read"' if each.write is None else '"readwrite"'
