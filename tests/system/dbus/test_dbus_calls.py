"""Calls on a real bus: answers, errors, silence, lateness, cancellation, and calls made to us."""

import pytest
import trio

from airhail.ipc.dbus.bus import Bus, open_bus
from airhail.ipc.dbus.errors import NAME_HAS_NO_OWNER, UNKNOWN_OBJECT, BusError, BusGone, NoReply
from tests.system.dbus.calls import INTERFACE, PATH, PATIENCE, ask
from tests.system.dbus.private_bus import Daemon


async def test_reply_holds_plain_values(bus: Bus) -> None:
    value = ("a{sv}", {"name": ("s", "desk"), "sizes": ("a(su)", [("s", 1)])})
    assert await ask(bus, "Echo", "v", value) == ({"name": "desk", "sizes": [("s", 1)]},)


async def test_error_says_what_who_and_why(bus: Bus) -> None:
    with pytest.raises(BusError) as caught:
        await ask(bus, "Fail", "ss", "org.example.Error.Broken", "The thing is broken")
    assert caught.value.name == "org.example.Error.Broken"
    assert caught.value.sentence == "The thing is broken"
    assert "org.example.Test.Fail" in str(caught.value)


async def test_silence_becomes_no_reply_and_a_late_reply_is_counted(bus: Bus) -> None:
    with pytest.raises(NoReply, match=r"org\.example\.Test\.Hold .* no answer within 0\.05 s"):
        await ask(bus, "Hold", within=0.05)
    assert bus.counters["late_replies"] == 0
    await ask(bus, "Release")
    assert bus.counters["late_replies"] == 1
    assert await ask(bus, "Echo", "v", ("s", "well")) == ("well",)


async def test_many_calls_at_once_get_their_own_answers(bus: Bus) -> None:
    answers = {}

    async def one(number: int) -> None:
        (answers[number],) = await ask(bus, "Echo", "v", ("u", number))

    async with trio.open_nursery() as nursery:
        for number in range(100):
            nursery.start_soon(one, number)
    assert answers == {number: number for number in range(100)}


async def test_absent_service_is_an_error_and_is_not_started(bus: Bus, daemon: Daemon) -> None:
    witness = daemon.make_startable("org.example.Stopped")
    await bus.call(
        "org.freedesktop.DBus",
        "/org/freedesktop/DBus",
        "org.freedesktop.DBus",
        "ReloadConfig",
        within=PATIENCE,
    )
    with pytest.raises(BusError) as caught:
        await ask(bus, "Echo", "v", ("s", "x"), name="org.example.Stopped")
    assert caught.value.name == NAME_HAS_NO_OWNER
    assert not witness.exists()


async def test_wrong_argument_is_told_before_anything_is_sent(bus: Bus) -> None:
    with pytest.raises(ValueError, match="D-Bus signature"):
        await ask(bus, "Echo", "u", -1)
    with pytest.raises(ValueError, match="no signature"):
        await ask(bus, "Echo", None, "x")
    assert await ask(bus, "Echo", "v", ("s", "well")) == ("well",)


async def test_message_cancelled_half_way_leaves_the_stream_whole(bus: Bus, daemon: Daemon) -> None:
    # More than the socket holds: the daemon, stopped, leaves us in the middle of the message.
    daemon.pause()
    with trio.move_on_after(0.1) as scope:
        await ask(bus, "Size", "ay", bytes(4_000_000))
    assert scope.cancelled_caught
    daemon.resume()
    assert await ask(bus, "Echo", "v", ("s", "well")) == ("well",)
    assert await ask(bus, "Size", "ay", bytes(5_000_000)) == (5_000_000,)


async def test_call_given_up_in_the_queue_is_never_sent(bus: Bus, daemon: Daemon) -> None:
    daemon.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask, bus, "Size", "ay", bytes(4_000_000))
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(NoReply):
            await ask(bus, "Hold", within=0.05)
        daemon.resume()
    await ask(bus, "Release")
    assert bus.counters["late_replies"] == 0


@pytest.mark.parametrize(
    ("path", "interface", "member", "expected"),
    [
        ("/", "org.freedesktop.DBus.Peer", "Ping", ("method_return", "", "")),
        ("/any/path", "", "Ping", ("method_return", "", "")),
        (
            "/",
            "org.example.Nothing",
            "Do",
            ("error", UNKNOWN_OBJECT, "airhail serves no object /"),
        ),
    ],
)
async def test_calls_made_to_us_are_answered(
    bus: Bus, path: str, interface: str, member: str, expected: tuple[str, str, str]
) -> None:
    assert await ask(bus, "CallBack", "sss", path, interface, member) == expected
    assert bus.counters["calls_answered"] == 1


async def test_machine_id_is_told(bus: Bus) -> None:
    kind, name, text = await ask(bus, "CallBack", "sss", "/", "org.freedesktop.DBus.Peer", "GetMachineId")
    # A machine without one says so in its error.
    assert (kind == "method_return" and len(text) == 32) or name == "org.freedesktop.DBus.Error.FileNotFound"


async def test_exception_of_the_body_leaves_the_bus_as_itself(daemon: Daemon, service: None) -> None:
    with pytest.raises(BusError, match="Broken"):
        async with open_bus(daemon.address) as bus:
            await ask(bus, "Fail", "ss", "org.example.Error.Broken", "x")


async def test_call_under_way_when_the_bus_is_closed_fails(daemon: Daemon, service: None) -> None:
    failures = []

    async def wait(bus: Bus) -> None:
        try:
            await bus.call("org.example.Test", PATH, INTERFACE, "Hold", within=PATIENCE)
        except BusGone as failure:
            failures.append(str(failure))

    async with trio.open_nursery() as nursery:
        async with open_bus(daemon.address) as bus:
            nursery.start_soon(wait, bus)
            await trio.testing.wait_all_tasks_blocked()
    assert len(failures) == 1
