"""Patterns of signals: the match rule for the bus, and the same question asked of what arrives."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from airhail.ipc.dbus.wire import Incoming

BUS_NAME = "org.freedesktop.DBus"
BUS_PATH = "/org/freedesktop/DBus"
BUS_INTERFACE = "org.freedesktop.DBus"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Describe signals; a part left out matches every signal.

    `sender` may be a well-known name: then only signals of its present owner match. `path_namespace`
    is a path and everything below it. `arg0` is the first argument, when that is a string.
    """

    sender: str | None = None
    path: str | None = None
    path_namespace: str | None = None
    interface: str | None = None
    member: str | None = None
    arg0: str | None = None

    def rule(self) -> str:
        """Return the match rule (D-Bus specification, "Match Rules")."""
        parts = ["type='signal'"]
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                if "'" in value:
                    raise ValueError(f"the {field.name} of a match rule cannot hold an apostrophe: {value!r}")
                parts.append(f"{field.name}='{value}'")
        return ",".join(parts)

    def well_known_sender(self) -> str | None:
        """Return the sender when its owner has to be known to judge a signal."""
        if self.sender is None or self.sender == BUS_NAME or self.sender.startswith(":"):
            return None
        return self.sender

    def matches(self, signal: Incoming, owner_of: Callable[[str], str | None]) -> bool:
        """Tell whether `signal` is meant; `owner_of` gives the unique name behind a well-known one."""
        if self.sender is not None:
            name = self.well_known_sender()
            expected = self.sender if name is None else owner_of(name)
            if expected is None or signal.sender != expected:
                return False
        if self.path_namespace is not None and not within(signal.path or "", self.path_namespace):
            return False
        if self.arg0 is not None and signal.body[:1] != (self.arg0,):
            return False
        return (
            self.path in (None, signal.path)
            and self.interface in (None, signal.interface)
            and self.member in (None, signal.member)
        )


def within(path: str, namespace: str) -> bool:
    """Tell whether `path` is `namespace` or lies below it."""
    return namespace == "/" or path == namespace or path.startswith(namespace + "/")


def owner_pattern(name: str) -> Pattern:
    """Return the pattern of the signals that tell of `name`'s owners."""
    return Pattern(sender=BUS_NAME, path=BUS_PATH, interface=BUS_INTERFACE, member="NameOwnerChanged", arg0=name)
