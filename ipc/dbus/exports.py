"""The objects that we serve on one bus, by path: what is where, and who may call it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from airhail.ipc.dbus.interfaces import Interface
from airhail.ipc.dbus.match import within
from airhail.ipc.dbus.variants import TypedValue

Interfaces = Mapping[str, Interface]
"""Name -> interface, of one object."""


@dataclass(slots=True)
class Exports:
    """Objects below their roots.

    Each root is an object manager for what lies below it; its value is the well-known name whose owner alone may
    call there, None for everybody.
    """

    roots: dict[str, str | None] = field(default_factory=dict)
    objects: dict[str, Interfaces] = field(default_factory=dict)

    def root_of(self, path: str) -> str | None:
        """Return the nearest root that `path` is or lies below, None when it lies below none."""
        return max((root for root in self.roots if within(path, root)), key=len, default=None)

    def children(self, path: str) -> list[str]:
        """Return the names of the nodes directly below `path`, also of those that only lead to an object."""
        prefix = path.rstrip("/") + "/"
        known = (each for each in (*self.roots, *self.objects) if each.startswith(prefix) and each != prefix)
        return sorted({each[len(prefix) :].split("/")[0] for each in known})

    def exists(self, path: str) -> bool:
        """Tell whether there is anything at `path` or below."""
        return path in self.roots or path in self.objects or bool(self.children(path))

    def managed(self, root: str) -> dict[str, dict[str, dict[str, TypedValue]]]:
        """Return the objects below `root` as GetManagedObjects gives them."""
        return {path: described(interfaces) for path, interfaces in self.below(root)}

    def below(self, root: str) -> Iterator[tuple[str, Interfaces]]:
        """Iterate over the objects whose object manager is at `root`."""
        for path, interfaces in self.objects.items():
            if path != root and self.root_of(path) == root:
                yield path, interfaces


def described(interfaces: Interfaces) -> dict[str, dict[str, TypedValue]]:
    """Return an object's interfaces with all their properties, as ObjectManager tells them."""
    return {name: interface.get_all() for name, interface in interfaces.items()}
