"""What others that call us are told."""

from pathlib import Path
from typing import Any

import pytest
from jeepney import MessageType

from airhail.ipc.dbus import answers
from airhail.ipc.dbus.answers import Given, Invoked, Written, answer
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
from airhail.ipc.dbus.exports import Exports
from airhail.ipc.dbus.interfaces import Interface, Method, Property
from airhail.ipc.dbus.wire import Incoming

PEER = "org.freedesktop.DBus.Peer"
PROPERTIES = "org.freedesktop.DBus.Properties"
MANAGER = "org.freedesktop.DBus.ObjectManager"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"


async def paint(*arguments: Any) -> tuple[Any, ...]:
    return arguments


async def write(value: Any) -> None:
    raise AssertionError("nothing is written by deciding")


PAINT = Method("Paint", paint, "su", "s")
THING = Interface(
    "x.Thing",
    methods=(PAINT,),
    properties=(Property("Colour", "s", "red", write), Property("Size", "u", 3)),
)
OTHER = Interface("x.Other", methods=(Method("Rest", paint),))


def exports(callers: str | None = None) -> Exports:
    return Exports({"/a/b": callers}, {"/a/b/thing": {THING.name: THING, OTHER.name: OTHER}})


def call(
    interface: str | None,
    member: str,
    *body: Any,
    signature: str = "",
    path: str = "/a/b/thing",
    trouble: str | None = None,
) -> Incoming:
    return Incoming(
        kind=MessageType.method_call,
        serial=5,
        sender=":1.9",
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body,
        trouble=trouble,
    )


def told(message: Incoming, served: Exports | None = None) -> object:
    return answer(message, exports() if served is None else served, {"x.Caller": ":1.9", "x.Else": ":1.7"}.get)


def refused(message: Incoming, served: Exports | None = None) -> str:
    with pytest.raises(Refusal) as caught:
        told(message, served)
    assert caught.value.sentence
    return caught.value.name


@pytest.mark.parametrize("interface", [None, PEER])
@pytest.mark.parametrize("path", ["/", "/a/b/thing", "/of/nobody"])
def test_ping_is_answered_everywhere(interface: str | None, path: str) -> None:
    assert told(call(interface, "Ping", path=path)) == Given("", ())


def test_machine_id_is_the_first_file_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "machine-id"
    monkeypatch.setattr(answers, "MACHINE_ID_FILES", (tmp_path / "absent", file))
    with pytest.raises(Refusal, match=str(file)) as caught:
        told(call(PEER, "GetMachineId"))
    assert caught.value.name == FILE_NOT_FOUND
    file.write_text("0123\n")
    assert told(call(PEER, "GetMachineId")) == Given("s", ("0123",))


def test_methods_get_their_arguments_also_when_the_interface_is_left_out() -> None:
    expected = Invoked(PAINT, ("blue", 2))
    assert told(call("x.Thing", "Paint", "blue", 2, signature="su")) == expected
    assert told(call(None, "Paint", "blue", 2, signature="su")) == expected


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (call("x.Thing", "Paint", path="/a/c"), UNKNOWN_OBJECT),
        (call("x.Nothing", "Paint"), UNKNOWN_INTERFACE),
        (call("x.Thing", "Sing"), UNKNOWN_METHOD),
        (call(None, "Sing"), UNKNOWN_METHOD),
        (call(PEER, "Sing"), UNKNOWN_METHOD),
        (call("x.Thing", "Paint"), INVALID_ARGS),
        (call("x.Thing", "Paint", 2, "blue", signature="us"), INVALID_ARGS),
        (call("x.Thing", "Paint", trouble="its body is odd"), INCONSISTENT_MESSAGE),
        (call(PROPERTIES, "Get", "x.Nothing", "Colour", signature="ss"), UNKNOWN_INTERFACE),
        (call(PROPERTIES, "Get", "x.Thing", "Weight", signature="ss"), UNKNOWN_PROPERTY),
        (call(PROPERTIES, "Get", "x.Thing", signature="s"), INVALID_ARGS),
        (call(PROPERTIES, "GetAll", "x.Nothing", signature="s"), UNKNOWN_INTERFACE),
        (call(PROPERTIES, "Set", "x.Thing", "Weight", 1, signature="ssv"), UNKNOWN_PROPERTY),
        (call(PROPERTIES, "Set", "x.Thing", "Size", 1, signature="ssv"), PROPERTY_READ_ONLY),
        (call(PROPERTIES, "Set", "x.Thing", "Colour", 1, signature="ssv"), INVALID_ARGS),
        # Only a root manages objects, and what only leads to an object has no properties.
        (call(MANAGER, "GetManagedObjects"), UNKNOWN_INTERFACE),
        (call(PROPERTIES, "GetAll", "x.Thing", signature="s", path="/a/b"), UNKNOWN_INTERFACE),
    ],
)
def test_what_is_not_there_has_an_error_of_its_own(message: Incoming, name: str) -> None:
    assert refused(message) == name


def test_properties_are_read_one_and_all() -> None:
    assert told(call(PROPERTIES, "Get", "x.Thing", "Colour", signature="ss")) == Given("v", (("s", "red"),))
    whole = {"Colour": ("s", "red"), "Size": ("u", 3)}
    assert told(call(PROPERTIES, "GetAll", "x.Thing", signature="s")) == Given("a{sv}", (whole,))
    assert told(call(PROPERTIES, "GetAll", PEER, signature="s")) == Given("a{sv}", ({},))


def test_what_may_be_changed_is_handed_on() -> None:
    written = told(call(PROPERTIES, "Set", "x.Thing", "Colour", "blue", signature="ssv"))
    assert written == Written("/a/b/thing", THING, THING.properties["Colour"], "blue")
    assert THING.get("Colour") == ("s", "red")


def test_the_root_lists_the_objects_below_it() -> None:
    listed = told(call(MANAGER, "GetManagedObjects", path="/a/b"))
    whole = {"Colour": ("s", "red"), "Size": ("u", 3)}
    assert listed == Given("a{oa{sa{sv}}}", ({"/a/b/thing": {"x.Thing": whole, "x.Other": {}}},))


@pytest.mark.parametrize(
    ("path", "children", "interfaces"),
    [
        ("/", ["a"], {INTROSPECTABLE, PEER}),
        ("/a", ["b"], {INTROSPECTABLE, PEER}),
        ("/a/b", ["thing"], {INTROSPECTABLE, PEER, MANAGER}),
        ("/a/b/thing", [], {INTROSPECTABLE, PEER, PROPERTIES, "x.Thing", "x.Other"}),
    ],
)
def test_each_node_tells_what_is_there_and_below(path: str, children: list[str], interfaces: set[str]) -> None:
    told_xml = told(call(INTROSPECTABLE, "Introspect", path=path))
    assert isinstance(told_xml, Given)
    (xml,) = told_xml.body
    assert {name for name in (PEER, MANAGER, PROPERTIES, INTROSPECTABLE, "x.Thing", "x.Other") if name in xml} == (
        interfaces
    )
    assert [child for child in ("a", "b", "thing") if f'<node name="{child}"/>' in xml] == children


def test_only_the_owner_of_the_name_may_call_where_one_is_named() -> None:
    message = call("x.Thing", "Paint", "blue", 2, signature="su")
    assert isinstance(told(message, exports("x.Caller")), Invoked)
    assert refused(message, exports("x.Else")) == ACCESS_DENIED
    assert refused(message, exports("x.Nobody")) == ACCESS_DENIED
