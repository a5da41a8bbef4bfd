"""Patterns: the rule for the bus and the question asked here mean the same signals."""

import pytest
from jeepney import MessageType

from airhail.ipc.dbus.match import BUS_NAME, Pattern, owner_pattern
from airhail.ipc.dbus.wire import Incoming

SIGNAL = Incoming(
    kind=MessageType.signal,
    serial=1,
    sender=":1.5",
    path="/a/b",
    interface="x.Y",
    member="Z",
    body=("first", 2),
)


def owner_of(name: str) -> str | None:
    return {"org.example.A": ":1.5", "org.example.B": ":1.6"}.get(name)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (Pattern(), True),
        (Pattern(sender=":1.5"), True),
        (Pattern(sender=":1.6"), False),
        (Pattern(sender="org.example.A"), True),
        (Pattern(sender="org.example.B"), False),
        (Pattern(sender="org.example.Unowned"), False),
        (Pattern(path="/a/b"), True),
        (Pattern(path="/a"), False),
        (Pattern(path_namespace="/"), True),
        (Pattern(path_namespace="/a"), True),
        (Pattern(path_namespace="/a/b"), True),
        (Pattern(path_namespace="/a/b/c"), False),
        (Pattern(path_namespace="/a/bb"), False),
        (Pattern(interface="x.Y", member="Z"), True),
        (Pattern(interface="x.Y", member="W"), False),
        (Pattern(interface="x.W", member="Z"), False),
        (Pattern(arg0="first"), True),
        (Pattern(arg0="second"), False),
    ],
)
def test_matching(pattern: Pattern, expected: bool) -> None:
    assert pattern.matches(SIGNAL, owner_of) is expected


def test_signal_without_arguments_has_no_first() -> None:
    bare = Incoming(kind=MessageType.signal, serial=1, sender=":1.5")
    assert not Pattern(arg0="x").matches(bare, owner_of)


def test_rules_say_the_same() -> None:
    assert Pattern().rule() == "type='signal'"
    assert Pattern(sender="org.example.A", path_namespace="/a", interface="x.Y", member="Z").rule() == (
        "type='signal',sender='org.example.A',path_namespace='/a',interface='x.Y',member='Z'"
    )
    assert owner_pattern("org.example.A").rule() == (
        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
        "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.example.A'"
    )


def test_rule_with_an_apostrophe_is_refused() -> None:
    with pytest.raises(ValueError, match="member of a match rule"):
        Pattern(member="It's").rule()


def test_only_well_known_names_need_their_owner() -> None:
    assert Pattern(sender="org.example.A").well_known_sender() == "org.example.A"
    assert Pattern(sender=":1.5").well_known_sender() is None
    assert Pattern(sender=BUS_NAME).well_known_sender() is None
    assert Pattern().well_known_sender() is None
