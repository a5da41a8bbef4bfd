"""A live mirror of a service that lists its objects through org.freedesktop.DBus.ObjectManager."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import trio
from trio_util import AsyncValue

from airhail.ipc.dbus.background import open_background
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.limits import READ_TREE, REREAD_FIRST, REREAD_LONGEST
from airhail.ipc.dbus.match import Pattern
from airhail.ipc.dbus.signals import Gap, Signal

log = logging.getLogger(__name__)

OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"

Properties = dict[str, Any]
Objects = dict[str, dict[str, Properties]]
"""Path -> interface -> property -> plain value."""


class ObjectTree:
    """Mirror all objects of a service; made by `open_tree`.

    `objects` is empty and `present` False while the service, or the bus, is away. Both change only
    while others run, never between two statements without an await. `changed` is a number that grows
    with every change: wait on it, then look at the objects; several changes may be seen as one.
    """

    def __init__(self, bus: Bus, service: str, root: str) -> None:
        self.bus = bus
        self.service = service
        self.root = root
        self.objects: Objects = {}
        self.present = False
        self.changed: AsyncValue[int] = AsyncValue(0)
        self.tried = trio.Event()
        self.owner: str | None = None
        self.read_at = 0

    def properties(self, path: str, interface: str) -> Properties | None:
        """Return the properties of one interface of one object, None when there is no such."""
        return self.objects.get(path, {}).get(interface)

    async def follow(self) -> None:
        """Keep the mirror true for ever; sets `tried` after the first reading, good or bad."""
        patterns = (
            Pattern(sender=self.service, path=self.root, interface=OBJECT_MANAGER),
            Pattern(
                sender=self.service,
                path_namespace=self.root,
                interface=PROPERTIES,
                member="PropertiesChanged",
            ),
        )
        async with self.bus.watch_owner(self.service) as owner:
            async with self.bus.subscribe_all(patterns) as signals:
                delay = REREAD_FIRST
                stale = True
                while True:
                    if stale:
                        stale = not await self.read(owner.value)
                        self.tried.set()
                    if stale:
                        # Signals that come meanwhile are older than the next reading.
                        await trio.sleep(delay)
                        delay = min(2 * delay, REREAD_LONGEST)
                    else:
                        delay = REREAD_FIRST
                        stale = self.take(await anext(signals))

    async def read(self, owner: str | None) -> bool:
        """Mirror the service as it is now; False when it has to be tried again."""
        if owner != self.owner:
            self.replace({}, present=False)
            self.owner = owner
        if owner is None:
            return True
        try:
            reply = await self.bus.exchange(
                self.service, self.root, OBJECT_MANAGER, "GetManagedObjects", within=READ_TREE
            )
            match reply.body:
                case (dict() as objects,):
                    self.read_at = reply.number
                    self.replace(objects, present=True)
                    return True
            raise ValueError(f"{self.service} lists its objects in an unknown form: {reply.body!r}"[:200])
        except (BusFailure, ValueError) as failure:
            log.warning("cannot read the objects of %s, will try again: %s", self.service, failure)
            self.replace({}, present=False)
            return False

    def replace(self, objects: Objects, *, present: bool) -> None:
        """Put other objects in the place of all that is known."""
        if (objects, present) != (self.objects, self.present):
            self.objects = objects
            self.present = present
            self.changed.value += 1

    def take(self, item: Signal | Gap) -> bool:
        """Take in what the service told; True when the mirror must be read afresh."""
        if isinstance(item, Gap):
            return True
        if not self.present or item.number < self.read_at:
            return False
        try:
            changed = apply(self.objects, item)
        except ValueError as error:
            log.warning("%s sent an odd signal: %s", self.service, error)
            return True
        if changed:
            self.changed.value += 1
        return False


def apply(objects: Objects, signal: Signal) -> bool:
    """Change `objects` as a signal of the service tells; return whether anything differs now.

    A property that was invalidated without a new value is not known any more and leaves. Raises
    ValueError on a signal that is not of the standard's form (D-Bus specification, "Standard Interfaces").
    """
    match signal.member, signal.body:
        case "InterfacesAdded", (str(path), dict(added)):
            known = objects.setdefault(path, {})
            before = dict(known)
            known.update(added)
            return known != before
        case "InterfacesRemoved", (str(path), list(removed)):
            known = objects.get(path, {})
            gone = [interface for interface in removed if known.pop(interface, None) is not None]
            if not known:
                objects.pop(path, None)
            return bool(gone)
        case "PropertiesChanged", (str(interface), dict(values), list(invalidated)):
            # Of an object not listed: its InterfacesAdded, with all properties, is still to come.
            properties = objects.get(signal.path, {}).get(interface)
            if properties is None:
                return False
            before = dict(properties)
            properties.update(values)
            for name in invalidated:
                properties.pop(name, None)
            return properties != before
    raise ValueError(f"{signal.interface}.{signal.member} with {signal.body!r}"[:200])


@asynccontextmanager
async def open_tree(bus: Bus, service: str, root: str) -> AsyncGenerator[ObjectTree]:
    """Open a mirror of `service`, whose object manager is at `root`, and keep it true until the body ends.

    The first reading was tried when this returns. Never starts the service. Raises BusError when the bus
    refuses the match rules, NoReply when it is stuck.
    """
    async with open_background() as nursery:
        tree = ObjectTree(bus, service, root)
        nursery.start_soon(tree.follow)
        await tree.tried.wait()
        yield tree
