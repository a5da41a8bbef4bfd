"""The table of owners: what is known, of whom, and for how long."""

from airhail.ipc.dbus.names import OwnerTable

NAME = "org.example.A"


def test_owner_is_known_while_somebody_holds_the_name() -> None:
    table = OwnerTable()
    assert not table.learn(NAME, ":1.1")
    first, second = table.hold(NAME), table.hold(NAME)
    assert first is second
    assert table.owner_of(NAME) is None
    assert table.learn(NAME, ":1.1")
    assert not table.learn(NAME, ":1.1")
    assert first.news == 2
    table.release(NAME)
    assert table.owner_of(NAME) == ":1.1"
    table.release(NAME)
    assert table.owner_of(NAME) is None
    assert not table.entries


def test_forgetting_tells_who_had_an_owner() -> None:
    table = OwnerTable()
    table.hold(NAME)
    table.hold("org.example.B")
    table.learn(NAME, ":1.1")
    assert table.forget() == [NAME]
    assert table.forget() == []
    assert table.owner_of(NAME) is None
