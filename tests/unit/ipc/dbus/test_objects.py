"""What a service tells of its objects, applied to the mirror."""

from typing import Any

import pytest

from airhail.ipc.dbus.objects import OBJECT_MANAGER, PROPERTIES, Objects, apply
from airhail.ipc.dbus.signals import Signal


def told(member: str, *body: Any, path: str = "/") -> Signal:
    interface = PROPERTIES if member == "PropertiesChanged" else OBJECT_MANAGER
    return Signal(":1.5", path, interface, member, body, 1)


def start() -> Objects:
    return {"/a": {"x.A": {"p": 1, "q": 2}, "x.B": {}}}


@pytest.mark.parametrize(
    ("signal", "expected"),
    [
        (
            told("InterfacesAdded", "/b", {"x.C": {"r": 3}}),
            {"/a": {"x.A": {"p": 1, "q": 2}, "x.B": {}}, "/b": {"x.C": {"r": 3}}},
        ),
        (
            told("InterfacesAdded", "/a", {"x.C": {}}),
            {"/a": {"x.A": {"p": 1, "q": 2}, "x.B": {}, "x.C": {}}},
        ),
        (told("InterfacesAdded", "/a", {"x.A": {"p": 9}}), {"/a": {"x.A": {"p": 9}, "x.B": {}}}),
        (told("InterfacesRemoved", "/a", ["x.A"]), {"/a": {"x.B": {}}}),
        (told("InterfacesRemoved", "/a", ["x.A", "x.B"]), {}),
        (
            told("PropertiesChanged", "x.A", {"p": 5, "s": 6}, [], path="/a"),
            {"/a": {"x.A": {"p": 5, "q": 2, "s": 6}, "x.B": {}}},
        ),
        (told("PropertiesChanged", "x.A", {}, ["p"], path="/a"), {"/a": {"x.A": {"q": 2}, "x.B": {}}}),
    ],
)
def test_news_changes_the_mirror(signal: Signal, expected: Objects) -> None:
    objects = start()
    assert apply(objects, signal)
    assert objects == expected


@pytest.mark.parametrize(
    "signal",
    [
        told("InterfacesAdded", "/a", {"x.A": {"p": 1, "q": 2}}),
        told("InterfacesRemoved", "/a", ["x.Unknown"]),
        told("InterfacesRemoved", "/unknown", ["x.A"]),
        told("PropertiesChanged", "x.A", {"p": 1}, [], path="/a"),
        told("PropertiesChanged", "x.A", {"p": 9}, [], path="/unknown"),
        told("PropertiesChanged", "x.Unknown", {"p": 9}, [], path="/a"),
        told("PropertiesChanged", "x.A", {}, ["unknown"], path="/a"),
    ],
)
def test_what_is_no_news_changes_nothing(signal: Signal) -> None:
    objects = start()
    assert not apply(objects, signal)
    assert objects == start()


@pytest.mark.parametrize(
    "signal",
    [
        told("InterfacesAdded", "/b"),
        told("InterfacesRemoved", "/a", "x.A"),
        told("PropertiesChanged", "x.A", [], []),
        told("Unheard"),
    ],
)
def test_odd_signal_is_told(signal: Signal) -> None:
    with pytest.raises(ValueError, match=signal.member):
        apply(start(), signal)
