"""Objects of ours on a real bus, called by another connection and by the reference implementation's own client."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from airhail.ipc.dbus.bus import Bus, open_bus
from airhail.ipc.dbus.errors import ACCESS_DENIED, FAILED, UNKNOWN_OBJECT, BusError, Refusal
from airhail.ipc.dbus.interfaces import Interface, Method, Property, Signal
from airhail.ipc.dbus.objects import open_tree
from airhail.ipc.dbus.serving import ServedObjects, serve_objects
from airhail.ipc.dbus.signals import Signal as Heard
from tests.system.dbus.calls import NAME, PATIENCE
from tests.system.dbus.private_bus import Daemon

ROOT = "/org/airhail"
PATH = "/org/airhail/thing"
THING = "org.airhail.Thing"
PROPERTIES = "org.freedesktop.DBus.Properties"


async def greet(name: str) -> tuple[Any, ...]:
    if not name:
        raise Refusal("org.airhail.Error.Nobody", "nobody is there to be greeted")
    return (f"hello, {name}",)


async def lie() -> tuple[Any, ...]:
    return (1,)


async def repaint(colour: str) -> None:
    if colour == "black":
        raise Refusal("org.airhail.Error.Dark", "black is too dark")


def thing() -> Interface:
    return Interface(
        THING,
        methods=(Method("Greet", greet, "s", "s"), Method("Lie", lie, "", "s")),
        properties=(Property("Colour", "s", "red", repaint), Property("Size", "u", 3)),
        signals=(Signal("Fell", "u"),),
    )


@asynccontextmanager
async def serving(daemon: Daemon, callers: str | None = None) -> AsyncGenerator[tuple[Bus, ServedObjects]]:
    async with open_bus(daemon.address) as bus, serve_objects(bus, ROOT, callers=callers) as objects:
        await objects.add(PATH, thing())
        yield bus, objects


async def call(client: Bus, server: Bus, member: str, signature: str | None = None, *body: Any, **at: str) -> Any:
    path, interface = at.get("path", PATH), at.get("interface", THING)
    return await client.call(server.unique_name or "", path, interface, member, signature, body, within=PATIENCE)


async def refused(client: Bus, server: Bus, member: str, *arguments: Any, **at: str) -> str:
    with pytest.raises(BusError) as caught:
        await call(client, server, member, *arguments, **at)
    return caught.value.name


async def test_methods_and_properties_answer(daemon: Daemon) -> None:
    async with serving(daemon) as (server, _), open_bus(daemon.address) as client:
        assert await call(client, server, "Greet", "s", "Ada") == ("hello, Ada",)
        assert await refused(client, server, "Greet", "s", "") == "org.airhail.Error.Nobody"
        assert await refused(client, server, "Greet", "s", "Ada", path="/org/airhail/none") == UNKNOWN_OBJECT
        everything = await call(client, server, "GetAll", "s", THING, interface=PROPERTIES)
        assert everything == ({"Colour": "red", "Size": 3},)
        assert not await call(client, server, "Set", "ssv", THING, "Colour", ("s", "blue"), interface=PROPERTIES)
        assert await call(client, server, "Get", "ss", THING, "Colour", interface=PROPERTIES) == ("blue",)
        wish = ("ssv", THING, "Colour", ("s", "black"))
        assert await refused(client, server, "Set", *wish, interface=PROPERTIES) == "org.airhail.Error.Dark"


async def test_an_answer_that_is_not_as_declared_harms_nobody_else(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(daemon) as (server, _), open_bus(daemon.address) as client:
        assert await refused(client, server, "Lie") == FAILED
        assert "is not as it was declared" in caplog.text
        assert await call(client, server, "Greet", "s", "Ada") == ("hello, Ada",)


async def test_a_mirror_follows_objects_and_their_changes(daemon: Daemon) -> None:
    async with serving(daemon) as (server, objects), open_bus(daemon.address) as client:
        async with open_tree(client, server.unique_name or "", ROOT) as tree:
            assert tree.objects == {PATH: {THING: {"Colour": "red", "Size": 3}}}
            with trio.fail_after(PATIENCE):
                await objects.change(PATH, THING, Colour="green", Size=3)
                await tree.changed.wait_value(lambda _: tree.objects[PATH][THING]["Colour"] == "green")
                await objects.add("/org/airhail/other", thing())
                await tree.changed.wait_value(lambda _: len(tree.objects) == 2)
                await objects.remove(PATH)
                await tree.changed.wait_value(lambda _: PATH not in tree.objects)
            assert await refused(client, server, "Greet", "s", "Ada") == UNKNOWN_OBJECT


async def test_signals_are_heard(daemon: Daemon) -> None:
    async with serving(daemon) as (server, objects), open_bus(daemon.address) as client:
        async with client.subscribe(sender=server.unique_name, interface=THING) as signals:
            await objects.emit(PATH, THING, "Fell", 7)
            with trio.fail_after(PATIENCE):
                heard = await anext(signals)
            assert isinstance(heard, Heard)
            assert (heard.path, heard.member, heard.body) == (PATH, "Fell", (7,))


async def test_only_the_owner_of_a_name_is_answered_where_one_is_named(
    bus: Bus, daemon: Daemon, service: None
) -> None:
    async with serving(daemon, callers=NAME) as (server, _):
        assert await refused(bus, server, "Greet", "s", "Ada") == ACCESS_DENIED
    async with open_bus(daemon.address) as client, serve_objects(client, ROOT, callers=NAME) as objects:
        await objects.add(PATH, Interface(THING, methods=(Method("Hello", hello, "", "s"),)))
        # The service itself calls back, to whoever asks it.
        asked = (PATH, THING, "Hello")
        answer = await client.call(NAME, "/org/example", NAME, "CallBack", "sss", asked, within=PATIENCE)
        assert answer == ("method_return", "", "hello")


async def hello() -> tuple[Any, ...]:
    return ("hello",)


async def test_objects_are_there_again_after_the_bus_was_lost(daemon: Daemon) -> None:
    async with serving(daemon) as (server, objects):
        with trio.fail_after(PATIENCE):
            await daemon.kill()
            await server.connected.wait_value(False)
            # Heard by nobody, and no error.
            await objects.change(PATH, THING, Size=4)
            await daemon.start()
            await server.connected.wait_value(True)
        async with open_bus(daemon.address) as client:
            everything = await call(client, server, "GetAll", "s", THING, interface=PROPERTIES)
            assert everything == ({"Colour": "red", "Size": 4},)


async def test_nothing_is_left_once_serving_ends(daemon: Daemon) -> None:
    async with open_bus(daemon.address) as server, open_bus(daemon.address) as client:
        async with serve_objects(server, ROOT) as objects:
            await objects.add(PATH, thing())
            with pytest.raises(ValueError, match="is served already"):
                async with serve_objects(server, ROOT):
                    pass
        assert await refused(client, server, "Greet", "s", "Ada") == UNKNOWN_OBJECT


async def test_the_reference_client_reads_us(daemon: Daemon) -> None:
    """dbus-send comes with dbus-daemon: dbus-bin is what both of Debian's packages stand on."""
    program = shutil.which("dbus-send")
    assert program is not None, "install the Debian package dbus-bin"
    async with serving(daemon) as (server, _):

        async def send(path: str, member: str, *arguments: str) -> str:
            to = [f"--bus={daemon.address}", "--print-reply", f"--dest={server.unique_name}"]
            process = await trio.run_process(
                [program, *to, path, member, *arguments], capture_stdout=True, capture_stderr=True, check=False
            )
            return (process.stdout + process.stderr).decode()

        xml = await send(ROOT, "org.freedesktop.DBus.Introspectable.Introspect")
        assert '<node name="thing"/>' in xml
        listed = await send(ROOT, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
        assert f'object path "{PATH}"' in listed
        assert 'string "red"' in listed
        assert 'string "hello, Ada"' in await send(PATH, f"{THING}.Greet", "string:Ada")
        assert "InvalidArgs" in await send(PATH, f"{THING}.Greet", "uint32:1")
        assert "PropertyReadOnly" in await send(
            PATH, f"{PROPERTIES}.Set", f"string:{THING}", "string:Size", "variant:uint32:1"
        )
