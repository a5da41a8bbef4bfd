"""Serve objects on a Bus: answer the calls made to them, and tell of their changes."""

import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import trio

from airhail.ipc.dbus.answers import Given, Invoked, Written
from airhail.ipc.dbus.background import open_background
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import FAILED, LIMITS_EXCEEDED, TIMED_OUT, Refusal
from airhail.ipc.dbus.exports import described
from airhail.ipc.dbus.interfaces import Interface
from airhail.ipc.dbus.introspection import OBJECT_MANAGER, PROPERTIES
from airhail.ipc.dbus.limits import CALL_SERVED, CALLS_SERVED
from airhail.ipc.dbus.match import within
from airhail.ipc.dbus.reception import Outcome, Respond

log = logging.getLogger(__name__)

NOTHING: Final = Given("", ())


class ServedObjects:
    """The objects below one root; made by `serve_objects`.

    They are there on every connection of the Bus, also after it was lost; who has to be told that they are (as
    BlueZ has) is told again by the caller. Signals sent while the bus is away reach nobody, and none would hear
    them: whoever comes later reads the state first.
    """

    def __init__(self, bus: Bus, root: str, nursery: trio.Nursery) -> None:
        self.bus = bus
        self.root = root
        self._nursery = nursery
        self._running = 0

    async def add(self, path: str, *interfaces: Interface) -> None:
        """Serve an object from now on; ValueError when `path` is not below the root or is taken."""
        objects = self.bus.reception.exports.objects
        if not within(path, self.root) or path in objects:
            raise ValueError(f"{path} is taken, or not below {self.root}")
        objects[path] = {interface.name: interface for interface in interfaces}
        await self._emit_managed("InterfacesAdded", path, described(objects[path]))

    async def remove(self, path: str) -> None:
        """Serve an object no longer; KeyError when there is none."""
        interfaces = self.bus.reception.exports.objects.pop(path)
        await self._emit_managed("InterfacesRemoved", path, list(interfaces))

    async def change(self, path: str, interface: str, **values: Any) -> None:
        """Change properties of an object and tell whoever listens; KeyError, ValueError when there are no such."""
        changed = self.bus.reception.exports.objects[path][interface]
        news = {name: changed.get(name) for name, value in values.items() if changed.set(name, value)}
        if news:
            await self.bus.emit(path, PROPERTIES.name, "PropertiesChanged", "sa{sv}as", (interface, news, []))

    async def emit(self, path: str, interface: str, member: str, *body: Any) -> None:
        """Send a signal of an object; KeyError, ValueError, TypeError when it is not as declared."""
        signal = self.bus.reception.exports.objects[path][interface].signals[member]
        await self.bus.emit(path, interface, member, signal.carries, body)

    async def _emit_managed(self, member: str, path: str, what: Any) -> None:
        # The root itself is not among the objects that it manages.
        if path != self.root:
            signature = OBJECT_MANAGER.signals[member].carries
            await self.bus.emit(self.root, OBJECT_MANAGER.name, member, signature, (path, what))

    # --- calls ---------------------------------------------------------------------------------------

    def carry_out(self, task: Invoked | Written, respond: Respond) -> None:
        """Begin what takes time; `respond` gets its outcome. Raises Refusal when too much has begun already."""
        if self._running >= CALLS_SERVED:
            raise Refusal(LIMITS_EXCEEDED, f"{CALLS_SERVED} calls are being carried out already; try again")
        self._running += 1
        self._nursery.start_soon(self._carry_out, task, respond)

    async def _carry_out(self, task: Invoked | Written, respond: Respond) -> None:
        seconds = task.method.within if isinstance(task, Invoked) else CALL_SERVED
        try:
            with trio.fail_after(seconds):
                outcome: Outcome = await self._outcome(task)
        except Refusal as refusal:
            outcome = refusal
        except trio.TooSlowError:
            outcome = Refusal(TIMED_OUT, f"it was not done within {seconds:g} s")
        except Exception:
            # A mistake of ours, met by one caller: it is told so, and everybody else is served on.
            log.exception("a call to an object below %s failed", self.root)
            outcome = Refusal(FAILED, "airhail made a mistake; its log says which")
        finally:
            self._running -= 1
        await respond(outcome)

    async def _outcome(self, task: Invoked | Written) -> Given:
        if isinstance(task, Invoked):
            return Given(task.method.gives, await task.method.handler(*task.arguments))
        assert task.property.write is not None, "answers refuses to write what is read-only"
        await task.property.write(task.value)
        await self.change(task.path, task.interface.name, **{task.property.name: task.value})
        return NOTHING


@asynccontextmanager
async def serve_objects(bus: Bus, root: str, *, callers: str | None = None) -> AsyncGenerator[ServedObjects]:
    """Serve objects at and below `root`, which is their object manager, until the body ends.

    With `callers`, a well-known name, its owner alone is answered there. Raises ValueError when the root is taken.
    """
    reception = bus.reception
    if root in reception.servers:
        raise ValueError(f"{root} is served already")
    async with AsyncExitStack() as stack:
        if callers is not None:
            await stack.enter_async_context(bus.watch_owner(callers))
        nursery = await stack.enter_async_context(open_background())
        served = ServedObjects(bus, root, nursery)
        reception.exports.roots[root] = callers
        reception.servers[root] = served
        try:
            yield served
        finally:
            for path in [path for path in reception.exports.objects if reception.exports.root_of(path) == root]:
                del reception.exports.objects[path]
            del reception.exports.roots[root], reception.servers[root]
