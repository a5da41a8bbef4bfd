"""What is declared is checked at once, and told as it was declared."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from airhail.ipc.dbus.exports import Exports
from airhail.ipc.dbus.interfaces import Interface, Method, Property, Signal
from airhail.ipc.dbus.introspection import introspection
from airhail.ipc.dbus.variants import complete_types


async def do(*arguments: Any) -> tuple[Any, ...]:
    return arguments


async def write(value: Any) -> None:
    raise AssertionError(value)


def test_a_value_that_does_not_fit_is_refused_when_it_is_declared_or_set() -> None:
    with pytest.raises(ValueError, match=r"x\.Thing\.Size: 'big' does not fit the D-Bus type 'u'"):
        Interface("x.Thing", properties=(Property("Size", "u", "big"),))
    thing = Interface("x.Thing", properties=(Property("Size", "u", 3),))
    with pytest.raises(ValueError, match="does not fit"):
        thing.set("Size", -1)
    assert thing.get("Size") == ("u", 3)


def test_setting_tells_whether_it_changes_anything() -> None:
    thing = Interface("x.Thing", properties=(Property("Size", "u", 3),))
    assert not thing.set("Size", 3)
    assert thing.set("Size", 4)
    assert thing.get_all() == {"Size": ("u", 4)}


def test_a_signature_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="'a' is not a D-Bus signature"):
        Interface("x.Thing", methods=(Method("Do", do, "a"),))
    with pytest.raises(ValueError, match="is not a D-Bus signature"):
        Interface("x.Thing", signals=(Signal("Done", "s("),))


@pytest.mark.parametrize(
    ("signature", "types"),
    [("", []), ("s", ["s"]), ("aya{sv}(uas)ao", ["ay", "a{sv}", "(uas)", "ao"])],
)
def test_complete_types_are_cut_from_a_signature(signature: str, types: list[str]) -> None:
    assert complete_types(signature) == types


def test_the_xml_has_every_member_with_its_types() -> None:
    thing = Interface(
        "x.Thing",
        methods=(Method("Do", do, "sa{sv}", "u"),),
        properties=(Property("Size", "u", 3), Property("Colour", "s", "", write)),
        signals=(Signal("Done", "u"),),
    )
    node = ET.fromstring(introspection([thing], ["below"]))
    found = [(each.tag, dict(each.attrib)) for each in node.iter()]
    assert found == [
        ("node", {}),
        ("interface", {"name": "x.Thing"}),
        ("method", {"name": "Do"}),
        ("arg", {"type": "s", "direction": "in"}),
        ("arg", {"type": "a{sv}", "direction": "in"}),
        ("arg", {"type": "u", "direction": "out"}),
        ("signal", {"name": "Done"}),
        ("arg", {"type": "u"}),
        ("property", {"name": "Size", "type": "u", "access": "read"}),
        ("property", {"name": "Colour", "type": "s", "access": "readwrite"}),
        ("node", {"name": "below"}),
    ]


def test_the_nearest_root_manages() -> None:
    one = Interface("x.One")
    exports = Exports({"/": None, "/a/b": None}, {"/a": {"x.One": one}, "/a/b": {}, "/a/b/c": {"x.One": one}})
    assert exports.root_of("/a/b/c") == "/a/b"
    assert exports.managed("/a/b") == {"/a/b/c": {"x.One": {}}}
    assert exports.managed("/") == {"/a": {"x.One": {}}}
    assert exports.children("/") == ["a"]
    assert exports.children("/a") == ["b"]
