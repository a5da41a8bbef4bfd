"""The object tree follows a real service through adds, changes, removals and restarts."""

import trio

from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.objects import ObjectTree, open_tree
from tests.system.dbus.calls import NAME, PATH, PATIENCE, ask
from tests.system.dbus.private_bus import Daemon, open_service

OTHER = "org.example.Other"
THING = "org.example.Thing"


async def until(tree: ObjectTree, colours: dict[str, str | None], *, present: bool = True) -> None:
    """Wait until the tree shows exactly these things."""

    def shown(_: int) -> bool:
        seen = {path: interfaces[THING].get("Colour") for path, interfaces in tree.objects.items()}
        return (seen, tree.present) == (colours, present)

    with trio.fail_after(PATIENCE):
        await tree.changed.wait_value(shown)


async def test_tree_is_read_at_once_and_follows(bus: Bus) -> None:
    await ask(bus, "Add", "ss", "/org/example/1", "red")
    async with open_tree(bus, NAME, PATH) as tree:
        assert tree.present
        assert tree.objects == {"/org/example/1": {THING: {"Colour": "red", "Parts": {"size": 3}}}}
        await ask(bus, "Add", "ss", "/org/example/2", "blue")
        await until(tree, {"/org/example/1": "red", "/org/example/2": "blue"})
        await ask(bus, "Change", "ss", "/org/example/2", "green")
        await until(tree, {"/org/example/1": "red", "/org/example/2": "green"})
        await ask(bus, "Remove", "s", "/org/example/1")
        await until(tree, {"/org/example/2": "green"})
        await ask(bus, "Invalidate", "s", "/org/example/2")
        await until(tree, {"/org/example/2": None})


async def test_tree_of_a_service_that_comes_goes_and_comes(bus: Bus, daemon: Daemon) -> None:
    async with open_tree(bus, OTHER, PATH) as tree:
        assert not tree.present
        async with open_service(daemon, OTHER):
            await ask(bus, "Add", "ss", "/org/example/1", "red", name=OTHER)
            await until(tree, {"/org/example/1": "red"})
        await until(tree, {}, present=False)
        async with open_service(daemon, OTHER):
            await until(tree, {})
            await ask(bus, "Add", "ss", "/org/example/2", "blue", name=OTHER)
            await until(tree, {"/org/example/2": "blue"})


async def test_listing_that_fails_is_tried_again(bus: Bus) -> None:
    await ask(bus, "Add", "ss", "/org/example/1", "red")
    await ask(bus, "RefuseListings", "u", 2)
    async with open_tree(bus, NAME, PATH) as tree:
        assert not tree.present
        await until(tree, {"/org/example/1": "red"})


async def test_tree_survives_the_bus(bus: Bus, daemon: Daemon) -> None:
    await ask(bus, "Add", "ss", "/org/example/1", "red")
    async with open_tree(bus, NAME, PATH) as tree:
        await until(tree, {"/org/example/1": "red"})
        await daemon.kill()
        await until(tree, {}, present=False)
        await daemon.start()
        async with open_service(daemon, NAME):
            await ask_when_connected(bus, "Add", "ss", "/org/example/2", "blue")
            await until(tree, {"/org/example/2": "blue"})


async def test_tree_is_true_again_after_a_storm_of_changes(bus: Bus) -> None:
    await ask(bus, "Add", "ss", "/org/example/1", "red")
    async with open_tree(bus, NAME, PATH) as tree:
        await ask(bus, "Repaint", "su", "/org/example/1", 5000)
        await until(tree, {"/org/example/1": "last"})


async def ask_when_connected(bus: Bus, member: str, signature: str, *body: object) -> None:
    with trio.fail_after(PATIENCE):
        await bus.connected.wait_value(True)
    await ask(bus, member, signature, *body)
